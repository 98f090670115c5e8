#include <algorithm>
#include <utility>
#include <vector>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/zip/writer.hpp"
#include "formats/torch_zip/plan.hpp"
#include "formats/torch_zip/record_copier.hpp"
#include "formats/torch_zip/torch_zip.hpp"

namespace ckpt::formats {

namespace {

constexpr std::uint64_t serialization_id_bytes = 40;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// An edit in place took away the record whose promise it broke; a whole file keeps it again.
void restore_format_version(const TorchZipOrigin& origin, std::vector<Record>& records) {
  const auto place_of = [&](RecordRole role) {
    return std::ranges::find(records, role, &Record::role);
  };
  if (origin.storage_order == StorageOrder::sorted ||
      origin.storage_keys == StorageKeyStyle::opaque ||
      place_of(RecordRole::format_version) != records.end())
    return;
  const auto text = as_bytes("1");
  records.insert(place_of(RecordRole::object) + 1,
                 {".format_version", RecordRole::format_version,
                  model::make_memory_blob(Bytes(text.begin(), text.end()))});
}

std::uint64_t archive_bytes(const zip::WriterOptions& options, const std::vector<Record>& records) {
  std::vector<std::pair<std::string, std::uint64_t>> sizes;
  sizes.reserve(records.size());
  for (const Record& record : records)
    sizes.emplace_back(record.name, record.role == RecordRole::serialization_id
                                        ? serialization_id_bytes
                                        : record.blob->size_bytes());
  return zip::Writer::archive_bytes(options, sizes);
}

struct Archiving {
  const model::Tree& tree;
  const TorchZipOrigin& origin;
  std::string top_folder;
};

void write_records(const Archiving& archiving, AtomicFile& out, const SaveOptions& options) {
  const TorchZipOrigin& origin = archiving.origin;
  const zip::WriterOptions writer_options{
      .top_folder = archiving.top_folder,
      .alignment_bytes = origin.alignment_bytes,
      .checksums = origin.has_crcs ? zip::Checksums::computed : zip::Checksums::zero};
  std::vector<Record> records = plan_records(origin, archiving.tree, storage_keys_of(origin));
  restore_format_version(origin, records);
  const std::uint64_t total_bytes = archive_bytes(writer_options, records);
  out.reserve(total_bytes);
  zip::Writer writer(out, writer_options);
  RecordCopier copier(out, writer, origin, options, total_bytes);
  for (const Record& record : records) {
    if (record.role == RecordRole::serialization_id)
      writer.add(record.name, as_bytes(writer.serialization_id()));
    else
      copier.add(record);
  }
  writer.finish();
}

/// Before 2.1 the name of the archive was taken from any path; later Python opens those that are
/// not ASCII itself, and the archive has the name of one without a path.
bool names_itself(const TorchZipOrigin& origin, std::string_view path) {
  const bool has_byte_order = std::ranges::any_of(
      origin.records, [](const Record& record) { return record.role == RecordRole::byte_order; });
  return is_ascii(path) || !has_byte_order;
}

/// The top folder that torch.save(object, path) gives its archive: the file name cut at its last
/// dot. Errors: Error{usage} for a name with nothing before its dot.
std::string top_folder_for(const std::filesystem::path& path) {
  const std::string text = path.string();
  const std::string name = text.substr(text.find_last_of("/\\") + 1);
  const std::string stem = name.substr(0, name.rfind('.'));
  if (stem.empty())
    throw Error(ErrorKind::usage, concat(path.string(),
                                         ": expected a name before the last dot, as "
                                         "torch.save does"));
  return stem;
}

SaveReport write_archive(const Archiving& archiving, const std::filesystem::path& path,
                         const SaveOptions& options) {
  AtomicFile out(path, options.overwrite, options.flush);
  write_records(archiving, out, options);
  const std::uint64_t file_bytes = out.position();
  out.commit();
  return {file_bytes};
}

}  // namespace

SaveReport save_torch_zip(const Document& document, const std::filesystem::path& path,
                          const SaveOptions& options) {
  const auto top_folder = [&](const TorchZipOrigin& origin) {
    return names_itself(origin, path.string()) ? top_folder_for(path) : "archive";
  };
  if (const TorchZipOrigin* const own = find_torch_zip_origin(document))
    return write_archive({document.tree, *own, top_folder(*own)}, path, options);
  const TorchZipOrigin of_today = make_torch_zip_origin();
  return write_archive({document.tree, of_today, top_folder(of_today)}, path, options);
}

}  // namespace ckpt::formats
