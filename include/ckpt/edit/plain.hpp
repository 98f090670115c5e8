// A tree of nothing but plain values and tensors, which torch.load(weights_only=True) takes where
// no class of the program that wrote it is at hand.
//
//   argparse.Namespace, SimpleNamespace, OmegaConf, other mappings     dict
//   ListConfig, deque, other sequences                                 list
//   named tuple                                                        tuple
//   frozenset                                                          set; as a key, tuple
//   PosixPath and kin, datetime, UUID, Decimal, Fraction               text (ISO 8601 for times)
//   timedelta                                                          seconds, a float
//   Enum                                                               its value (its name, where
//                                                                      only that is in the file)
//   numpy scalar, numpy array                                          number or text; tensor
//
// Whatever else is dropped, unless a tensor lies in it: then its attributes stay, as a dict. An
// entry whose key nothing plain can stand in for is dropped with it.
//
// Tensors that torch.save writes and weights_only refuses: those that require a gradient, of dtypes
// without a storage class, stay without it; others are dropped.
#pragma once

#include <string>
#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::edit {

struct PlainChange {
  std::string path;
  std::string from;  ///< "argparse.Namespace"
  std::string to;    ///< "dict", "text", ...; "" for one that is dropped
};

/// Changes `tree`; storages, tensors and what else weights_only loads stay as they are.
/// Returns what changed, in the order of the file; what is found out by looking at the result,
/// last. Errors: Error{unsupported} when nothing would be left, or weights_only would refuse the
/// result.
std::vector<PlainChange> make_plain(model::Tree& tree);

}  // namespace ckpt::edit
