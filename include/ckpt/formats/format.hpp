// The containers that ckpt knows, one row each. The table is in src/formats/formats.cpp, and what a
// row points to is in a room of its own, src/formats/NAME/. Nothing else knows a container.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/formats/document.hpp"
#include "ckpt/formats/salvage.hpp"
#include "ckpt/formats/sniff.hpp"

namespace ckpt::formats {

struct CheckJob;

/// What is to be opened.
struct Source {
  std::filesystem::path path = {};
  FileKind kind = FileKind::unknown;      ///< what sniffing called it
  std::shared_ptr<const File> file = {};  ///< nullptr for a folder
};

/// What a format cannot hold of a tree.
struct Unheld {
  std::string refusal = {};            ///< why it cannot be written at all, or ""
  std::string hint = {};               ///< what can be done instead
  std::vector<std::string> lost = {};  ///< what is missing from what is written: "the name 'fc.w'"
};

/// A row. A function that is nullptr: the format cannot do that.
struct Format {
  std::string_view name = {};     ///< "torch-zip"
  std::string_view outputs = {};  ///< completes "ckpt writes ...": "files of torch.save"
  std::span<const std::string_view> endings = {};  ///< of such outputs, in lower case
  bool (*opens)(const Source& source) = nullptr;
  /// What sniffing calls a broken file of this format, which check looks at all the same.
  FileKind broken_kind = FileKind::unknown;
  Document (*open)(const Source& source) = nullptr;
  /// nullptr: it holds any tree.
  Unheld (*cannot_hold)(const model::Tree& tree) = nullptr;
  /// Of a document of any origin, whose tree cannot_hold() does not refuse.
  SaveReport (*save)(const Document& document, const std::filesystem::path& path,
                     const SaveOptions& options) = nullptr;
  /// Of a document of this format.
  SaveReport (*save_in_place)(const Document& document, const SaveOptions& options) = nullptr;
  /// Looks at a file of this format, whole or broken, beyond the pickles that any file may hide.
  void (*check)(const CheckJob& job) = nullptr;
  Salvaged (*salvage)(const Source& source, Verify verify) = nullptr;
};

/// All rows.
std::span<const Format> formats();

/// The row of that name. Throws std::logic_error when there is none.
const Format& format_named(std::string_view name);

/// Whether a file of that kind is of the format.
template <FileKind kind>
bool opens_kind(const Source& source) {
  return source.kind == kind;
}

/// What would be missing if `document` were written as `format`, each completing "without ...".
/// Throws Error{unsupported} when it cannot be written so at all.
std::vector<std::string> find_losses(const Document& document, const Format& format);

/// Throws Error{unsupported}, naming the file, when the document cannot be edited in place.
void require_in_place(const Document& document);

}  // namespace ckpt::formats
