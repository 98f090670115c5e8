#include <algorithm>
#include <array>

#include "ckpt/base/append_file.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "formats/format_table.hpp"
#include "formats/torch_zip/torch_zip.hpp"

namespace ckpt::formats {

namespace {

constexpr std::array format_rows{
    FormatRow{"torch-zip", FileKind::torch_zip, open_torch_zip, save_torch_zip,
              save_torch_zip_in_place},
};

void refuse_input_as_output(const Document& document, const std::filesystem::path& path) {
  const auto output = find_identity(path);
  if (!output) return;
  const auto reads_output = [&output](const model::Storage& storage) {
    return storage.blob->reads(*output);
  };
  if (document.file->identity() == *output ||
      std::ranges::any_of(document.tree.storages(), reads_output))
    throw Error(ErrorKind::usage,
                concat(path.string(), ": is the input; the output must be another file"));
}

const FormatRow& row_of(const Document& document) {
  for (const FormatRow& row : format_rows)
    if (row.name == document.container.format) return row;
  throw Error(ErrorKind::unsupported, concat("cannot write ", document.container.format, " files"));
}

}  // namespace

std::span<const FormatRow> formats() { return format_rows; }

Document open_document(const std::filesystem::path& path) {
  recover_file(path);
  const std::shared_ptr<const File> file = File::open(path);
  return within(path.string(), [&] {
    const Sniffed sniffed = sniff(file);
    for (const FormatRow& row : format_rows)
      if (row.kind == sniffed.kind) return row.open(file);
    throw Error(ErrorKind::unsupported, concat("is ", sniffed.description), sniffed.hint);
  });
}

SaveReport save_document(const Document& document, const std::filesystem::path& path,
                         const SaveOptions& options) {
  refuse_input_as_output(document, path);
  return row_of(document).save(document, path, options);
}

SaveReport save_document_in_place(const Document& document, const SaveOptions& options) {
  return row_of(document).save_in_place(document, options);
}

SaveReport copy_document(const Document& document, const std::filesystem::path& path,
                         const SaveOptions& options) {
  refuse_input_as_output(document, path);
  AtomicFile out(path, options.overwrite, options.flush);
  const std::uint64_t size_bytes = document.file->size_bytes();
  out.reserve(size_bytes);
  out.write_range({document.file, 0, size_bytes});
  out.commit();
  return {size_bytes};
}

}  // namespace ckpt::formats
