// How Python 3 spells the globals of a pickle of protocol 2 or less, as Python 2 did, and how it
// reads them.
//
//   builtins range           __builtin__ xrange
//   copyreg _reconstructor   copy_reg _reconstructor
//   torch FloatStorage       torch FloatStorage
//
// Source: https://github.com/python/cpython/blob/v3.11.2/Lib/_compat_pickle.py
#pragma once

#include "ckpt/pickle/graph.hpp"

namespace ckpt::pickle {

/// `global` as CPython writes it at protocol 2; a Python 2 name stays as it is. The result points
/// into `global` or into the program.
Global to_python2(const Global& global);
/// `global` of a pickle of protocol 2 or less as CPython looks it up; a Python 3 name stays as it
/// is. The result points into `global` or into the program.
Global to_python3(const Global& global);

}  // namespace ckpt::pickle
