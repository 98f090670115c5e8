// The globals that torch.load(weights_only=True) takes without being told to: an allow-list, since
// no list of bad names is ever complete.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ckpt::torch {

/// What a call of the global gives; `nothing` for what cannot be called.
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

/// The first release that is known to take it.
enum class Release : std::uint8_t { v1_13, v2_0, v2_2, v2_6, v2_8 };
std::string_view release_name(Release release);

struct AllowedGlobal {
  std::string_view path;  ///< "collections.OrderedDict": module and name, as torch compares them
  Gives gives = Gives::nothing;
  bool is_class = false;  ///< NEWOBJ may make one
  Release since = Release::v1_13;
  std::uint8_t fewest_arguments = 0;
  std::uint8_t most_arguments = 255;
};

/// `path` in Python 3 spelling, or nothing when torch 2.13 refuses it.
/// Source: https://github.com/pytorch/pytorch/blob/v2.6.0/torch/_weights_only_unpickler.py
/// (_get_allowed_globals), compared with torch 2.13 entry by entry by a test
std::optional<AllowedGlobal> find_allowed_global(std::string_view path);

/// Refused even where a program allows it: sys, os, posix, nt.
bool is_blocked_module(std::string_view module);

}  // namespace ckpt::torch
