// A checkpoint on disk: its tree, and what is to be known of the container it came in, so that an
// edited tree can be written as the same writer would have written it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/base/atomic_file.hpp"
#include "ckpt/base/file.hpp"
#include "ckpt/model/blob.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::formats {

enum class RecordRole : std::uint8_t {
  object,   ///< the pickle of the whole
  storage,  ///< bytes of one storage
  format_version,
  storage_alignment,
  byte_order,
  version,
  serialization_id,
  other,  ///< unknown; carried through every edit
};

struct Record {
  std::string name;  ///< without the top folder
  RecordRole role = RecordRole::other;
  std::shared_ptr<const model::Blob> blob;
};

/// Which rules a writer followed where they changed over time.
enum class StorageKeyStyle : std::uint8_t { sequential, opaque };
enum class StorageOrder : std::uint8_t { by_use, sorted };

struct Container {
  std::string_view format;  ///< "torch-zip"
  std::string generation;   ///< "torch 2.7 or later"
  std::string top_folder;
  std::uint64_t alignment_bytes = 64;
  std::uint8_t pickle_protocol = 0;
  StorageKeyStyle storage_keys = StorageKeyStyle::sequential;
  StorageOrder storage_order = StorageOrder::by_use;
  bool has_crcs = true;         ///< false when the writer left every CRC 0
  std::vector<Record> records;  ///< in the order of the file
};

struct Document {
  std::shared_ptr<const File> file;
  Container container;
  model::Tree tree;
};

/// Opens a checkpoint: reads its directory and its object, no storage. An edit in place that was
/// interrupted is undone first.
/// Errors: Error{io}; Error{unsupported} naming what kind of file it is instead; Error{malformed}.
/// All begin with the path.
Document open_document(const std::filesystem::path& path);

struct SaveOptions {
  Overwrite overwrite = Overwrite::no;
  /// Of save_document and copy_document; in place there is no choice.
  Flush flush = Flush::yes;
  /// With more than one, bytes that must be computed are while those before them are written.
  unsigned thread_count = 1;
  /// Called now and then with the bytes written so far and in all.
  std::function<void(std::uint64_t done_bytes, std::uint64_t total_bytes)> on_progress = {};
};

struct SaveReport {
  std::uint64_t written_bytes = 0;
};

/// Writes the tree of `document`, edited or not, in the container and generation it came in.
/// Errors: Error{conflict} when `path` exists (see Overwrite); Error{usage} when `path` is one of
/// the files that the tree's storages lie in; Error{io}.
SaveReport save_document(const Document& document, const std::filesystem::path& path,
                         const SaveOptions& options);

/// Makes the file that `document` was read from hold its tree: what is new is added at its end, and
/// what is no longer needed stays there as dead bytes, until save_document writes another file.
/// Interrupted at any moment, the file is what it was once open_document or recover_file has seen
/// it.
/// Errors: Error{conflict} when the file has changed since, or another program edits it in place;
/// Error{io}.
SaveReport save_document_in_place(const Document& document, const SaveOptions& options);

/// Writes the very bytes of the document's file under another name: what an edit that changed
/// nothing has to give. Errors as save_document.
SaveReport copy_document(const Document& document, const std::filesystem::path& path,
                         const SaveOptions& options);

}  // namespace ckpt::formats
