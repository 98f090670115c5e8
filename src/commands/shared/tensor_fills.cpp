#include "commands/shared/tensor_fills.hpp"

#include <algorithm>
#include <bit>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::commands {

namespace {

constexpr model::ByteOrder native_order =
    std::endian::native == std::endian::little ? model::ByteOrder::little : model::ByteOrder::big;

/// The element with its bytes the other way round, those of each part of a complex number.
void swap_bytes(model::DType dtype, Bytes& element) {
  const bool is_complex = model::row_of(dtype).number_class == model::NumberClass::complex;
  const auto width = static_cast<std::ptrdiff_t>(is_complex ? element.size() / 2 : element.size());
  std::reverse(element.begin(), element.begin() + width);
  std::reverse(element.begin() + width, element.end());
}

}  // namespace

void TensorFills::add(const model::Tree& tree, model::NodeId node, const tensor::Number& number) {
  const model::Tensor& tensor = tree.tensor(node);
  Bytes element(model::row_of(tensor.dtype).size_bytes);
  tensor::encode(tensor.dtype, number, element);
  last_ = tensor::decode_real(tensor.dtype, element);
  if (const auto* real = std::get_if<double>(&number); real && tensor.is_negated)
    tensor::encode(tensor.dtype, -*real, element);
  if (tree.storage_of(tensor.storage).byte_order != native_order) swap_bytes(tensor.dtype, element);
  const std::uint64_t offset =
      static_cast<std::uint64_t>(tensor.layout.offset_elements) * element.size();
  const auto [known, is_new] = last_at_.try_emplace({tensor.storage, offset});
  Fill& before = known->second;
  if (!is_new && before.place != place_ && before.element != element)
    throw Error(ErrorKind::conflict, concat("is tied to ", quote(before.place),
                                            ", which is set to ", real_text(before.value)));
  before = {place_, element, last_};
  patches_[tensor.storage].push_back({offset, std::move(element)});
}

std::string TensorFills::last_text() const { return real_text(last_); }

void TensorFills::apply(model::Tree& tree) {
  for (auto& [id, patches] : patches_) {
    model::Storage& storage = tree.mutable_storage(id);
    storage.blob = tensor::make_patched(storage.blob, std::move(patches));
  }
}

}  // namespace ckpt::commands
