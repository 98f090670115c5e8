// The lines of `ckpt hash`, which --check reads again:
//
//   0d1f...  model.pt              the hash of all tensors
//   93ab...  model.pt<TAB>fc.bias  the hash of one tensor
//
// 32 digits are XXH3-128, 64 are SHA-256. As in sha256sum, a line with a name that contains a tab,
// a line break or a backslash starts with a backslash, and these characters are written as \t, \n
// and \\.
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

/// Throws Error{malformed} naming the first malformed line.
std::vector<ManifestLine> parse_manifest(std::string_view text);

}  // namespace ckpt::commands
