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

/// Where programs that read pickles part: some go on in one way, some in another, some not at all.
/// No pickler writes any of these.
enum class Parting : std::uint8_t {
  torn_argument,      ///< an argument or a line reaches over the end of its frame
  nested_frame,       ///< a frame opens where the last one has bytes left
  frame_beyond_stop,  ///< STOP, where the frame has bytes left
  index,              ///< GET or PUT of what is no number, or a number that is not written so
  crossed_mark,       ///< values below a mark are taken, as before Python 3.6
  python2_text,       ///< quotes or ASCII that only Python 2 takes for them
  odd_items,          ///< a key without a value
  earlier_memo,       ///< GET of what only an earlier pickle put there
};
inline constexpr std::size_t parting_count = 8;

/// How unpicklers read over the end of a frame: src/pickle/framed_reader.hpp shows it.
enum class Framing : std::uint8_t {
  in_line,      ///< as if there were no frames
  dropped,      ///< by C from a file, Python 3.8 to 3.14: the rest of the frame is passed over
  all_dropped,  ///< likewise before 3.8, where bytes were read as everything else
};

enum class Extent : std::uint8_t {
  whole,  ///< nothing follows: a name at the end is taken as Python does
  cut,    ///< more may follow
};

struct ScanOptions {
  std::size_t most_objects = std::numeric_limits<std::size_t>::max();
  Framing framing = Framing::in_line;
  Extent extent = Extent::whole;
  /// Whether earlier pickles of the stream have put something into their memo, which an unpickler
  /// that reads all of them keeps: GET of an unknown index is an unknown value then, and no break.
  bool has_earlier_memo = false;
};

/// The module of a global whose module or name is made by the pickle while it runs.
inline constexpr std::string_view computed_name = "<computed>";
/// The module of a global behind EXT1, EXT2 or EXT4; its name is "code N".
inline constexpr std::string_view extension_registry = "<extension registry>";

struct Scan {
  static constexpr std::size_t not_seen = std::numeric_limits<std::size_t>::max();

  Graph graph;                ///< as far as it came; without a root when it is broken
  std::uint8_t protocol = 0;  ///< of the last PROTO
  /// Up to and including STOP, and the rest of its frame where that is dropped; or the opcode that
  /// broke it.
  std::size_t size_bytes = 0;
  std::size_t opcode_count = 0;  ///< executed, without the one that broke it
  std::vector<Site> sites;       ///< in the order in which they would happen
  /// Where each opcode byte is first executed, by its value.
  std::array<std::size_t, 256> first_offsets;
  /// Where readers first part in each of these ways; not_seen: they agree.
  std::array<std::size_t, parting_count> first_partings;
  std::optional<Error> broken;  ///< why an unpickler would go no further; none: it reached STOP
  bool is_cut_off = false;      ///< broken, for want of more bytes
  bool has_memo = false;        ///< something was put into the memo

  bool has_parting(Parting parting) const {
    return first_partings[static_cast<std::size_t>(parting)] != not_seen;
  }
  /// Those of the pickle behind this one, which was scanned with `options`.
  ScanOptions next_options(ScanOptions options) const {
    options.has_earlier_memo = options.has_earlier_memo || has_memo;
    return options;
  }
  /// Whether readers part at the end of a frame, behind which they may see quite other pickles.
  bool parts_at_frames() const {
    return has_parting(Parting::torn_argument) || has_parting(Parting::nested_frame) ||
           has_parting(Parting::frame_beyond_stop);
  }
};

/// The name of an opcode as pickletools prints it, or "" for a byte that is none.
std::string_view opcode_name(std::uint8_t code);

/// Reads one pickle from the start of `bytes`, whatever it is; throws no Error.
///
/// More forgiving than unpickle(): wherever some Python program might go on, Python 2 included, so
/// does this. Names may have any length, a frame any size, and anything may be appended to or
/// built. Breaks off, with Error{limit} in `broken`, where there are more than `most_objects`.
Scan scan(ByteView bytes, const ScanOptions& options = {});

}  // namespace ckpt::pickle
