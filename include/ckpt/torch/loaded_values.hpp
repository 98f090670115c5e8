// One form for values that pickle protocols write differently and Python loads alike.
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

/// Rewrites such values of a tree that was read from a pickle of this protocol. The result is for
/// comparing: values that Python would load alike are alike, whatever protocol each came from.
/// numpy's modules get their names of version 2, under which it loads the older ones too.
void make_loaded(model::Tree& tree, std::uint8_t pickle_protocol);

}  // namespace ckpt::torch
