#include <algorithm>
#include <array>
#include <stdexcept>

#include "ckpt/base/append_file.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/formats/format.hpp"
#include "formats/npy/npy.hpp"
#include "formats/torch_zip/torch_zip.hpp"

namespace ckpt::formats {

namespace {

constexpr auto npy_endings = std::to_array<std::string_view>({".npy"});
constexpr auto torch_endings = std::to_array<std::string_view>({".pt", ".pth", ".bin", ".ckpt"});

constexpr auto rows = std::to_array<Format>({
    {.name = "torch-zip",
     .outputs = "files of torch.save",
     .endings = torch_endings,
     .opens = opens_kind<FileKind::torch_zip>,
     .broken_kind = FileKind::broken_zip,
     .open = open_torch_zip,
     .save = save_torch_zip,
     .save_in_place = save_torch_zip_in_place,
     .check = check_torch_zip,
     .salvage = salvage_torch_zip},
    {.name = "npy",
     .outputs = "npy",
     .endings = npy_endings,
     .opens = opens_kind<FileKind::numpy>,
     .open = open_npy,
     .cannot_hold = npy_cannot_hold,
     .save = save_npy,
     .check = check_npy},
});

void refuse_input_as_output(const Document& document, const std::filesystem::path& path) {
  const auto output = find_identity(path);
  if (!output) return;
  const auto is_output = [&output](const auto& file) { return file->identity() == *output; };
  const auto reads_output = [&output](const auto& storage) { return storage.blob->reads(*output); };
  if (std::ranges::any_of(document.files, is_output) ||
      std::ranges::any_of(document.tree.storages(), reads_output))
    throw Error(ErrorKind::usage,
                concat(path.string(), ": is the input; the output must be another file"));
}

/// The format that a source is salvaged as. A file whose start is broken looks like nothing known;
/// the first format that salvages files searches it for parts and refuses it when there are none.
const Format* find_salvager(const Source& source) {
  const Format* first = nullptr;
  for (const Format& row : rows) {
    if (row.opens(source)) return row.salvage != nullptr ? &row : nullptr;
    if (first == nullptr && row.salvage != nullptr) first = &row;
  }
  return first;
}

/// Opens and sniffs what lies at `path`. A folder of several files would be recognised here.
Source find_source(const std::filesystem::path& path, Sniffed& sniffed) {
  Source source{.path = path, .file = File::open(path)};
  within(path.string(), [&] { sniffed = sniff(source.file); });
  source.kind = sniffed.kind;
  return source;
}

}  // namespace

std::span<const Format> formats() { return rows; }

const Format& format_named(std::string_view name) {
  const auto row = std::ranges::find(rows, name, &Format::name);
  if (row == rows.end()) throw std::logic_error(concat("no format ", name));
  return *row;
}

std::uint64_t Origin::unused_bytes(const model::Tree&) const { return 0; }

void Origin::make_loaded(model::Tree&) const {}

std::uint64_t Document::size_bytes() const {
  std::uint64_t sum = 0;
  for (const std::shared_ptr<const File>& file : files) sum += file->size_bytes();
  return sum;
}

Document open_document(const std::filesystem::path& path) {
  recover_file(path);
  Sniffed sniffed;
  const Source source = find_source(path, sniffed);
  return within(path.string(), [&] {
    for (const Format& row : rows)
      if (row.opens(source)) return row.open(source);
    throw Error(ErrorKind::unsupported, concat("is ", sniffed.description), sniffed.hint);
  });
}

Salvaged open_salvaged(const std::filesystem::path& path, Verify verify) {
  Sniffed sniffed;
  const Source source = find_source(path, sniffed);
  return within(path.string(), [&] {
    const Format* const row = find_salvager(source);
    if (row == nullptr)
      throw Error(ErrorKind::unsupported, concat("is ", sniffed.description), sniffed.hint);
    return row->salvage(source, verify);
  });
}

std::vector<std::string> find_losses(const Document& document, const Format& format) {
  if (format.save == nullptr)
    throw Error(ErrorKind::unsupported,
                concat("ckpt reads ", format.name, " files but does not write them"));
  if (format.cannot_hold == nullptr) return {};
  Unheld unheld = format.cannot_hold(document.tree);
  if (!unheld.refusal.empty())
    throw Error(ErrorKind::unsupported, std::move(unheld.refusal), std::move(unheld.hint));
  return std::move(unheld.lost);
}

SaveReport save_document(const Document& document, const std::filesystem::path& path,
                         const SaveOptions& options) {
  refuse_input_as_output(document, path);
  const Format& format = options.format != nullptr ? *options.format : document.origin->format();
  within(path.string(), [&] { find_losses(document, format); });
  return format.save(document, path, options);
}

void require_in_place(const Document& document) {
  const Format& format = document.origin->format();
  if (format.save_in_place == nullptr)
    throw Error(ErrorKind::unsupported,
                concat(document.files.front()->path().string(), ": ckpt does not edit ",
                       format.name, " files in place"),
                "-o OUT writes another file");
}

SaveReport save_document_in_place(const Document& document, const SaveOptions& options) {
  require_in_place(document);
  return document.origin->format().save_in_place(document, options);
}

SaveReport copy_document(const Document& document, const std::filesystem::path& path,
                         const SaveOptions& options) {
  if (document.files.size() > 1) return save_document(document, path, options);
  refuse_input_as_output(document, path);
  AtomicFile out(path, options.overwrite, options.flush);
  const std::uint64_t size_bytes = document.size_bytes();
  out.reserve(size_bytes);
  out.write_range({document.files.front(), 0, size_bytes});
  out.commit();
  return {size_bytes};
}

}  // namespace ckpt::formats
