// What each kind of file is called, and what it means to find one where a checkpoint was expected.
#include <algorithm>
#include <array>

#include "formats/check_parts.hpp"

namespace ckpt::formats {

namespace {

struct KindRow {
  FileKind kind;
  std::string_view name;
  Verdict verdict;  ///< before anything else is known
  bool is_packed = false;
};

constexpr auto rows = std::to_array<KindRow>({
    {FileKind::torch_zip, "torch-zip", Verdict::ok},
    {FileKind::torch_script, "torchscript", Verdict::unchecked},
    {FileKind::torch_package, "torch-package", Verdict::unchecked},
    {FileKind::torch_export, "torch-export", Verdict::unchecked},
    {FileKind::npz, "npz", Verdict::unchecked},
    {FileKind::other_zip, "zip", Verdict::not_checkpoint},
    {FileKind::broken_zip, "broken-zip", Verdict::damaged},
    {FileKind::torch_legacy, "legacy", Verdict::ok},
    {FileKind::torch_tar, "torch-tar", Verdict::unchecked},
    {FileKind::bare_pickle, "pickle", Verdict::ok},
    {FileKind::safetensors, "safetensors", Verdict::unchecked},
    {FileKind::gguf, "gguf", Verdict::unchecked},
    {FileKind::mobile_flatbuffer, "torch-mobile", Verdict::unchecked},
    {FileKind::executorch, "executorch", Verdict::unchecked},
    {FileKind::preview_1_0, "torch-preview", Verdict::not_checkpoint},
    {FileKind::hdf5, "hdf5", Verdict::unchecked},
    {FileKind::gzip, "gzip", Verdict::not_checkpoint, true},
    {FileKind::gzip_tar, "gzip-tar", Verdict::not_checkpoint, true},
    {FileKind::zlib, "zlib", Verdict::not_checkpoint, true},
    {FileKind::zstd, "zstd", Verdict::not_checkpoint, true},
    {FileKind::xz, "xz", Verdict::not_checkpoint, true},
    {FileKind::bzip2, "bzip2", Verdict::not_checkpoint, true},
    {FileKind::lz4, "lz4", Verdict::not_checkpoint, true},
    {FileKind::seven_zip, "7z", Verdict::not_checkpoint, true},
    {FileKind::rar, "rar", Verdict::not_checkpoint, true},
    {FileKind::tar, "tar", Verdict::not_checkpoint},
    {FileKind::html, "html", Verdict::not_checkpoint},
    {FileKind::xml_or_json, "xml-or-json", Verdict::not_checkpoint},
    {FileKind::git_lfs_pointer, "lfs-pointer", Verdict::not_checkpoint},
    {FileKind::onnx, "onnx", Verdict::unchecked},
    {FileKind::numpy, "npy", Verdict::unchecked},
    {FileKind::elf, "elf", Verdict::not_checkpoint},
    {FileKind::empty, "empty", Verdict::not_checkpoint},
    {FileKind::zeros, "zeros", Verdict::not_checkpoint},
    {FileKind::unknown, "unknown", Verdict::not_checkpoint},
});
static_assert(rows.size() == static_cast<std::size_t>(FileKind::unknown) + 1);
static_assert(std::ranges::is_sorted(rows, {}, &KindRow::kind), "indexed by kind");

constexpr auto verdict_names = std::to_array<std::string_view>(
    {"ok", "unsafe", "damaged", "truncated", "not a checkpoint", "unchecked"});

}  // namespace

std::string_view kind_name(FileKind kind) { return rows[static_cast<std::size_t>(kind)].name; }

Verdict first_verdict(FileKind kind) { return rows[static_cast<std::size_t>(kind)].verdict; }

bool is_packed(FileKind kind) { return rows[static_cast<std::size_t>(kind)].is_packed; }

std::string_view verdict_name(Verdict verdict) {
  return verdict_names[static_cast<std::size_t>(verdict)];
}

}  // namespace ckpt::formats
