// What kind of file this is, from its first bytes and, for a zip, from its record names: the tests
// of formats/pytorch.md 0.3 and 0.4, and those for what people mistake for a checkpoint.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ckpt/base/file.hpp"

namespace ckpt::formats {

enum class FileKind : std::uint8_t {
  torch_zip,
  torch_script,
  torch_package,
  torch_export,
  npz,
  other_zip,
  broken_zip,    ///< starts as a zip, but its directory is missing, broken or not supported
  torch_legacy,  ///< the stream of torch.save before 1.6
  torch_tar,     ///< the tar of torch.save before that
  bare_pickle,
  safetensors,
  gguf,
  mobile_flatbuffer,
  executorch,
  preview_1_0,  ///< "PYTORCH1", refused by every released reader
  hdf5,
  gzip,
  gzip_tar,
  zlib,
  zstd,
  xz,
  bzip2,
  lz4,
  seven_zip,
  rar,
  tar,
  html,
  xml_or_json,
  git_lfs_pointer,
  onnx,
  numpy,
  elf,
  empty,
  zeros,
  unknown,
};

/// "torch-zip", "legacy", "html", ...: the name that messages and JSON print.
std::string_view kind_name(FileKind kind);

struct Sniffed {
  FileKind kind = FileKind::unknown;
  /// For people, with what is known; completes "FILE: is ...":
  /// "a Git LFS pointer; the file itself has 492,018,231 bytes".
  std::string description;
  std::string hint;  ///< what would help, or ""
};

/// What `file` is; `unknown` rather than an error when nothing fits.
///
/// Reads the first 4 KiB; of a zip also the last 64 KiB and, unless its first record is data.pkl,
/// the directory; of a tar up to 16 headers; of gzip what unfolds to the first
/// 4 KiB; the last 4 KiB of a few others. A torch_zip is not
/// proven whole: its reader finds out. One that is cut off is a broken_zip.
/// Errors: Error{io}.
Sniffed sniff(const std::shared_ptr<const File>& file);

}  // namespace ckpt::formats
