// The name of each kind of file in messages and JSON.
#include <algorithm>
#include <array>

#include "ckpt/formats/sniff.hpp"

namespace ckpt::formats {

namespace {

struct NameRow {
  FileKind kind;
  std::string_view name;
};

constexpr auto rows = std::to_array<NameRow>({
    {FileKind::torch_zip, "torch-zip"},
    {FileKind::torch_script, "torchscript"},
    {FileKind::torch_package, "torch-package"},
    {FileKind::torch_export, "torch-export"},
    {FileKind::npz, "npz"},
    {FileKind::other_zip, "zip"},
    {FileKind::broken_zip, "broken-zip"},
    {FileKind::torch_legacy, "legacy"},
    {FileKind::torch_tar, "torch-tar"},
    {FileKind::bare_pickle, "pickle"},
    {FileKind::safetensors, "safetensors"},
    {FileKind::gguf, "gguf"},
    {FileKind::mobile_flatbuffer, "torch-mobile"},
    {FileKind::executorch, "executorch"},
    {FileKind::preview_1_0, "torch-preview"},
    {FileKind::hdf5, "hdf5"},
    {FileKind::gzip, "gzip"},
    {FileKind::gzip_tar, "gzip-tar"},
    {FileKind::zlib, "zlib"},
    {FileKind::zstd, "zstd"},
    {FileKind::xz, "xz"},
    {FileKind::bzip2, "bzip2"},
    {FileKind::lz4, "lz4"},
    {FileKind::seven_zip, "7z"},
    {FileKind::rar, "rar"},
    {FileKind::tar, "tar"},
    {FileKind::html, "html"},
    {FileKind::xml_or_json, "xml-or-json"},
    {FileKind::git_lfs_pointer, "lfs-pointer"},
    {FileKind::onnx, "onnx"},
    {FileKind::numpy, "npy"},
    {FileKind::elf, "elf"},
    {FileKind::empty, "empty"},
    {FileKind::zeros, "zeros"},
    {FileKind::unknown, "unknown"},
});
static_assert(rows.size() == static_cast<std::size_t>(FileKind::unknown) + 1);
static_assert(std::ranges::is_sorted(rows, {}, &NameRow::kind), "indexed by kind");

}  // namespace

std::string_view kind_name(FileKind kind) { return rows[static_cast<std::size_t>(kind)].name; }

}  // namespace ckpt::formats
