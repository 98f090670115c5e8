// Tells the kind of a zip by its record names. The top folder is ignored: readers check it and give
// a better message.
//
// torch.save writes data.pkl first, so its files are recognised without the directory, which may
// have 100,000 entries and is read by the reader anyway. TorchScript without tensors starts alike,
// but ends with constants.pkl and a few other records, which the last 64 KiB show. These also show
// whether there is an end record, that is, whether the file was cut off.
#include <algorithm>
#include <array>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/zip/archive.hpp"
#include "formats/sniff/parts.hpp"

namespace ckpt::formats {

namespace {

struct Flavour {
  std::string_view record;
  FileKind kind = FileKind::other_zip;
  std::string_view description;
  std::string_view hint;
};

constexpr std::string_view script_hint =
    "in Python: torch.save(torch.jit.load(FILE).state_dict(), OUT)";
constexpr std::string_view package_hint =
    "in Python: load its model with torch.package.PackageImporter and torch.save its state_dict()";
constexpr std::string_view export_hint =
    "in Python: torch.save(torch.export.load(FILE).state_dict, OUT)";
constexpr std::string_view export_description = "a program of torch.export (.pt2)";

constexpr Flavour torch_save{"data.pkl", FileKind::torch_zip, "a zip of torch.save", ""};

/// The first match wins. torch.load passes any zip with constants.pkl to torch.jit.load.
constexpr auto flavours = std::to_array<Flavour>({
    {"constants.pkl", FileKind::torch_script, "a TorchScript archive (torch.jit.save)",
     script_hint},
    torch_save,
    {".data/extern_modules", FileKind::torch_package, "an archive of torch.package", package_hint},
    {".data/python_version", FileKind::torch_package, "an archive of torch.package", package_hint},
    {"archive_format", FileKind::torch_export, export_description, export_hint},
    // Written by torch.export before it had archive_format.
    {"serialized_exported_program.json", FileKind::torch_export, export_description, export_hint},
    {"model.json", FileKind::torch_script, "a TorchScript archive of torch 1.0 or 1.1",
     script_hint},
});

Sniffed describe(const Flavour& flavour) {
  return {flavour.kind, std::string(flavour.description), std::string(flavour.hint)};
}

/// "m/data.pkl" and "data.pkl" are both the record data.pkl.
std::string_view record_of(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

/// The name in the local header at byte 0; "" when it is longer than the bytes that were read.
std::string_view first_name(const FileStart& start) {
  constexpr std::size_t header_bytes = 30;
  constexpr std::size_t name_length_offset = 26;
  if (start.bytes.size() < header_bytes) return "";
  const std::size_t name_bytes =
      from_little_endian<std::uint16_t>(&start.bytes[name_length_offset]);
  if (name_bytes > start.bytes.size() - header_bytes) return "";
  return start.text().substr(header_bytes, name_bytes);
}

/// The end record and the longest comment behind it.
constexpr std::uint64_t end_record_bytes = 22;
constexpr std::uint64_t longest_tail_bytes = end_record_bytes + 65535;

bool has_end_record(std::string_view tail) {
  return tail.size() >= end_record_bytes &&
         tail.rfind("PK\5\6", tail.size() - end_record_bytes) != std::string_view::npos;
}

Sniffed describe_truncated(const FileStart& start) {
  const std::string_view name = first_name(start);
  return {FileKind::broken_zip,
          concat("a truncated zip: the directory at its end is missing; ",
                 grouped(start.file->size_bytes()), " bytes are there",
                 name.empty() ? "" : concat(", starting with record ", quote(name))),
          "fetch or copy it again, and compare the sizes"};
}

Sniffed describe_records(const std::vector<zip::Entry>& entries) {
  for (const Flavour& flavour : flavours)
    if (std::ranges::any_of(
            entries, [&](std::string_view name) { return record_of(name) == flavour.record; },
            &zip::Entry::name))
      return describe(flavour);
  const bool is_npz = !entries.empty() && std::ranges::all_of(entries, [](const auto& entry) {
    return entry.name.ends_with(".npy");
  });
  if (is_npz)
    return {FileKind::npz, "an archive of numpy arrays (.npz), not a torch checkpoint", ""};
  return {FileKind::other_zip, "a zip archive without data.pkl",
          "if there is a checkpoint in it, unzip it first"};
}

/// A directory that cannot be read is a property of the file: an answer, not an Error.
Sniffed describe_archive(const std::shared_ptr<const File>& file) {
  try {
    return describe_records(zip::Archive(file).entries());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) throw;
    const std::string_view what =
        error.kind() == ErrorKind::unsupported ? "a zip that ckpt cannot read: " : "a broken zip: ";
    return {FileKind::broken_zip, concat(what, error.message()), error.hint()};
  }
}

}  // namespace

std::optional<Sniffed> find_zip(const FileStart& start) {
  if (!start.text().starts_with("PK\3\4")) return std::nullopt;
  const Bytes tail_bytes = read_last_bytes(*start.file, longest_tail_bytes);
  const std::string_view tail = as_text(tail_bytes);
  if (!has_end_record(tail)) return describe_truncated(start);
  const bool is_script = tail.find("constants.pkl") != std::string_view::npos;
  if (record_of(first_name(start)) == torch_save.record && !is_script) return describe(torch_save);
  return describe_archive(start.file);
}

}  // namespace ckpt::formats
