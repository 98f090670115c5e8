// What is left of a checkpoint that was cut off or damaged.
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
  checksums,  ///< reads every storage, and takes none whose CRC-32 is not what the file says
};

struct Salvaged {
  Document document;  ///< the blobs of lost storages cannot be read
  /// Why each lost storage is lost: "cut off", "damaged", "not found".
  std::unordered_map<model::StorageId, std::string> lost;
  /// The length of the file when it was whole, if torch.save wrote it; 0: not known.
  std::uint64_t whole_bytes = 0;
};

/// Errors: Error{io}; Error{malformed} when nothing says which tensors there were;
/// Error{unsupported} for a file of another kind. All begin with the path.
Salvaged open_salvaged(const std::filesystem::path& path, Verify verify);

struct TensorFate {
  std::string path;
  std::string reason = {};  ///< why it was lost; "" for one that is there
};

struct Fates {
  std::vector<TensorFate> saved;
  std::vector<TensorFate> filled;  ///< lost, and taken from the other file
  std::vector<TensorFate> lost;
};

/// Takes lost tensors out of the tree: out of dicts with their keys; in lists, tuples and objects
/// None stands in for them. Those that `older` (may be nullptr) has at the same path with the same
/// dtype and shape are taken from there. What is left can be saved.
Fates settle(Salvaged& salvaged, const Document* older);

}  // namespace ckpt::formats
