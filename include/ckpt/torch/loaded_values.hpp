// One form for values that pickle protocols write differently and Python loads as equal objects.
// `diff` compares a file of protocol 2 with one of protocol 5 through it.
//
//   protocol 2                                        here, as protocol 5 has it
//   __builtin__.xrange                                builtins.range
//   getattr(Outer, 'Inner')                           Outer.Inner
//   _codecs.encode('\xff', 'latin1')                  bytes
//   __builtin__.bytearray('\xff', 'latin-1')          bytearray
//   __builtin__.set([1])                              set
//   array.array('d', [1.0])                           _array_reconstructor(array.array, 'd', ...)
//   _reconstruct(ndarray, (0,), b'b') + state         the same; _frombuffer(...) becomes it
//   functools.partial(C.__new__, C, 1, x=2)()         C.__new__(C, 1, x=2)
#pragma once

#include <cstdint>

#include "ckpt/model/tree.hpp"

namespace ckpt::torch {

/// Rewrites these values in a tree that was read from a pickle of the given protocol. The result is
/// for comparison only. Modules of numpy get the names they have since numpy 2, which also loads
/// the older names.
void make_loaded(model::Tree& tree, std::uint8_t pickle_protocol);

}  // namespace ckpt::torch
