// What in a scan gives rise to suspicion, beside the names that it looks up.
#pragma once

#include <string_view>

#include "ckpt/pickle/scan.hpp"
#include "ckpt/torch/safety.hpp"

namespace ckpt::torch {

inline constexpr std::size_t usual_most_pickles = 64;
/// Of a stream by torch.save before 1.6, in front of its storages.
inline constexpr std::size_t legacy_pickles = 5;

/// Whether an unpickler would look something up, call, build or change it.
bool does_something(const pickle::Scan& scan);
/// Whether it would call something, or change a global.
bool acts(const pickle::Scan& scan);

/// Whether it takes something out of its memo.
bool recalls(const pickle::Scan& scan);

/// "takes values from below a mark, as unpicklers before Python 3.6 do"
std::string_view describe(pickle::Parting parting);

/// Whether some reader may call what this scan of `bytes` does not: readers part at the end of a
/// frame; or what they have put aside and on the stack is not the same, and something is named that
/// one of them might call, or may be named behind the opcode at which this one breaks.
bool is_ambiguous(const pickle::Scan& scan, ByteView bytes);

/// What weights_only before 2.10 did without asking: the memory of a tensor is overwritten
/// (CVE-2026-24747).
bool sets_items_of_no_dict(const pickle::Scan& scan, const pickle::Site& site);

/// Known in an archive of TorchScript: what builds its lists, and in its objects its own classes.
bool is_torchscript_name(std::string_view path, Dialect dialect);

}  // namespace ckpt::torch
