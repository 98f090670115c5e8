// Checks any file: is it complete, is it safe to open, would torch.load accept it. The result holds
// facts only; the caller decides how to report them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/formats/document.hpp"
#include "ckpt/formats/sniff.hpp"
#include "ckpt/torch/safety.hpp"

namespace ckpt::formats {

/// The overall result for a file.
enum class Verdict : std::uint8_t {
  ok,
  unsafe,          ///< complete, but names callables that weights_only refuses, or hides something
  damaged,         ///< contradicts its format
  truncated,       ///< the end is missing
  not_checkpoint,  ///< another kind of file: an HTML page, a Git LFS pointer, an empty file
  unchecked,       ///< a model in a format that ckpt cannot examine
};
/// "ok", "unsafe", ..., "not a checkpoint"
std::string_view verdict_name(Verdict verdict);

/// Why a file is not intact.
struct Problem {
  std::string record = {};  ///< without the top folder; "" for the file as a whole
  std::string what = {};
  std::vector<std::string> tensors = {};  ///< paths of the tensors in that record
};

/// Whether torch.load of torch 2.13 accepts the file.
struct Loading {
  bool is_known = false;             ///< false for files that are not torch checkpoints
  std::string weights_only_refusal;  ///< "" when weights_only=True accepts it
  std::string since;                 ///< the first release known to accept it: "1.13"
  std::string mmap_refusal;          ///< "" when mmap=True works
  /// Devices other than cpu and meta; loading without them needs map_location: "cuda:0".
  std::vector<std::string> devices;
};

/// How much of a file was examined for its verdict.
enum class LookedAt : std::uint8_t {
  pickles,    ///< only those that any file may hide
  structure,  ///< its parts lie where it says
  every_byte  ///< and each part was read and compared with its CRC-32
};

/// Everything that is known about a file after a check.
struct Checked {
  FileKind kind = FileKind::unknown;
  std::string_view kind_name;  ///< "torch-zip", "legacy", "html", ...
  std::string description;     ///< see Sniffed
  std::uint64_t file_bytes = 0;
  Verdict verdict = Verdict::unchecked;
  std::vector<Problem> problems;
  torch::Safety safety;
  /// Compressed as a whole, or in part and not ok: `safety` may be incomplete.
  bool is_packed = false;
  /// The number of records in an archive without a checkpoint that are not pickles and of no known
  /// format. Their reader may decode and unpickle them.
  std::uint64_t unread_count = 0;
  std::string first_unread = {};
  bool is_understood = true;  ///< false: no alarm does not make it safe
  LookedAt looked_at = LookedAt::pickles;
  bool has_checksums = true;           ///< false: there are none in files of this kind
  std::uint64_t unverified_count = 0;  ///< records without a CRC-32, when every byte was read
  Loading loading;
  std::vector<std::string> remarks;  ///< unusual facts that do not affect the verdict
  std::optional<Document> document;  ///< if the file can be opened
};

enum class Depth : std::uint8_t {
  structure,  ///< the directory, the pickles, and the position of every storage
  every_byte  ///< also the CRC of every record and all bytes between records
};

struct CheckOptions {
  Depth depth = Depth::structure;
  /// Called with the number of bytes read since the last call, when every byte is read.
  std::function<void(std::uint64_t)> on_bytes = {};
};

/// Throws only Error{io}, beginning with the path; all other faults are in the result.
Checked check_file(const std::filesystem::path& path, const CheckOptions& options);

}  // namespace ckpt::formats
