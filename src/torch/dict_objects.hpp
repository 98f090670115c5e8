// Dicts that pickles make by a call: an object, then steps that set its entries.
//
//   OrderedDict()  then set_item...  then perhaps build {attribute: value}     Python 3
//   OrderedDict([[key, value], ...])                                          Python 2
//   defaultdict(list)  then set_item...                          and any other subclass of dict
#pragma once

#include <optional>
#include <vector>

#include "ckpt/pickle/graph.hpp"

namespace ckpt::torch {

struct DictObject {
  std::vector<pickle::Entry> entries;
  pickle::NodeId attributes = pickle::no_node;  ///< the dict of BUILD, if there was one
};

/// The entries of a collections.OrderedDict in one of these forms, or nothing.
std::optional<DictObject> find_ordered_dict(const pickle::Graph& graph, pickle::NodeId object);

/// The entries of what can only be another subclass of dict: items are set in it, and what it is
/// made of (class, arguments, attributes) holds no further values, so that nothing is hidden.
std::optional<DictObject> find_custom_dict(const pickle::Graph& graph, pickle::NodeId object);

}  // namespace ckpt::torch
