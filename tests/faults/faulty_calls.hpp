// System calls that fail on request.
//
// The harness is the program linked so that its calls into the C library arrive at wrappers first
// (--wrap). A wrapper counts the calls of its kind; the one that was armed fails with an error,
// moves fewer bytes than asked for, finds the end of the file, is interrupted by Ctrl-C's signal,
// or never returns because the process dies there. One kind is a row of the table in
// fault_table.hpp.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ckpt::faults {

enum class Call : std::uint8_t {
  open,
  status,
  lock,
  seek,
  read,
  write,
  print,  // a write to standard output or standard error
  copy_range,
  reserve,
  truncate,
  flush,
  flush_folder,
  link,
  rename,
  rename_new,  // renameat2 that must not replace
  unlink,
  close,
  temporary,
  thread,
  memory,
};
inline constexpr std::size_t call_count = static_cast<std::size_t>(Call::memory) + 1;

enum class Effect : std::uint8_t { error, less, end, interrupt, kill };

struct Fault {
  Effect effect = Effect::error;
  int error_number = 0;  ///< of Effect::error
};

enum class Lasts : std::uint8_t { no, yes };
enum class NamelessFiles : std::uint8_t { yes, no };

/// What a process is to suffer, and what it did; in memory that it shares with the harness.
struct Control {
  Call call = Call::open;
  std::uint64_t number = 0;  ///< of the call, from 1; 0: none
  Fault fault;
  Lasts lasts = Lasts::no;                      ///< whether later calls of the kind fail too
  NamelessFiles nameless = NamelessFiles::yes;  ///< whether the file system has O_TMPFILE
  std::array<std::atomic<std::uint64_t>, call_count> seen{};
};

/// From now on the calls of this process are counted and suffer what `control` says; it must stay.
void arm(Control& control);

}  // namespace ckpt::faults
