// Judges a scan by what it does, beside the names that it looks up.
#pragma once

#include <string_view>

#include "ckpt/pickle/scan.hpp"
#include "ckpt/torch/safety.hpp"

namespace ckpt::torch {

inline constexpr std::size_t usual_most_pickles = 64;
/// The number of pickles in a stream of torch.save before 1.6, in front of its storages.
inline constexpr std::size_t legacy_pickles = 5;

/// Whether an unpickler would look up, call, build or change anything.
bool does_something(const pickle::Scan& scan);
/// Whether an unpickler would call anything or change a global.
bool acts(const pickle::Scan& scan);

/// Whether the pickle reads its memo.
bool recalls(const pickle::Scan& scan);

/// The text for reports: "takes values from below a mark, as unpicklers before Python 3.6 do".
std::string_view describe(pickle::Parting parting);

/// Whether some unpickler may call something that this scan of `bytes` does not show. Readers may
/// disagree at the end of a frame, or about what is in the memo and on the stack; the latter
/// matters only if something callable is named, or may be named after the opcode where this scan
/// stops.
bool is_ambiguous(const pickle::Scan& scan, ByteView bytes);

/// SETITEM on a tensor. weights_only before torch 2.10 executed it and overwrote memory
/// (CVE-2026-24747).
bool sets_items_of_no_dict(const pickle::Scan& scan, const pickle::Site& site);

/// Whether the name is harmless in a TorchScript archive: the functions that build its lists and,
/// in its objects, its own classes.
bool is_torchscript_name(std::string_view path, Dialect dialect);

}  // namespace ckpt::torch
