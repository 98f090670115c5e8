#include "ckpt/tensor/assign.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <tuple>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/tensor/cast.hpp"
#include "ckpt/tensor/compare.hpp"
#include "ckpt/tensor/element_stream.hpp"
#include "ckpt/tensor/overlay.hpp"

namespace ckpt::tensor {

using model::Layout;
using model::Storage;
using model::StorageId;
using model::Tensor;
using model::Tree;

namespace {

constexpr model::ByteOrder native_order =
    std::endian::native == std::endian::little ? model::ByteOrder::little : model::ByteOrder::big;

std::size_t element_bytes_of(const Tensor& tensor) {
  return model::row_of(tensor.dtype).size_bytes;
}

/// What has to be stored so that the target has the values of the source: elements in the order of
/// the target's storage, of its dtype, and turned as its flags turn them back.
Write make_write(const Tree& from, const Assignment& assignment) {
  const auto& [target, source] = assignment;
  const std::vector<std::size_t> order = storage_order(target.layout);
  Tensor turned = source;
  turned.layout = permuted(source.layout, order);
  turned.is_conjugated = source.is_conjugated != target.is_conjugated;
  turned.is_negated = source.is_negated != target.is_negated;
  std::shared_ptr<const model::Blob> elements = make_dense_blob(from, turned);
  if (source.dtype != target.dtype)
    elements = make_cast_blob(std::move(elements), source.dtype, target.dtype);
  return {permuted(target.layout, order), element_bytes_of(target), std::move(elements)};
}

/// Nothing of what the storage held before stays.
bool covers(const Write& write, const Storage& storage) {
  return write.layout.offset_elements == 0 && model::is_contiguous(write.layout) &&
         write.elements->size_bytes() == storage.size_bytes();
}

void refuse_foreign_order(const Storage& storage) {
  if (storage.byte_order != native_order)
    throw Error(ErrorKind::unsupported, "storages of foreign byte order are not written into");
}

}  // namespace

bool can_assign(const Tensor& tensor) {
  const model::DTypeRow& row = model::row_of(tensor.dtype);
  return tensor.form == model::TensorForm::strided && row.elements_per_byte == 1 &&
         row.number_class != model::NumberClass::quantized;
}

void assign(Tree& to, const Tree& from, std::span<const Assignment> assignments) {
  std::map<StorageId, std::vector<Write>> writes;
  for (const Assignment& assignment : assignments) {
    if (model::element_count(assignment.target.layout.shape) == 0) continue;
    const StorageId id = assignment.target.storage;
    refuse_foreign_order(to.storage_of(id));
    Write write = make_write(from, assignment);
    if (covers(write, to.storage_of(id))) writes[id].clear();
    writes[id].push_back(std::move(write));
  }
  for (auto& [id, of_storage] : writes) {
    Storage& storage = to.mutable_storage(id);
    const bool is_whole = of_storage.size() == 1 && covers(of_storage.front(), storage);
    storage.blob = is_whole ? std::move(of_storage.front().elements)
                            : make_overlay(std::move(storage.blob), std::move(of_storage));
  }
}

namespace {

using View = std::tuple<StorageId, model::DType, std::int64_t, std::vector<std::int64_t>,
                        std::vector<std::int64_t>>;

View view_of(const Tensor& tensor) {
  return {tensor.storage, tensor.dtype, tensor.layout.offset_elements, tensor.layout.shape,
          tensor.layout.stride_elements};
}

bool are_equal(const Tree& tree, const Tensor& a, const Tensor& b) {
  if (view_of(a) == view_of(b) && a.is_conjugated == b.is_conjugated &&
      a.is_negated == b.is_negated)
    return true;
  return compare({tree, a}, {tree, b}, {.wanted = Wanted::verdict}).is_same();
}

}  // namespace

std::vector<Clash> find_clashes(const Tree& from, std::span<const Assignment> assignments) {
  std::vector<Clash> clashes;
  std::map<View, std::size_t> first_of;
  for (std::size_t i = 0; i < assignments.size(); ++i) {
    if (model::element_count(assignments[i].target.layout.shape) == 0) continue;
    const auto [known, is_new] = first_of.try_emplace(view_of(assignments[i].target), i);
    if (is_new) continue;
    if (!are_equal(from, assignments[known->second].source, assignments[i].source))
      clashes.push_back({known->second, i});
  }
  return clashes;
}

}  // namespace ckpt::tensor
