// The formats that ckpt reads and writes, a row each; reading it tells what the program can do.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include "ckpt/formats/document.hpp"
#include "ckpt/formats/sniff.hpp"

namespace ckpt::formats {

struct FormatRow {
  std::string_view name;
  FileKind kind;  ///< what sniffing calls it
  Document (*open)(const std::shared_ptr<const File>& file);
  SaveReport (*save)(const Document& document, const std::filesystem::path& path,
                     const SaveOptions& options);
  SaveReport (*save_in_place)(const Document& document, const SaveOptions& options);
};

std::span<const FormatRow> formats();

}  // namespace ckpt::formats
