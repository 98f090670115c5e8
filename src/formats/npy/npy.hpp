// numpy's file of one array, read and written as a state dict of one tensor.
#pragma once

#include "ckpt/formats/format.hpp"

namespace ckpt::formats {

/// The name of the tensor, which the file itself does not have: what numpy.savez calls an array
/// that was given without a name.
inline constexpr std::string_view npy_tensor_name = "arr_0";

Document open_npy(const Source& source);
/// Refuses all but a dict of one strided tensor of a type that numpy has.
Unheld npy_cannot_hold(const model::Tree& tree);
/// The bytes that numpy.save writes for the array: column-major where it is.
SaveReport save_npy(const Document& document, const std::filesystem::path& path,
                    const SaveOptions& options);
void check_npy(const CheckJob& job);

}  // namespace ckpt::formats
