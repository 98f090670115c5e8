// A checkpoint on disk: its tree, and its origin, which knows how the container it came in was
// written, so that an edited tree can be written as the same writer would have written it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/base/atomic_file.hpp"
#include "ckpt/base/file.hpp"
#include "ckpt/model/blob.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::formats {

struct Format;

/// One thing that a container says of itself.
struct Fact {
  std::string name;         ///< "alignment"
  std::string text;         ///< "64 bytes"
  std::string member = {};  ///< its name among the members of a JSON object; "": for people only
  std::optional<std::uint64_t> number = {};  ///< the value of that member, where it is a number
};

/// Bytes in a container that are no part of the checkpoint; every edit carries them along.
struct Extra {
  std::string name;
  std::shared_ptr<const model::Blob> blob;
};

/// What only the format of a document understands. Read by any thread.
class Origin {
 public:
  virtual ~Origin() = default;
  virtual const Format& format() const = 0;
  /// One line for people, without the name of the format: "version 1.0, column-major".
  virtual std::string summary() const = 0;
  virtual std::vector<Fact> facts() const = 0;
  virtual std::vector<Extra> extras() const { return {}; }
  /// Bytes of the file that no part of its container has: what edits in place left behind.
  /// Reads the directory of the file, and no storage. Errors: Error{io}; Error{malformed}.
  virtual std::uint64_t idle_bytes() const { return 0; }
  /// Bytes of storages in the file that `tree`, as it was read, does not refer to.
  virtual std::uint64_t unused_bytes(const model::Tree& tree) const;
  /// False where torch.load(weights_only=True) refuses the encoding of the file, whatever its
  /// values are. Saving the document mends that.
  virtual bool is_plainly_encoded() const { return true; }
  /// Gives values that Python loads alike one form, for comparing. `tree`, as it was read, is not
  /// to be saved afterwards.
  virtual void make_loaded(model::Tree& tree) const;
};

struct Document {
  std::vector<std::shared_ptr<const File>> files;  ///< that it lies in; at least one
  std::shared_ptr<const Origin> origin;
  model::Tree tree;

  /// Of all files.
  std::uint64_t size_bytes() const;
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
  /// Of save_document: the format of the output; nullptr: that of the document's origin.
  const Format* format = nullptr;
};

struct SaveReport {
  std::uint64_t written_bytes = 0;
};

/// Writes the tree of `document`, edited or not, in the format of the options: in the generation
/// it came in where that is the format of its origin, else as the writer of today would.
/// Errors: Error{conflict} when `path` exists (see Overwrite); Error{usage} when `path` is one of
/// the files that the document or its storages lie in; Error{unsupported} as find_losses();
/// Error{io}.
SaveReport save_document(const Document& document, const std::filesystem::path& path,
                         const SaveOptions& options);

/// Makes the file that `document` was read from hold its tree: what is new is added at its end, and
/// what is no longer needed stays there as dead bytes, until save_document writes another file.
/// Interrupted at any moment, the file is what it was once open_document or recover_file has seen
/// it.
/// Errors: Error{unsupported} for a format that cannot be edited in place; Error{conflict} when the
/// file has changed since, or another program edits it in place; Error{io}.
SaveReport save_document_in_place(const Document& document, const SaveOptions& options);

/// Writes the very bytes of the document's file under another name: what an edit that changed
/// nothing has to give. A document of several files is saved. Errors as save_document.
SaveReport copy_document(const Document& document, const std::filesystem::path& path,
                         const SaveOptions& options);

}  // namespace ckpt::formats
