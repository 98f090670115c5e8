// Names of globals in Python 2 and Python 3. Pickles of protocol 2 and less use Python 2 names, so
// that both versions can read them; Python 3 translates in both directions.
//
//   builtins range           __builtin__ xrange
//   copyreg _reconstructor   copy_reg _reconstructor
//   torch FloatStorage       torch FloatStorage
//
// Source: https://github.com/python/cpython/blob/v3.11.2/Lib/_compat_pickle.py
#pragma once

#include "ckpt/pickle/graph.hpp"

namespace ckpt::pickle {

/// `global` as CPython writes it at protocol 2. A Python 2 name does not change. The result points
/// into `global` or into static memory.
Global to_python2(const Global& global);
/// `global` from a pickle of protocol 2 or less, as CPython looks it up. A Python 3 name does not
/// change. The result points into `global` or into static memory.
Global to_python3(const Global& global);

}  // namespace ckpt::pickle
