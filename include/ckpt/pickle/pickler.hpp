// Writes a Graph as CPython's C pickler writes the objects at protocol 2.
#pragma once

#include "ckpt/base/bytes.hpp"
#include "ckpt/pickle/graph.hpp"

namespace ckpt::pickle {

/// The pickle of graph.root(). For the graph of a stream that CPython's pickler wrote at protocol
/// 2, these are the bytes of that stream: same memo numbers, same batches of 1000.
///
/// What other protocols have is written as protocol 2 spells it: bytes as a call of _codecs.encode,
/// sets as a call of their type, nested names as getattr, NEWOBJ_EX as a call of functools.partial,
/// Python 3 module names as Python 2 ones, strings of Python 2 as text if they are UTF-8.
///
/// Errors: Error{limit} for a text of 4 GiB or more, and for a pickle out of proportion to the
/// graph (a number of megabytes referred to a thousand times); Error{unsupported} for items added
/// to an object by ADDITEMS and for global names with line breaks; Error{malformed} for a set
/// within itself.
///
/// Source: https://github.com/python/cpython/blob/v3.11.2/Modules/_pickle.c
Bytes pickle(const Graph& graph);

}  // namespace ckpt::pickle
