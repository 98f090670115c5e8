// Reads a pickle into a Graph: the pickle virtual machine, with every call recorded instead of
// made. A pickle is a program; loading one with Python runs it. Here it becomes data that can be
// inspected, edited and written again.
#pragma once

#include "ckpt/base/bytes.hpp"
#include "ckpt/pickle/graph.hpp"

namespace ckpt::pickle {

struct Unpickled {
  Graph graph;
  std::uint8_t protocol = 0;   ///< of the PROTO opcode; 0 when there is none
  std::size_t size_bytes = 0;  ///< up to and including STOP; another pickle may follow
};

/// Reads one pickle of protocol 0 to 5 at the start of `bytes`. Imports and calls nothing.
///
/// Memory is proportional to bytes.size(), whatever lengths and memo indices the pickle declares.
/// The names of a module and of a class in it may have up to 1000 bytes each.
///
/// All errors have the form "byte N: OPCODE: what, expected, got". Throws Error{malformed} for what
/// CPython's unpickler would refuse, and for BUILD of a list, a dict or another plain value;
/// Error{unsupported} for protocols after 5, extension codes, out-of-band buffers, and changes to
/// globals and persistent references; Error{limit} for a value that a Graph cannot hold.
///
/// Source: https://github.com/python/cpython/blob/v3.11.2/Lib/pickletools.py
Unpickled unpickle(ByteView bytes);

}  // namespace ckpt::pickle
