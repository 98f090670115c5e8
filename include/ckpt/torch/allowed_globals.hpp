// The globals that torch.load(weights_only=True) accepts by default. Safety is judged by this
// allow-list: a list of dangerous names could never be complete.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ckpt::torch {

/// What a call of the global returns; `nothing` for a global that cannot be called.
enum class Gives : std::uint8_t {
  nothing,
  ordered_dict,
  counter,
  tensor,
  parameter,
  storage,
  size,
  device,
  layout,
  bytes,
  byte_array,
  set,
  complex_number,
};

/// The first torch release known to accept the global.
enum class Release : std::uint8_t { v1_13, v2_0, v2_2, v2_6, v2_8 };
std::string_view release_name(Release release);

/// A row of the allow-list.
struct AllowedGlobal {
  std::string_view path;  ///< "collections.OrderedDict": module and name, as torch compares them
  Gives gives = Gives::nothing;
  bool is_class = false;  ///< NEWOBJ may create an instance
  Release since = Release::v1_13;
  std::uint8_t fewest_arguments = 0;
  std::uint8_t most_arguments = 255;
};

/// The row for `path`, in Python 3 spelling; nothing when torch 2.13 refuses it.
///
/// Source: https://github.com/pytorch/pytorch/blob/v2.6.0/torch/_weights_only_unpickler.py
/// (_get_allowed_globals); a test compares every entry with torch 2.13.
std::optional<AllowedGlobal> find_allowed_global(std::string_view path);

/// Whether torch refuses the module even when a program allows its globals: sys, os, posix, nt.
bool is_blocked_module(std::string_view module);

}  // namespace ckpt::torch
