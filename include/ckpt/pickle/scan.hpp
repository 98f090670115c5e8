// What an unpickler would do with a pickle, up to the byte at which it would stop or fail: which
// names it would look up, what it would call, whose state it would set. For telling whether a
// stranger's pickle may be opened; nothing is imported or called here either.
//
//   cposix\nsystem\n        names posix.system        byte 0
//   (S'id'\ntR              calls it                  byte 22
//   X\xff\xff\xff\xff       broken here; what was called was called
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "ckpt/base/bytes.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/pickle/graph.hpp"

namespace ckpt::pickle {

enum class Deed : std::uint8_t {
  names,      ///< looks a global up, which imports its module: GLOBAL, STACK_GLOBAL, INST, EXT
  calls,      ///< REDUCE, NEWOBJ, NEWOBJ_EX, INST, OBJ; the node is an object
  builds,     ///< sets the state of the node, by __setstate__ or attributes: BUILD
  changes,    ///< appends to, adds to or sets an item of what is not a list, set or dict
  asks_host,  ///< has the program resolve a reference outside the pickle: PERSID, BINPERSID
};

struct Site {
  Deed deed = Deed::names;
  std::uint8_t opcode = 0;
  NodeId node = no_node;
  NodeId value = no_node;  ///< of builds: the state
  std::size_t offset = 0;  ///< of the opcode
};

/// The module of a global whose module or name is made by the pickle while it runs.
inline constexpr std::string_view computed_name = "<computed>";
/// The module of a global behind EXT1, EXT2 or EXT4; its name is "code N".
inline constexpr std::string_view extension_registry = "<extension registry>";

struct Scan {
  static constexpr std::size_t not_seen = std::numeric_limits<std::size_t>::max();

  Graph graph;                 ///< as far as it came; without a root when it is broken
  std::uint8_t protocol = 0;   ///< of the last PROTO
  std::size_t size_bytes = 0;  ///< up to and including STOP, or the opcode that broke it
  std::vector<Site> sites;     ///< in the order in which they would happen
  /// Where each opcode byte is first executed, by its value.
  std::array<std::size_t, 256> first_offsets;
  std::optional<Error> broken;  ///< why an unpickler would go no further; none: it reached STOP
};

/// The name of an opcode as pickletools prints it, or "" for a byte that is none.
std::string_view opcode_name(std::uint8_t code);

/// Reads one pickle from the start of `bytes`, whatever it is; throws no Error.
///
/// More forgiving than unpickle(): wherever some Python program might go on, so does this. Names
/// may have any length, a frame any size, and anything may be appended to or built. Breaks off,
/// with Error{limit} in `broken`, where there are more than `most_objects`.
Scan scan(ByteView bytes, std::size_t most_objects = std::numeric_limits<std::size_t>::max());

}  // namespace ckpt::pickle
