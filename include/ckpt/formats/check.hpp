// One verdict on a file, whatever it is: is it whole, is it safe to open, would torch.load take
// it. Facts only: what is said about them, and whether it matters, is the caller's.
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

enum class Verdict : std::uint8_t {
  ok,
  unsafe,          ///< whole, but names callables that weights_only does not allow, or plays tricks
  damaged,         ///< contradicts itself
  truncated,       ///< its end is missing
  not_checkpoint,  ///< something else: an HTML page, a Git LFS pointer, nothing at all
  unchecked,       ///< a model of a format that cannot be looked into
};
/// "ok", "unsafe", ..., "not a checkpoint"
std::string_view verdict_name(Verdict verdict);

/// Why a file is not whole.
struct Problem {
  std::string record = {};  ///< without the top folder; "" when it is about the file
  std::string what = {};
  std::vector<std::string> tensors = {};  ///< paths of those that lie in the record
};

/// Would torch.load of 2.13 take the file?
struct Loading {
  bool is_known = false;             ///< false for what is no checkpoint of torch
  std::string weights_only_refusal;  ///< "" when weights_only=True takes it
  std::string since;                 ///< the first release known to take it so: "1.13"
  std::string mmap_refusal;          ///< "" when mmap=True works
  /// Devices besides cpu and meta, without which it needs map_location: "cuda:0".
  std::vector<std::string> devices;
};

/// How much of a file a verdict rests on.
enum class LookedAt : std::uint8_t {
  pickles,    ///< only those that any file may hide
  structure,  ///< its parts lie where it says
  every_byte  ///< and each part was read and compared with its CRC-32
};

struct Checked {
  FileKind kind = FileKind::unknown;
  std::string_view kind_name;  ///< "torch-zip", "legacy", "html", ...
  std::string description;     ///< as Sniffed says
  std::uint64_t file_bytes = 0;
  Verdict verdict = Verdict::unchecked;
  std::vector<Problem> problems;
  torch::Safety safety;
  /// Compressed as a whole, or in part and not ok: there may be more than `safety` tells.
  bool is_packed = false;
  /// Records of an archive that is no checkpoint, which are no pickles and not understood: whoever
  /// wrote them may decode and unpickle them.
  std::uint64_t unread_count = 0;
  std::string first_unread = {};
  bool is_understood = true;  ///< false: no alarm does not make it safe
  LookedAt looked_at = LookedAt::pickles;
  bool has_checksums = true;           ///< false: there are none in files of this kind
  std::uint64_t unverified_count = 0;  ///< records without a CRC-32, when every byte was read
  Loading loading;
  std::vector<std::string> remarks;  ///< what is unusual, and no reason for a verdict
  std::optional<Document> document;  ///< when it can be opened
};

enum class Depth : std::uint8_t {
  structure,  ///< the directory, the pickles, and where every storage lies
  every_byte  ///< and the CRC of every record, and every byte between them
};

struct CheckOptions {
  Depth depth = Depth::structure;
  /// Called with bytes read since the last call, when every byte is read.
  std::function<void(std::uint64_t)> on_bytes = {};
};

/// Looks at the file. Errors: Error{io} only, beginning with the path.
Checked check_file(const std::filesystem::path& path, const CheckOptions& options);

}  // namespace ckpt::formats
