// Lists what an unpickler would do with a pickle, up to the byte where it would stop or fail: which
// names it would look up, what it would call, whose state it would set. `ckpt check` judges an
// untrusted pickle from this list. Like unpickle(), scan() imports and calls nothing; unlike it,
// scan() accepts whatever any Python version might accept, because an attacker chooses the reader.
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

/// What an unpickler does that could matter for safety.
enum class Deed : std::uint8_t {
  names,      ///< looks a global up, which imports its module: GLOBAL, STACK_GLOBAL, INST, EXT
  calls,      ///< REDUCE, NEWOBJ, NEWOBJ_EX, INST, OBJ; the node is an object
  builds,     ///< sets the state of the node by __setstate__ or attributes: BUILD
  changes,    ///< appends to, adds to or sets an item of something that is not a list, set or dict
  asks_host,  ///< asks the program to resolve a reference outside the pickle: PERSID, BINPERSID
};

/// A deed, with the opcode that does it.
struct Site {
  Deed deed = Deed::names;
  std::uint8_t opcode = 0;
  NodeId node = no_node;
  NodeId value = no_node;  ///< for builds: the state
  std::size_t offset = 0;  ///< of the opcode
};

/// Constructs that different unpicklers read differently: some continue one way, some another, some
/// stop. A pickle may be harmless for one and not for another. No pickler writes any of them.
enum class Parting : std::uint8_t {
  torn_argument,      ///< an argument or a line continues beyond the end of its frame
  nested_frame,       ///< a frame starts inside an unfinished frame
  frame_beyond_stop,  ///< STOP in an unfinished frame
  index,              ///< GET or PUT with an index that is no number, or an unusual spelling of one
  crossed_mark,       ///< an opcode takes values from below a mark, which worked before Python 3.6
  python2_text,       ///< quotes or ASCII text that only Python 2 accepts
  odd_items,          ///< a key without a value
  earlier_memo,       ///< GET of an index that only an earlier pickle of the stream has stored
};
inline constexpr std::size_t parting_count = 8;

/// How an unpickler reads over the end of a frame; src/pickle/framed_reader.hpp has examples.
enum class Framing : std::uint8_t {
  in_line,      ///< frames are ignored
  dropped,      ///< the C unpickler reading a file, Python 3.8 to 3.14: skips the rest of the frame
  all_dropped,  ///< the same before 3.8, where bytes objects are read like all other arguments
};

enum class Extent : std::uint8_t {
  whole,  ///< nothing follows: a name at the end is taken as Python takes it
  cut,    ///< more may follow
};

/// What was found in one pickle.
struct ScanOptions {
  std::size_t most_objects = std::numeric_limits<std::size_t>::max();
  Framing framing = Framing::in_line;
  Extent extent = Extent::whole;
  /// Whether an earlier pickle of the stream has stored something in its memo. An unpickler that
  /// reads the whole stream keeps it: GET of an unknown index is then an unknown value, not an
  /// error.
  bool has_earlier_memo = false;
};

/// The module of a global whose module or name the pickle computes while it runs.
inline constexpr std::string_view computed_name = "<computed>";
/// The module of a global behind EXT1, EXT2 or EXT4; its name is "code N".
inline constexpr std::string_view extension_registry = "<extension registry>";

struct Scan {
  static constexpr std::size_t not_seen = std::numeric_limits<std::size_t>::max();

  Graph graph;                ///< all that was read; without a root when the pickle is broken
  std::uint8_t protocol = 0;  ///< of the last PROTO
  /// How many bytes were read: up to and including STOP (and the rest of its frame, where `framing`
  /// skips it), or up to the opcode that broke the pickle.
  std::size_t size_bytes = 0;
  std::size_t opcode_count = 0;  ///< executed ones; excludes the opcode that broke the pickle
  std::vector<Site> sites;       ///< in execution order
  /// For each opcode byte, the offset where it is first executed.
  std::array<std::size_t, 256> first_offsets;
  /// For each Parting, the offset where it first occurs; not_seen when it does not occur.
  std::array<std::size_t, parting_count> first_partings;
  std::optional<Error> broken;  ///< why an unpickler would stop; nothing: it reached STOP
  bool is_cut_off = false;      ///< broken because the bytes end
  bool has_memo = false;        ///< something was put into the memo

  bool has_parting(Parting parting) const {
    return first_partings[static_cast<std::size_t>(parting)] != not_seen;
  }
  /// The options for scanning the pickle that follows this one, which was scanned with `options`.
  ScanOptions next_options(ScanOptions options) const {
    options.has_earlier_memo = options.has_earlier_memo || has_memo;
    return options;
  }
  /// Whether readers disagree about the end of a frame, so that they may see different pickles
  /// behind it.
  bool parts_at_frames() const {
    return has_parting(Parting::torn_argument) || has_parting(Parting::nested_frame) ||
           has_parting(Parting::frame_beyond_stop);
  }
};

/// The name of an opcode as pickletools prints it; "" for a byte that is no opcode.
std::string_view opcode_name(std::uint8_t code);

/// Reads one pickle at the start of `bytes`, whatever the bytes are. Throws no Error: faults are in
/// Scan::broken.
///
/// Accepts more than unpickle() does: it continues wherever some Python, including Python 2, might
/// continue. Names and frames may have any length, and anything may be appended to or built. Stops
/// with Error{limit} in `broken` when the pickle makes more than `most_objects` objects.
Scan scan(ByteView bytes, const ScanOptions& options = {});

}  // namespace ckpt::pickle
