#include "commands/check/finite.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/diff/tensor_statistics.hpp"
#include "ckpt/model/module.hpp"
#include "ckpt/model/walk.hpp"
#include "ckpt/tensor/element_stream.hpp"
#include "ckpt/tensor/elements.hpp"
#include "ckpt/tensor/repeats.hpp"

namespace ckpt::commands {

namespace {

bool has_infinities(model::DType dtype) {
  const model::NumberClass numbers = model::row_of(dtype).number_class;
  return (numbers == model::NumberClass::floating || numbers == model::NumberClass::complex) &&
         tensor::has_statistics(dtype);
}

bool is_finite(const tensor::Number& number) {
  if (const auto* real = std::get_if<double>(&number)) return std::isfinite(*real);
  if (const auto* complex = std::get_if<std::complex<double>>(&number))
    return std::isfinite(complex->real()) && std::isfinite(complex->imag());
  return true;
}

/// "[3, 0]" for the element at `position` in row-major order.
std::string index_text(std::uint64_t position, const std::vector<std::int64_t>& shape) {
  std::vector<std::string> index(shape.size());
  for (std::size_t i = shape.size(); i-- > 0;) {
    const auto size = static_cast<std::uint64_t>(shape[i]);
    index[i] = concat(position % size);
    position /= size;
  }
  return concat('[', join(index, ", "), ']');
}

std::uint64_t find_first_not_finite(const model::Tree& tree, const model::Tensor& tensor) {
  tensor::ElementStream elements(tree.storage_of(tensor), tensor);
  const std::size_t width = model::row_of(tensor.dtype).size_bytes;
  Bytes block(width * 65536);
  std::uint64_t position = 0;
  while (const std::size_t count = elements.read(block)) {
    for (std::size_t at = 0; at < count; at += width, ++position)
      if (!is_finite(tensor::decode(tensor.dtype, ByteView(block).subspan(at, width))))
        return position;
  }
  return position;
}

std::vector<diff::NamedTensor> find_floats(const model::Tree& tree) {
  const std::unordered_map<model::NodeId, std::string> names = model::paths_in_modules(tree);
  std::vector<diff::NamedTensor> floats;
  std::unordered_set<model::NodeId> seen;
  model::Places places;
  model::Walk walk(tree, tree.root(), model::tensors_of(tree));
  while (walk.next()) {
    if (!tree.is(walk.node(), model::Kind::tensor) || !seen.insert(walk.node()).second) continue;
    const model::Tensor& tensor = tree.tensor(walk.node());
    if (tensor.form == model::TensorForm::strided && has_infinities(tensor.dtype))
      floats.push_back({names.contains(walk.node()) ? names.at(walk.node())
                                                    : places.short_text(tree, walk.place(places)),
                        walk.node()});
  }
  return floats;
}

Oddity oddity_of(std::string path, const tensor::Statistics& statistics) {
  Oddity oddity{
      .path = std::move(path),
      .element_count = statistics.element_count,
      .nan_count = statistics.nan_count,
      .infinity_count = statistics.positive_infinity_count + statistics.negative_infinity_count};
  constexpr std::uint64_t few = 2;  // a single element is always constant
  oddity.is_constant = statistics.is_constant && statistics.element_count >= few;
  oddity.is_zero = oddity.is_constant && statistics.zero_count == statistics.element_count;
  return oddity;
}

}  // namespace

std::vector<Oddity> find_oddities(const formats::Document& document, unsigned thread_count) {
  const model::Tree& tree = document.tree;
  const std::vector<diff::NamedTensor> floats = find_floats(tree);
  const auto statistics = diff::compute_statistics(tree, floats, {.thread_count = thread_count});
  std::vector<Oddity> oddities;
  for (std::size_t i = 0; i < floats.size(); ++i) {
    if (!statistics[i]) continue;
    Oddity oddity = oddity_of(floats[i].name, *statistics[i]);
    if (!oddity.is_finite()) {
      const model::Tensor once = tensor::without_repeats(tree.tensor(floats[i].node)).tensor;
      oddity.first_index = within(floats[i].name, [&] {
        return index_text(find_first_not_finite(tree, once), once.layout.shape);
      });
    }
    if (!oddity.is_finite() || oddity.is_constant) oddities.push_back(std::move(oddity));
  }
  return oddities;
}

}  // namespace ckpt::commands
