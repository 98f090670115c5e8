// Recognises the kind of a file from its first bytes and, for a zip, from its record names. Covers
// the containers of torch and the files that people mistake for checkpoints (a Git LFS pointer, an
// HTML error page).
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
  broken_zip,    ///< starts as a zip, but the directory is missing, broken or not supported
  torch_legacy,  ///< the pickle stream of torch.save before 1.6
  torch_tar,     ///< the tar of even earlier releases
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

/// The name in messages and JSON: "torch-zip", "legacy", "html", ...
std::string_view kind_name(FileKind kind);

/// The kind of a file, with a description for people.
struct Sniffed {
  FileKind kind = FileKind::unknown;
  /// Completes the sentence "FILE: is ...": "a Git LFS pointer; the file itself has 492,018,231
  /// bytes".
  std::string description;
  std::string hint;  ///< advice, or ""
};

/// Never fails for the content of a file: the kind is `unknown` when nothing fits.
///
/// Reads the first 4 KiB. For a zip also the last 64 KiB and, unless its first record is data.pkl,
/// the directory; for a tar up to 16 headers; for gzip enough to inflate 4 KiB; for a few others
/// the last 4 KiB. A torch_zip may still be damaged, which its reader finds out; a truncated one is
/// a broken_zip. Throws Error{io}.
Sniffed sniff(const std::shared_ptr<const File>& file);

}  // namespace ckpt::formats
