// An edit of the file itself: a new object and a new directory behind its end.
//
//   [what there was, not written to] [data.pkl] [storages that are new] [directory] [tail]
//
// What the new directory leaves out stays as dead bytes: the old object and directory, dropped
// storages. So does .format_version, which promises that the records lie back to back in the order
// of the object (formats/pytorch.md 1.10).
#include <memory>
#include <unordered_map>

#include "ckpt/base/append_file.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/zip/archive.hpp"
#include "ckpt/zip/writer.hpp"
#include "formats/torch_zip/plan.hpp"
#include "formats/torch_zip/record_copier.hpp"
#include "formats/torch_zip/torch_zip.hpp"

namespace ckpt::formats {

namespace {

/// The records of the file by name, and their entries in its directory.
class Directory {
 public:
  explicit Directory(const TorchZipOrigin& origin)
      : archive_(origin.file),
        bytes_(origin.file->read_bytes(archive_.directory_offset(), archive_.directory_bytes())),
        top_folder_(origin.top_folder) {
    for (const Record& record : origin.records) blobs_.emplace(record.name, record.blob.get());
  }

  bool holds(const Record& record) const {
    const auto found = blobs_.find(record.name);
    return found != blobs_.end() && found->second == record.blob.get();
  }

  /// Its entry in the directory, as it stands there.
  ByteView central_header(const Record& record) const {
    const zip::Entry& entry = *archive_.find(concat(top_folder_, '/', record.name));
    return ByteView(bytes_).subspan(static_cast<std::size_t>(entry.central_offset),
                                    static_cast<std::size_t>(entry.central_bytes));
  }

 private:
  zip::Archive archive_;
  Bytes bytes_;
  std::string top_folder_;
  std::unordered_map<std::string_view, const model::Blob*> blobs_;
};

}  // namespace

SaveReport save_torch_zip_in_place(const Document& document, const SaveOptions& options) {
  const TorchZipOrigin& origin = *find_torch_zip_origin(document);
  const Directory directory(origin);
  const std::vector<Record> records =
      plan_records(origin, document.tree, torch::StorageKeys::as_read);
  AppendFile out(*origin.file);
  zip::Writer writer(
      out, {.top_folder = origin.top_folder,
            .alignment_bytes = origin.alignment_bytes,
            .checksums = origin.has_crcs ? zip::Checksums::computed : zip::Checksums::zero});
  RecordCopier copier(out, writer, origin, options, origin.file->size_bytes());
  for (const Record& record : records) {
    if (record.role == RecordRole::format_version) continue;
    if (directory.holds(record))
      writer.keep(record.name, directory.central_header(record));
    else
      copier.add(record);
  }
  writer.finish();
  const SaveReport report{out.position() - origin.file->size_bytes()};
  out.commit();
  return report;
}

}  // namespace ckpt::formats
