// Writes a Graph as the pickle that CPython's C pickler writes for the same objects at protocol 2.
// torch.save uses protocol 2, and equal bytes are the simplest proof that nothing else changed.
#pragma once

#include "ckpt/base/bytes.hpp"
#include "ckpt/pickle/graph.hpp"

namespace ckpt::pickle {

/// The pickle of graph.root(). A Graph read from a pickle that CPython wrote at protocol 2 gives
/// the same bytes again: the same memo numbers and the same batches of 1000 items.
///
/// Values of later protocols are written as CPython writes them at protocol 2: bytes as a call of
/// _codecs.encode, sets as a call of their type, nested names as getattr, NEWOBJ_EX as a call of
/// functools.partial, Python 3 module names as Python 2 names. Python 2 strings become text if they
/// are UTF-8.
///
/// Throws Error{limit} for a text of 4 GiB or more and for a pickle out of proportion to the graph
/// (an integer of megabytes that is referred to a thousand times); Error{unsupported} for items
/// added to an object by ADDITEMS and for global names with line breaks; Error{malformed} for a set
/// that contains itself.
///
/// Source: https://github.com/python/cpython/blob/v3.11.2/Modules/_pickle.c
Bytes pickle(const Graph& graph);

}  // namespace ckpt::pickle
