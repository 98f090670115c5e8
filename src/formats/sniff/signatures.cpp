// Recognises formats with fixed bytes at a fixed offset; one row per format.
#include <array>

#include "ckpt/zip/compressed.hpp"
#include "formats/sniff/parts.hpp"

namespace ckpt::formats {

namespace {

struct Signature {
  std::size_t offset = 0;
  std::string_view bytes;
  FileKind kind = FileKind::unknown;
  std::string_view description;
  std::string_view hint;
};

constexpr std::string_view deployed_hint =
    "it was made from a checkpoint to run on devices; ckpt reads the checkpoint";

constexpr auto signatures = std::to_array<Signature>({
    {4, "PTMF", FileKind::mobile_flatbuffer, "a TorchScript FlatBuffer for mobile (.ptl)",
     deployed_hint},
    {4, "ET12", FileKind::executorch, "an ExecuTorch program (.pte)", deployed_hint},
    {0, "PYTORCH1", FileKind::preview_1_0,
     "in the format of a PyTorch 1.0 preview, which no released version reads", ""},
    {0, "PK\5\6", FileKind::other_zip, "an empty zip archive", ""},
    {0, "GGUF", FileKind::gguf, "a GGUF file, which ckpt does not read yet", ""},
    {0, "\x89HDF\r\n\x1a\n", FileKind::hdf5, "an HDF5 file (Keras, h5py), not a torch checkpoint",
     ""},
    {0, "\x93NUMPY", FileKind::numpy, "a numpy array (.npy), not a torch checkpoint", ""},
    {0, "\x28\xb5\x2f\xfd", FileKind::zstd, "compressed with zstd", "unzstd it first"},
    {0, "\xfd\x37zXZ", FileKind::xz, "compressed with xz", "unxz it first"},
    {0, std::string_view("\x5d\0\0", 3), FileKind::xz, "compressed with lzma", "unlzma it first"},
    // After "BZh" and the level, the first block starts with the digits of pi.
    {4, "1AY&SY", FileKind::bzip2, "compressed with bzip2", "bunzip2 it first"},
    {0, "\x04\x22\x4d\x18", FileKind::lz4, "compressed with lz4", "unlz4 it first"},
    {0, "7z\xbc\xaf\x27\x1c", FileKind::seven_zip, "a 7-Zip archive", "unpack it first (7z x)"},
    {0, "Rar!\x1a\x07", FileKind::rar, "a RAR archive", "unpack it first (unrar x)"},
    {0, "\x7f\x45LF", FileKind::elf, "a program or library (ELF), not a checkpoint", ""},
});

}  // namespace

std::optional<Sniffed> find_signature(const FileStart& start) {
  for (const Signature& row : signatures) {
    if (start.bytes.size() < row.offset) continue;
    if (start.text().substr(row.offset).starts_with(row.bytes))
      return Sniffed{row.kind, std::string(row.description), std::string(row.hint)};
  }
  return std::nullopt;
}

std::optional<Sniffed> find_packed(const FileStart& start) {
  struct Row {
    std::string_view compression;
    Sniffed sniffed;
  };
  const auto rows = std::to_array<Row>({
      {"zlib", {FileKind::zlib, "compressed with zlib", "unpack it first (pigz -dz)"}},
      {"lzma", {FileKind::xz, "compressed with lzma", "unlzma it first"}},
      {"bzip2", {FileKind::bzip2, "compressed with bzip2", "bunzip2 it first"}},
      {"zstd", {FileKind::zstd, "compressed with zstd", "unzstd it first"}},
      {"lz4", {FileKind::lz4, "compressed with lz4", "unlz4 it first"}},
  });
  const std::string_view compression = zip::compression_of(start.bytes);
  for (const Row& row : rows)
    if (row.compression == compression) return row.sniffed;
  if (zip::zfile_header_bytes(start.bytes) > 0)
    return Sniffed{FileKind::zlib, "compressed with zlib, as joblib did before 0.10",
                   "load and dump it with a joblib of today"};
  return std::nullopt;
}

}  // namespace ckpt::formats
