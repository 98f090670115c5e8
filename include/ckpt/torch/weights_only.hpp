// Predicts whether torch.load(weights_only=True) accepts a pickle. Follows the restricted unpickler
// of torch 2.13 opcode by opcode over a Scan: each call is checked and none is made.
//
// read_tree checks whether the storages exist and the tensors fit into them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "ckpt/pickle/scan.hpp"
#include "ckpt/torch/allowed_globals.hpp"

namespace ckpt::torch {

/// The container of the pickle.
enum class Origin : std::uint8_t {
  zip,
  legacy_stream,  ///< its persistent ids of storages have six parts
};

/// Why and where torch.load would stop.
struct Refusal {
  std::string reason;      ///< "the global posix.system is not allowed"
  std::size_t offset = 0;  ///< of the opcode where torch.load stops
};

/// Whether torch.load(weights_only=True) accepts a pickle.
struct WeightsOnly {
  std::optional<Refusal> refusal;  ///< nothing: it would be loaded
  Release since = Release::v1_13;  ///< the first release known to load it
};

/// Source: https://github.com/pytorch/pytorch/blob/v2.6.0/torch/_weights_only_unpickler.py, and
/// torch 2.13 by behaviour
WeightsOnly judge_weights_only(const pickle::Scan& scan, Origin origin);

/// "module.name" in Python 3 spelling, as torch compares it: "collections.OrderedDict".
std::string path_of(const pickle::Global& global);

}  // namespace ckpt::torch
