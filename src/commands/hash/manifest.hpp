// The lines of `ckpt hash`, and how --check reads them back:
//
//   0d1f...  model.pt              the hash of all tensors
//   93ab...  model.pt<TAB>fc.bias  the hash of one
//
// 32 digits are XXH3-128, 64 are SHA-256. As in sha256sum, a line with a name that holds a tab, a
// line break or a backslash begins with a backslash, and these are written as \t, \n and \\.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ckpt::commands {

struct ManifestLine {
  std::string hash;
  std::string file;
  std::optional<std::string> tensor = {};
};

/// Without the line break.
std::string manifest_text(const ManifestLine& line);

/// Throws Error{malformed} naming the first line that is none.
std::vector<ManifestLine> parse_manifest(std::string_view text);

}  // namespace ckpt::commands
