// Each target storage gets an overlay (overlay.hpp): its old bytes with one write per assignment.

#include "ckpt/tensor/assign.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/view.hpp"
#include "ckpt/tensor/cast.hpp"
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

/// What must be stored so that the target has the values of the source: the elements in storage
/// order, in the target's dtype, and with the target's conjugation and negation undone.
Write make_write(const Tree& from, const Assignment& assignment) {
  const auto& [target, source] = assignment;
  const std::vector<std::size_t> order = storage_order(target.layout);
  Tensor turned = source;
  turned.layout = permuted(source.layout, order);
  turned.is_conjugated = source.is_conjugated != target.is_conjugated;
  turned.is_negated = source.is_negated != target.is_negated;
  std::shared_ptr<const model::Blob> elements = make_dense_blob(from.storage_of(turned), turned);
  if (source.dtype != target.dtype)
    elements = make_cast_blob(std::move(elements), source.dtype, target.dtype);
  return {permuted(target.layout, order), element_bytes_of(target), std::move(elements)};
}

/// Whether the write replaces all bytes of the storage.
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

using Indices = std::vector<std::size_t>;

/// Assigning the same view of the source to the same target several times is no clash.
using SamePair = std::tuple<model::ViewKey, model::ViewKey, bool, bool>;

std::map<StorageId, Indices> different_by_storage(std::span<const Assignment> assignments) {
  std::map<StorageId, Indices> indices;
  std::set<SamePair> known;
  for (std::size_t i = 0; i < assignments.size(); ++i) {
    const auto& [target, source] = assignments[i];
    const auto to = model::find_view_key(target);
    const auto from = model::find_view_key(source);
    if (!to || !from) continue;
    const bool is_conjugated = source.is_conjugated != target.is_conjugated;
    const bool is_negated = source.is_negated != target.is_negated;
    if (known.emplace(*to, *from, is_conjugated, is_negated).second)
      indices[to->storage].push_back(i);
  }
  return indices;
}

/// Whether the byte ranges of the targets, from first to last byte, are disjoint.
bool are_apart(std::span<const Assignment> assignments, const Indices& indices) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> spans;
  for (const std::size_t i : indices) {
    const Tensor& target = assignments[i].target;
    const std::uint64_t bytes = element_bytes_of(target);
    spans.emplace_back(
        checked_multiply(static_cast<std::uint64_t>(target.layout.offset_elements), bytes,
                         "offset of a tensor"),
        checked_multiply(static_cast<std::uint64_t>(model::reach_elements(target.layout)), bytes,
                         "reach of a tensor"));
  }
  std::ranges::sort(spans);
  for (std::size_t i = 1; i < spans.size(); ++i)
    if (spans[i].first < spans[i - 1].second) return false;
  return true;
}

}  // namespace

std::vector<Clash> find_clashes(const Tree& from, std::span<const Assignment> assignments) {
  std::vector<Clash> clashes;
  for (const auto& [storage, indices] : different_by_storage(assignments)) {
    if (are_apart(assignments, indices)) continue;
    std::vector<Write> writes;
    for (const std::size_t i : indices) writes.push_back(make_write(from, assignments[i]));
    if (const auto clash = find_write_clash(std::move(writes)))
      clashes.push_back({indices[clash->first], indices[clash->second]});
  }
  return clashes;
}

}  // namespace ckpt::tensor
