// The pickle virtual machine, with every call replaced by a record of it.
#pragma once

#include "ckpt/base/bytes.hpp"
#include "ckpt/pickle/graph.hpp"

namespace ckpt::pickle {

struct Unpickled {
  Graph graph;
  std::uint8_t protocol = 0;   ///< of the PROTO opcode; 0 without one
  std::size_t size_bytes = 0;  ///< up to and including STOP; several pickles may follow each other
};

/// Reads one pickle of protocol 0 to 5 from the start of `bytes`. Nothing is imported or called.
///
/// Memory is proportional to bytes.size(), whatever lengths and memo indices it declares. Module
/// and class names may have up to 1000 bytes each.
///
/// Errors, all of the form "byte N: OPCODE: what, expected, got":
/// Error{malformed} for whatever CPython's unpickler would refuse, and for BUILD of a list, a dict
/// and their like; Error{unsupported} for a protocol after 5, extension codes, out-of-band buffers,
/// and changes to globals and persistent references; Error{limit} for a value that a Graph cannot
/// hold.
///
/// Source: https://github.com/python/cpython/blob/v3.11.2/Lib/pickletools.py
Unpickled unpickle(ByteView bytes);

}  // namespace ckpt::pickle
