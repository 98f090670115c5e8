// A tensor is a strided view of a shared storage; a storage is a blob with a type and a place.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/model/blob.hpp"
#include "ckpt/model/dtype.hpp"
#include "ckpt/model/node_id.hpp"

namespace ckpt::model {

enum class ByteOrder : std::uint8_t { little, big };

struct Storage {
  std::shared_ptr<const Blob> blob = {};
  std::optional<DType> dtype = {};  ///< the element type it declares; none: plain bytes
  std::string location = "cpu";     ///< device tag: "cpu", "cuda:0", ...
  std::string key = {};             ///< its name in the file it came from; "" for a new one
  ByteOrder byte_order = ByteOrder::little;

  std::uint64_t size_bytes() const { return blob->size_bytes(); }
};

/// shape            elements per dimension; {} is a scalar; any 0 means no elements
/// stride_elements  same length as shape; 0 repeats an element, as expand() does
/// offset_elements  of element [0, 0, ...], counted from the start of the storage
struct Layout {
  std::vector<std::int64_t> shape = {};
  std::vector<std::int64_t> stride_elements = {};
  std::int64_t offset_elements = 0;
  bool operator==(const Layout&) const = default;
};

enum class TensorForm : std::uint8_t {
  strided,
  sparse_coo,
  sparse_csr,
  sparse_csc,
  sparse_bsr,
  sparse_bsc,
  nested,
  meta,      ///< shape and dtype, no bytes anywhere
  subclass,  ///< a tensor subclass that keeps its data its own way (DTensor)
};

/// "strided", "sparse_coo", ...
std::string_view form_name(TensorForm form);

struct Tensor {
  TensorForm form = TensorForm::strided;
  DType dtype = DType::float32;
  Layout layout = {};              ///< strides are empty unless form is strided or meta
  StorageId storage = no_storage;  ///< only of a strided tensor
  bool requires_grad = false;
  bool is_parameter = false;
  bool is_conjugated = false;  ///< elements are the complex conjugates of the stored ones
  bool is_negated = false;     ///< elements are the negatives of the stored ones
  /// The object this tensor was read from, where more belongs to it than the fields above say
  /// (quantisation parameters, Python attributes, the parts of a sparse tensor): it is written back
  /// as that object. no_node: the fields above say all.
  NodeId source = no_node;
};

/// Product of the shape. Throws Error{limit} when it does not fit in 63 bits.
std::int64_t element_count(const std::vector<std::int64_t>& shape);
/// Bytes that the elements of `tensor` take when stored densely.
std::uint64_t dense_bytes(const Tensor& tensor);
/// Strides of a dense row-major tensor of that shape, as torch gives them (at least 1).
std::vector<std::int64_t> contiguous_strides(const std::vector<std::int64_t>& shape);
bool is_contiguous(const Layout& layout);
/// One past the last element that the layout reaches, counted from the start of the storage; 0 for
/// no elements. Throws Error{malformed} for a negative size, stride or offset, for ranks that
/// differ, Error{limit} for what does not fit in 63 bits.
std::int64_t reach_elements(const Layout& layout);

}  // namespace ckpt::model
