// A tree of nothing but plain values and tensors, which torch.load(weights_only=True) takes where
// no class of the program that wrote it is at hand.
//
//   argparse.Namespace, SimpleNamespace, OmegaConf, other mappings     dict
//   ListConfig, deque, other sequences                                 list
//   named tuple                                                        tuple
//   frozenset                                                          set
//   PosixPath and kin, datetime, UUID, Decimal, Fraction               text (ISO 8601 for times)
//   timedelta                                                          seconds, a float
//   Enum                                                               its value (its name, where
//                                                                      only that is in the file)
//   numpy scalar, numpy array                                          number or text; tensor
//
// Whatever else is dropped, unless a tensor lies in it: then its attributes stay, as a dict.
#pragma once

#include <string>
#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::formats {

struct PlainChange {
  std::string path;
  std::string from;  ///< "argparse.Namespace"
  std::string to;    ///< "dict", "text", ...; "" for one that is dropped
};

/// Changes `tree`; tensors, their storages, and what weights_only knows stay as they are.
/// Returns what changed, in the order of the file.
/// Errors: Error{unsupported} when nothing would be left.
std::vector<PlainChange> make_plain(model::Tree& tree);

}  // namespace ckpt::formats
