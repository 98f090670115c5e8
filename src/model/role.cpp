#include "ckpt/model/role.hpp"

#include <algorithm>
#include <array>

namespace ckpt::model {

namespace {

/// Buffers that torch.nn and common libraries register.
constexpr std::array<std::string_view, 12> buffer_names{
    "running_mean", "running_var",    "num_batches_tracked",
    "position_ids", "token_type_ids", "relative_position_index",
    "attn_mask",    "causal_mask",    "inv_freq",
    "min_val",      "max_val",        "weight_u"};

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('.') + 1); }

}  // namespace

bool looks_like_buffer(std::string_view name, const Tensor& tensor) {
  const NumberClass number_class = row_of(tensor.dtype).number_class;
  const bool can_have_gradient =
      number_class == NumberClass::floating || number_class == NumberClass::complex;
  return !can_have_gradient ||
         std::ranges::find(buffer_names, last_part(name)) != buffer_names.end();
}

TensorRole role_of(const Tree& tree, const KeyPath& path, const Tensor& tensor) {
  if (tensor.is_parameter) return {Role::parameter, RoleSource::declared};
  for (const PathStep& step : path) {
    if (step.type != StepType::key) continue;
    if (tree.is_text(step.key, "_parameters")) return {Role::parameter, RoleSource::declared};
    if (tree.is_text(step.key, "_buffers")) return {Role::buffer, RoleSource::declared};
  }
  const bool is_named =
      !path.empty() && path.back().type == StepType::key && tree.is(path.back().key, Kind::text);
  const std::string_view name = is_named ? tree.text(path.back().key) : std::string_view{};
  return {looks_like_buffer(name, tensor) ? Role::buffer : Role::parameter, RoleSource::inferred};
}

}  // namespace ckpt::model
