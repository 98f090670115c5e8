// Whether a tensor is a parameter or a buffer, and how that is known.
#pragma once

#include <cstdint>
#include <string_view>

#include "ckpt/model/key_path.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::model {

enum class Role : std::uint8_t { parameter, buffer };
enum class RoleSource : std::uint8_t {
  declared,  ///< the file says so: a Parameter, or an entry of _parameters or _buffers
  inferred,  ///< by name and dtype: running_mean, num_batches_tracked, an integer dtype, ...
};

struct TensorRole {
  Role role = Role::parameter;
  RoleSource source = RoleSource::inferred;
};

/// The role of the tensor at `path`, which lies in a state dict or a module.
TensorRole role_of(const Tree& tree, const KeyPath& path, const Tensor& tensor);

/// By the last part of its name and by dtype alone.
bool looks_like_buffer(std::string_view name, const Tensor& tensor);

}  // namespace ckpt::model
