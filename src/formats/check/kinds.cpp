// The verdict that follows from the kind of a file alone.
#include <algorithm>
#include <array>

#include "formats/check/parts.hpp"

namespace ckpt::formats {

namespace {

struct KindVerdict {
  FileKind kind;
  Verdict verdict;
  bool is_packed = false;  ///< the file is compressed as a whole
};

constexpr auto rows = std::to_array<KindVerdict>({
    {FileKind::torch_zip, Verdict::ok},
    {FileKind::torch_script, Verdict::unchecked},
    {FileKind::torch_package, Verdict::unchecked},
    {FileKind::torch_export, Verdict::unchecked},
    {FileKind::npz, Verdict::unchecked},
    {FileKind::other_zip, Verdict::not_checkpoint},
    {FileKind::broken_zip, Verdict::damaged},
    {FileKind::torch_legacy, Verdict::ok},
    {FileKind::torch_tar, Verdict::unchecked},
    {FileKind::bare_pickle, Verdict::ok},
    {FileKind::safetensors, Verdict::unchecked},
    {FileKind::gguf, Verdict::unchecked},
    {FileKind::mobile_flatbuffer, Verdict::unchecked},
    {FileKind::executorch, Verdict::unchecked},
    {FileKind::preview_1_0, Verdict::not_checkpoint},
    {FileKind::hdf5, Verdict::unchecked},
    {FileKind::gzip, Verdict::not_checkpoint, true},
    {FileKind::gzip_tar, Verdict::not_checkpoint, true},
    {FileKind::zlib, Verdict::not_checkpoint, true},
    {FileKind::zstd, Verdict::not_checkpoint, true},
    {FileKind::xz, Verdict::not_checkpoint, true},
    {FileKind::bzip2, Verdict::not_checkpoint, true},
    {FileKind::lz4, Verdict::not_checkpoint, true},
    {FileKind::seven_zip, Verdict::not_checkpoint, true},
    {FileKind::rar, Verdict::not_checkpoint, true},
    {FileKind::tar, Verdict::not_checkpoint},
    {FileKind::html, Verdict::not_checkpoint},
    {FileKind::xml_or_json, Verdict::not_checkpoint},
    {FileKind::git_lfs_pointer, Verdict::not_checkpoint},
    {FileKind::onnx, Verdict::unchecked},
    {FileKind::numpy, Verdict::unchecked},
    {FileKind::elf, Verdict::not_checkpoint},
    {FileKind::empty, Verdict::not_checkpoint},
    {FileKind::zeros, Verdict::not_checkpoint},
    {FileKind::unknown, Verdict::not_checkpoint},
});
static_assert(rows.size() == static_cast<std::size_t>(FileKind::unknown) + 1);
static_assert(std::ranges::is_sorted(rows, {}, &KindVerdict::kind), "indexed by kind");

constexpr auto verdict_names = std::to_array<std::string_view>(
    {"ok", "unsafe", "damaged", "truncated", "not a checkpoint", "unchecked"});

}  // namespace

Verdict first_verdict(FileKind kind) { return rows[static_cast<std::size_t>(kind)].verdict; }

bool is_packed(FileKind kind) { return rows[static_cast<std::size_t>(kind)].is_packed; }

std::string_view verdict_name(Verdict verdict) {
  return verdict_names[static_cast<std::size_t>(verdict)];
}

}  // namespace ckpt::formats
