// A tensor is a strided view of a storage: shape, strides and an offset, all in elements. Several
// tensors may view one storage, which is how tied weights and slices are saved, and editing a file
// must keep that sharing. A storage is a blob of bytes with an element type and a device tag.
//
//   t = torch.arange(6.).view(2, 3)    shape (2, 3)  strides (3, 1)  offset 0
//   t.t()                              shape (3, 2)  strides (1, 3)  offset 0, the same storage
//   t[1]                               shape (3)     strides (1)     offset 3, the same storage
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

/// Bytes that tensors view.
struct Storage {
  std::shared_ptr<const Blob> blob = {};
  std::optional<DType> dtype = {};  ///< declared element type; nothing: plain bytes
  std::string location = "cpu";     ///< device tag: "cpu", "cuda:0", ...
  std::string key = {};             ///< its name in the file; "" for a new storage
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

/// How a tensor keeps its elements. Only strided tensors have a storage here.
enum class TensorForm : std::uint8_t {
  strided,
  sparse_coo,
  sparse_csr,
  sparse_csc,
  sparse_bsr,
  sparse_bsc,
  nested,
  meta,      ///< shape and dtype without any bytes
  subclass,  ///< a tensor subclass that keeps its data its own way (DTensor)
};

/// "strided", "sparse_coo", ...
std::string_view form_name(TensorForm form);

/// A view of a storage, or another kind of tensor as an object (see `source`).
struct Tensor {
  TensorForm form = TensorForm::strided;
  DType dtype = DType::float32;
  Layout layout = {};              ///< strides are empty unless form is strided or meta
  StorageId storage = no_storage;  ///< only for strided tensors
  bool requires_grad = false;
  bool is_parameter = false;
  bool is_conjugated = false;  ///< elements are the complex conjugates of the stored ones
  bool is_negated = false;     ///< elements are the negatives of the stored ones
  /// The object that the tensor was read from, if it has more than the fields above can say
  /// (quantization parameters, Python attributes, parts of a sparse tensor); it is written back as
  /// that object. no_node when the fields say everything.
  NodeId source = no_node;
};

/// The product of the shape. Throws Error{limit} when it does not fit in 63 bits.
std::int64_t element_count(const std::vector<std::int64_t>& shape);
/// Bytes of all elements when they are stored densely.
std::uint64_t dense_bytes(const Tensor& tensor);
/// The strides of a dense row-major tensor, as torch computes them (at least 1).
std::vector<std::int64_t> contiguous_strides(const std::vector<std::int64_t>& shape);
bool is_contiguous(const Layout& layout);
/// The index behind the last element that the layout reaches, counted from the start of the
/// storage; 0 without elements. Throws Error{malformed} for a negative size, stride or offset and
/// for ranks that differ, Error{limit} for values that do not fit in 63 bits.
std::int64_t reach_elements(const Layout& layout);

}  // namespace ckpt::model
