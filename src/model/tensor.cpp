#include "ckpt/model/tensor.hpp"

#include <algorithm>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::model {

namespace {

void refuse_negative(std::int64_t number, std::string_view what) {
  if (number < 0) throw Error(ErrorKind::malformed, concat(what, " ", number, " is negative"));
}

}  // namespace

std::string_view form_name(TensorForm form) {
  using enum TensorForm;
  switch (form) {
    case strided:
      return "strided";
    case sparse_coo:
      return "sparse_coo";
    case sparse_csr:
      return "sparse_csr";
    case sparse_csc:
      return "sparse_csc";
    case sparse_bsr:
      return "sparse_bsr";
    case sparse_bsc:
      return "sparse_bsc";
    case nested:
      return "nested";
    case meta:
      return "meta";
    case subclass:
      return "subclass";
  }
  return {};
}

std::int64_t element_count(const std::vector<std::int64_t>& shape) {
  // A zero makes the tensor empty, however large its other dimensions are.
  if (std::ranges::find(shape, 0) != shape.end()) return 0;
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count = checked_multiply(count, size, "element count");
  return count;
}

std::uint64_t dense_bytes(const Tensor& tensor) {
  const DTypeRow& row = row_of(tensor.dtype);
  const auto count = static_cast<std::uint64_t>(element_count(tensor.layout.shape));
  if (row.elements_per_byte == 1)
    return checked_multiply<std::uint64_t>(count, row.size_bytes, "tensor bytes");
  if (count == 0) return 0;
  // Each row is padded to whole bytes.
  const auto last =
      static_cast<std::uint64_t>(tensor.layout.shape.empty() ? 1 : tensor.layout.shape.back());
  return count / last * ((last + row.elements_per_byte - 1) / row.elements_per_byte);
}

std::vector<std::int64_t> contiguous_strides(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size());
  std::int64_t stride = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride = checked_multiply(stride, std::max<std::int64_t>(shape[i], 1), "stride");
  }
  return strides;
}

bool is_contiguous(const Layout& layout) {
  if (element_count(layout.shape) == 0) return true;
  std::int64_t expected = 1;
  for (std::size_t i = layout.shape.size(); i-- > 0;) {
    if (layout.shape[i] != 1 && layout.stride_elements[i] != expected) return false;
    expected *= layout.shape[i];
  }
  return true;
}

std::int64_t reach_elements(const Layout& layout) {
  if (layout.shape.size() != layout.stride_elements.size())
    throw Error(ErrorKind::malformed,
                concat("a shape of rank ", layout.shape.size(), " with strides of rank ",
                       layout.stride_elements.size()));
  refuse_negative(layout.offset_elements, "storage offset");
  std::int64_t last = layout.offset_elements;
  bool is_empty = false;
  for (std::size_t i = 0; i < layout.shape.size(); ++i) {
    refuse_negative(layout.shape[i], "size");
    refuse_negative(layout.stride_elements[i], "stride");
    is_empty = is_empty || layout.shape[i] == 0;
  }
  if (is_empty) return 0;
  for (std::size_t i = 0; i < layout.shape.size(); ++i) {
    const std::int64_t step = checked_multiply(layout.shape[i] - 1, layout.stride_elements[i],
                                               "last element of a tensor");
    last = checked_add(last, step, "last element of a tensor");
  }
  static_cast<void>(element_count(layout.shape));
  return checked_add<std::int64_t>(last, 1, "last element of a tensor");
}

}  // namespace ckpt::model
