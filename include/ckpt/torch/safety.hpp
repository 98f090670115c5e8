// Finds everything that a Python unpickler would import, call or change because of a file, without
// doing any of it. Judgement is by allow-list: every callable that weights_only does not know is
// reported.
//
//   data.pkl: byte 43: calls builtins.eval('print(1)'), written __builtin__.eval
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ckpt/pickle/scan.hpp"

namespace ckpt::torch {

/// A callable that one pickle names, once or often.
struct Callable {
  std::string place = {};    ///< "data.pkl"; "data.pkl: pickle 2"; "data.pkl: bytes at 120"
  std::string name = {};     ///< "builtins.eval", in Python 3 spelling
  std::string written = {};  ///< as the pickle spells it, if that differs; else ""
  std::size_t offset = 0;    ///< where it is first named, in the pickle given by `place`
  std::uint64_t calls = 0;   ///< 0: it is only named, which still imports its module
  std::string example = {};  ///< its first call, shortened: "builtins.eval('print(1)')"; "" without
                             ///< a call
  bool is_allowed = false;   ///< by torch.load(weights_only=True) of torch 2.13
};

/// A construct that no pickler writes into a checkpoint.
struct Trick {
  std::string place;
  std::size_t offset = 0;
  std::string what;  ///< "names a global whose name is computed by a call"
};

/// All findings about a file.
struct Safety {
  std::vector<Callable> callables;  ///< in file order
  std::vector<Trick> tricks;

  bool is_safe() const;
};

/// Which additional names are harmless in the file.
enum class Dialect : std::uint8_t {
  python,
  torchscript,         ///< the functions that build TorchScript lists are known
  torchscript_object,  ///< also classes of the archive's own code (__torch__...), which are not
                       ///< Python
};

/// What may follow a complete pickle.
enum class Behind : std::uint8_t {
  pickles,      ///< more pickles or nothing; a pickle that starts and breaks is reported
  other_bytes,  ///< any bytes, such as storages: reported only if they call or change something
};

/// Collects findings over several inspect calls. One thread uses an inspector.
class SafetyInspector {
 public:
  /// A pickle that makes more than `most_objects` objects is not examined further and counts as
  /// unsafe.
  explicit SafetyInspector(Dialect dialect = Dialect::python,
                           std::size_t most_objects = std::numeric_limits<std::size_t>::max())
      : dialect_(dialect), most_objects_(most_objects) {}

  /// Examines the pickle at the start of `bytes`, the pickles that follow it directly, and pickles
  /// inside its strings. Reads each in every way in which unpicklers treat the end of a frame
  /// (pickle::Framing).
  void inspect(ByteView bytes, const std::string& place, Behind behind = Behind::pickles);
  /// The same for bytes that may not be a pickle. Findings are kept only if an unpickler would call
  /// something that is not allowed, change what a global is or holds, or continue where this scan
  /// stops.
  void inspect_suspect(ByteView bytes, const std::string& place);
  /// For later inspect calls.
  void set_dialect(Dialect dialect) { dialect_ = dialect; }
  Safety result() { return std::move(safety_); }

 private:
  struct Pending {
    std::string place;
    Bytes bytes;
  };

  void inspect_readings(ByteView bytes, const std::string& place, Behind behind);
  void inspect_stream(ByteView bytes, const std::string& place, Behind behind);
  void note_more_pickles(ByteView bytes, const std::string& place);
  bool inspect_first(const pickle::Scan& scan, ByteView bytes, const std::string& place);
  bool inspect_later(const pickle::Scan& scan, ByteView bytes, const std::string& place,
                     Behind behind);
  void add_scan(const pickle::Scan& scan, ByteView bytes, const std::string& place);
  void add_broken(const pickle::Scan& scan, const std::string& place);
  void add_partings(const pickle::Scan& scan, ByteView bytes, const std::string& place);
  void add_unknown(Safety found);
  bool is_alarming() const;
  void add_sites(const pickle::Scan& scan, const std::string& place);
  void add_name(const pickle::Scan& scan, const pickle::Site& site, const std::string& place);
  void add_call(const pickle::Scan& scan, const pickle::Site& site, const std::string& place);
  void add_build(const pickle::Scan& scan, const pickle::Site& site, const std::string& place);
  void add_change(const pickle::Scan& scan, const pickle::Site& site, const std::string& place);
  void add_trick(const std::string& place, std::size_t offset, std::string what);
  void collect_nested(const pickle::Scan& scan, const std::string& place);
  Callable& callable_at(const std::string& place, const std::string& name, std::size_t offset);

  Dialect dialect_;
  std::size_t most_objects_;
  pickle::Framing framing_ = pickle::Framing::in_line;
  bool has_met_limit_ = false;
  bool parts_at_frames_ = false;  // for the stream that is being inspected
  bool shares_memo_ = false;      // with an earlier pickle, if one unpickler reads the whole stream
  bool is_ambiguous_ = false;     // an unpickler may see pickles that were not inspected
  bool changes_globals_ = false;  // without calling any of them
  Safety safety_;
  std::map<std::pair<std::string, std::string>, std::size_t> known_;
  std::map<std::pair<std::string, std::string>, std::size_t> known_tricks_;
  std::vector<Pending> nested_;
  std::uint64_t nested_bytes_left_ = 0;
};

/// Whether `text` starts as a pickle of protocol 2 or later does.
bool looks_like_pickle(std::string_view text);
/// Whether the pickle is the magic number that starts a stream of torch.save before 1.6, however it
/// spells the number.
bool is_legacy_magic(const pickle::Scan& scan);
/// How many pickles are examined in a stream that starts with this one. torch.save before 1.6 wrote
/// five, then the storages.
std::size_t most_pickles_after(const pickle::Scan& first);
/// Whether pickles that do something may start like this. `extent` says whether more bytes follow.
bool is_suspect(ByteView start, pickle::Extent extent);

}  // namespace ckpt::torch
