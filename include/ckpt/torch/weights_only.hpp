// What torch.load(weights_only=True) would say to a pickle: the restricted unpickler of torch 2.13,
// followed opcode by opcode on what a scan has seen, with every call judged and none made.
//
// Whether the storages are there and the tensors fit into them is read_tree's question.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "ckpt/pickle/scan.hpp"
#include "ckpt/torch/allowed_globals.hpp"

namespace ckpt::torch {

enum class Origin : std::uint8_t {
  zip,
  legacy_stream,  ///< its references to storages have six parts
};

struct Refusal {
  std::string reason;      ///< "the global posix.system is not allowed"
  std::size_t offset = 0;  ///< of the opcode at which it stops
};

struct WeightsOnly {
  std::optional<Refusal> refusal;  ///< none: it would be loaded
  Release since = Release::v1_13;  ///< the first release that is known to take it
};

/// Source: https://github.com/pytorch/pytorch/blob/v2.6.0/torch/_weights_only_unpickler.py, and
/// torch 2.13 by behaviour
WeightsOnly judge_weights_only(const pickle::Scan& scan, Origin origin);

/// "module.name" as torch compares it, in Python 3 spelling: collections.OrderedDict.
std::string path_of(const pickle::Global& global);

}  // namespace ckpt::torch
