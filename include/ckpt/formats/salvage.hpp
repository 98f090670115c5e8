// Recovers what is left of a checkpoint that was cut off or damaged.
//
// In a file of torch.save the pickle comes first, so the names, shapes and sizes of all tensors are
// known even when half of the bytes are missing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "ckpt/formats/document.hpp"

namespace ckpt::formats {

enum class Verify : std::uint8_t {
  no,
  checksums,  ///< reads every storage and rejects those with a wrong CRC-32
};

struct Salvaged {
  Document document;  ///< the blobs of lost storages cannot be read
  /// The reason for each lost storage: "cut off", "damaged", "not found".
  std::unordered_map<model::StorageId, std::string> lost;
  /// The length of the complete file, if torch.save wrote it; 0 when unknown.
  std::uint64_t whole_bytes = 0;
};

/// Throws Error{io}; Error{malformed} when nothing says which tensors the file had;
/// Error{unsupported} for a file of another kind. All messages begin with the path.
Salvaged open_salvaged(const std::filesystem::path& path, Verify verify);

struct TensorFate {
  std::string path;
  std::string reason = {};  ///< why it is lost; "" when it is not
};

struct Fates {
  std::vector<TensorFate> saved;
  std::vector<TensorFate> filled;  ///< lost, but taken from the other file
  std::vector<TensorFate> lost;
};

/// Removes lost tensors from the tree, so that the rest can be saved: from dicts with their keys;
/// in lists, tuples and objects None takes their place. A lost tensor that `older` (may be nullptr)
/// has at the same path with the same dtype and shape is taken from there.
Fates settle(Salvaged& salvaged, const Document* older);

}  // namespace ckpt::formats
