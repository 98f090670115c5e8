// Recognises dicts that a pickle creates by a call and then fills with steps:
//
//   OrderedDict()  then set_item...  then perhaps build {attribute: value}     Python 3
//   OrderedDict([[key, value], ...])                                          Python 2
//   defaultdict(list)  then set_item...                          and any other subclass of dict
#pragma once

#include <optional>
#include <vector>

#include "ckpt/pickle/graph.hpp"

namespace ckpt::torch {

/// The parts of a dict that is made by a call.
struct DictObject {
  std::vector<pickle::Entry> entries;
  pickle::NodeId attributes = pickle::no_node;  ///< the dict of BUILD; no_node without BUILD
};

/// The entries of a collections.OrderedDict in one of these forms; nothing for other objects.
std::optional<DictObject> find_ordered_dict(const pickle::Graph& graph, pickle::NodeId object);

/// The entries of an object that must be another subclass of dict, because items are set in it. Its
/// class, arguments and attributes must contain no further containers, so that no value is hidden.
std::optional<DictObject> find_custom_dict(const pickle::Graph& graph, pickle::NodeId object);

}  // namespace ckpt::torch
