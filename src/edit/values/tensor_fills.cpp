#include "edit/values/tensor_fills.hpp"

#include <algorithm>
#include <bit>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/tensor/element_stream.hpp"

namespace ckpt::edit {

namespace {

constexpr model::ByteOrder native_order =
    std::endian::native == std::endian::little ? model::ByteOrder::little : model::ByteOrder::big;

/// The element with its bytes reversed; for a complex number, those of each part.
void swap_bytes(model::DType dtype, Bytes& element) {
  const bool is_complex = model::row_of(dtype).number_class == model::NumberClass::complex;
  const auto width = static_cast<std::ptrdiff_t>(is_complex ? element.size() / 2 : element.size());
  std::reverse(element.begin(), element.begin() + width);
  std::reverse(element.begin() + width, element.end());
}

/// The number to store so that the flags of the tensor turn it into `number`.
tensor::Number stored_number(const model::Tensor& tensor, const tensor::Number& number) {
  if (const auto* real = std::get_if<double>(&number)) return tensor.is_negated ? -*real : *real;
  const auto* complex = std::get_if<std::complex<double>>(&number);
  if (!complex) return number;
  const std::complex<double> turned = tensor.is_conjugated ? std::conj(*complex) : *complex;
  return tensor.is_negated ? -turned : turned;
}

}  // namespace

void TensorFills::add(const model::Tree& tree, model::NodeId node, const tensor::Number& number) {
  const model::Tensor& tensor = tree.tensor(node);
  Bytes element(model::row_of(tensor.dtype).size_bytes);
  tensor::encode(tensor.dtype, number, element);
  Bytes before = element;
  tensor::ElementStream(tree.storage_of(tensor.storage), tensor).read(before);
  text_before_ = tensor::element_text(tensor.dtype, before);
  text_after_ = tensor::element_text(tensor.dtype, element);
  if (before != element) ++change_count_;
  tensor::encode(tensor.dtype, stored_number(tensor, number), element);
  if (tree.storage_of(tensor.storage).byte_order != native_order) swap_bytes(tensor.dtype, element);
  const std::uint64_t offset =
      static_cast<std::uint64_t>(tensor.layout.offset_elements) * element.size();
  const auto [known, is_new] = last_at_.try_emplace({tensor.storage, offset});
  Fill& other = known->second;
  if (!is_new && other.place != place_ && other.element != element)
    throw Error(ErrorKind::conflict,
                concat("is tied to ", quote(other.place), ", which is set to ", other.text));
  other = {place_, element, text_after_};
  patches_[tensor.storage].push_back({offset, std::move(element)});
}

void TensorFills::apply(model::Tree& tree) {
  for (auto& [id, patches] : patches_) {
    model::Storage& storage = tree.mutable_storage(id);
    storage.blob = tensor::make_patched(storage.blob, std::move(patches));
  }
}

}  // namespace ckpt::edit
