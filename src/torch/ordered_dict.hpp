// collections.OrderedDict, in the two forms that Python has pickled it:
//
//   OrderedDict()  then set_item...  then perhaps build {attribute: value}     Python 3
//   OrderedDict([[key, value], ...])                                          Python 2
#pragma once

#include <optional>
#include <vector>

#include "ckpt/pickle/graph.hpp"

namespace ckpt::torch {

struct OrderedDict {
  std::vector<pickle::Entry> entries;
  pickle::NodeId attributes = pickle::no_node;  ///< the dict of BUILD, if there was one
};

/// The entries of an object of one of these forms, or nothing.
std::optional<OrderedDict> find_ordered_dict(const pickle::Graph& graph, pickle::NodeId object);

}  // namespace ckpt::torch
