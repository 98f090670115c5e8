#include "match/names/fit.hpp"

#include <algorithm>

namespace ckpt::match {

using model::Tensor;

namespace {

using Shape = std::vector<std::int64_t>;

std::vector<std::size_t> differing_axes(const Shape& a, const Shape& b) {
  std::vector<std::size_t> axes;
  if (a.size() != b.size()) return axes;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i]) axes.push_back(i);
  return axes;
}

/// torch 0.3 had no scalars: its counters are tensors of one element.
///
/// Source: https://github.com/pytorch/pytorch/blob/v2.6.0/torch/nn/modules/module.py#L2416
bool is_old_scalar(const Shape& source, const Shape& target) {
  return target.empty() && source == Shape{1};
}

/// Compares shapes only.
Fit fit_of_shapes(const Tensor& source, const Tensor& target, const std::vector<std::size_t>& axes,
                  ShapeRule rule) {
  const Shape& from = source.layout.shape;
  const Shape& to = target.layout.shape;
  if (from == to) return Fit::same;
  if (is_old_scalar(from, to)) return Fit::scalar;
  const auto all = [&](auto&& relation) {
    return !axes.empty() && std::ranges::all_of(axes, [&](std::size_t axis) {
      return relation(from[axis], to[axis]);
    });
  };
  if (rule == ShapeRule::may_slice && all(std::greater{})) return Fit::slice;
  if (rule == ShapeRule::may_pad && all(std::less{})) return Fit::pad;
  return Fit::other_shape;
}

bool is_quantized(const Tensor& tensor) {
  return model::row_of(tensor.dtype).number_class == model::NumberClass::quantized;
}

Fit fit_of(const Named& source, const Named& target, const std::vector<std::size_t>& axes,
           const PairingOptions& options) {
  if (!source.tensor && !target.tensor) return Fit::same;
  if (!source.tensor || !target.tensor) return Fit::other_kind;
  const Tensor& from = *source.tensor;
  const Tensor& to = *target.tensor;
  const bool is_opaque =
      to.form == model::TensorForm::meta || to.form == model::TensorForm::subclass;
  if (from.form != to.form || is_opaque) return Fit::other_kind;
  const Fit shapes = fit_of_shapes(from, to, axes, options.shapes);
  if (is_mismatch(shapes)) return shapes;
  const bool is_whole = shapes == Fit::same;
  const bool moves_elements = from.form == model::TensorForm::strided && !is_quantized(from);
  if (!is_whole && !moves_elements) return Fit::other_shape;
  if (from.dtype == to.dtype) return shapes;
  if (!moves_elements || !options.can_cast || !options.can_cast(from.dtype, to.dtype))
    return Fit::other_dtype;
  return is_whole ? Fit::cast : shapes;
}

}  // namespace

Pair make_pair(const std::vector<Named>& sources, std::size_t source,
               const std::vector<Named>& targets, std::size_t target,
               const PairingOptions& options) {
  Pair pair{.source = source, .target = target};
  const Named& from = sources[source];
  const Named& to = targets[target];
  if (from.tensor && to.tensor)
    pair.axes = differing_axes(from.tensor->layout.shape, to.tensor->layout.shape);
  pair.fit = fit_of(from, to, pair.axes, options);
  return pair;
}

}  // namespace ckpt::match
