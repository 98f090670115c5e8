// Everything that a Python unpickler would import, call or change on behalf of a file, found
// without doing any of it. Judged by an allow-list: what weights_only does not know is reported.
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

/// One callable in one pickle, however often it is named.
struct Callable {
  std::string place = {};    ///< "data.pkl"; "data.pkl: pickle 2"; "data.pkl: bytes at 120"
  std::string name = {};     ///< "builtins.eval", in Python 3 spelling
  std::string written = {};  ///< as the pickle spells it, where that is different; or ""
  std::size_t offset = 0;    ///< where it is first named, in the pickle that `place` says
  std::uint64_t calls = 0;   ///< 0: only named, which imports its module
  std::string example = {};  ///< its first call, shortened: "builtins.eval('print(1)')"; or ""
  bool is_allowed = false;   ///< by torch.load(weights_only=True) of torch 2.13
};

/// Something that no pickler writes into a checkpoint.
struct Trick {
  std::string place;
  std::size_t offset = 0;
  std::string what;  ///< "names a global whose name is computed by a call"
};

struct Safety {
  std::vector<Callable> callables;  ///< in the order of the file
  std::vector<Trick> tricks;

  bool is_safe() const;
};

enum class Dialect : std::uint8_t {
  python,
  torchscript,         ///< what builds the lists of TorchScript is known
  torchscript_object,  ///< and classes of the archive's own code (__torch__...), which is no Python
};

/// What follows a pickle that is whole.
enum class Behind : std::uint8_t {
  pickles,      ///< if anything; one that begins and breaks is told
  other_bytes,  ///< perhaps, as in front of storages: told only if they call or change something
};

class SafetyInspector {
 public:
  /// A pickle that makes more than `most_objects` is not looked into further, and no safe one.
  explicit SafetyInspector(Dialect dialect = Dialect::python,
                           std::size_t most_objects = std::numeric_limits<std::size_t>::max())
      : dialect_(dialect), most_objects_(most_objects) {}

  /// Looks through the pickle at the start of `bytes`, those that follow it directly, and those
  /// inside of its strings, in every way in which unpicklers read over the end of a frame.
  void inspect(ByteView bytes, const std::string& place, Behind behind = Behind::pickles);
  /// The same of bytes that need not be a pickle: kept only if an unpickler would call something
  /// that is not allowed, change what a global is or holds, or go on where this one does not.
  void inspect_suspect(ByteView bytes, const std::string& place);
  /// Of what is inspected from now on.
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
  bool parts_at_frames_ = false;  // of the stream that is looked through
  bool shares_memo_ = false;      // with an earlier pickle, should one unpickler read all
  bool is_ambiguous_ = false;     // readers may see other pickles than those that are looked at
  bool changes_globals_ = false;  // without calling any
  Safety safety_;
  std::map<std::pair<std::string, std::string>, std::size_t> known_;
  std::map<std::pair<std::string, std::string>, std::size_t> known_tricks_;
  std::vector<Pending> nested_;
  std::uint64_t nested_bytes_left_ = 0;
};

/// Would a pickle of protocol 2 or later start like this?
bool looks_like_pickle(std::string_view text);
/// Whether it gives the number that begins a stream of torch.save before 1.6, however it is
/// written.
bool is_legacy_magic(const pickle::Scan& scan);
/// How many pickles are looked through of a stream that begins with this one: torch.save before 1.6
/// wrote five, and its storages behind them.
std::size_t most_pickles_after(const pickle::Scan& first);
/// Might pickles start like this that do something? `extent` says whether more follows.
bool is_suspect(ByteView start, pickle::Extent extent);

}  // namespace ckpt::torch
