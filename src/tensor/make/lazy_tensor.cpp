// A LazyTensor is a blob with runs of strides per dimension. Views change the runs only; an
// operation that strides cannot express first makes the elements a dense blob.

#include "ckpt/tensor/lazy_tensor.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <utility>

#include "ckpt/model/concatenation.hpp"
#include "ckpt/tensor/element_stream.hpp"
#include "ckpt/tensor/generated.hpp"
#include "tensor/make/interleave.hpp"

namespace ckpt::tensor {

namespace {

constexpr model::ByteOrder native_order =
    std::endian::native == std::endian::little ? model::ByteOrder::little : model::ByteOrder::big;

/// The gathers of all parts of an interleaving are active at the same time and share this memory.
constexpr std::size_t shared_buffer_bytes = std::size_t{8} << 20;
constexpr std::size_t least_buffer_bytes = std::size_t{256} << 10;

/// Whether the stored bytes are the elements without any change.
bool is_plain(const model::Storage& storage, const model::Tensor& tensor) {
  return tensor.form == model::TensorForm::strided && tensor.storage != model::no_storage &&
         storage.byte_order == native_order && !tensor.is_conjugated && !tensor.is_negated;
}

}  // namespace

LazyTensor::LazyTensor(const model::Storage& storage, const model::Tensor& tensor)
    : LazyTensor(make_dense_blob(storage, tensor), tensor.dtype, tensor.layout.shape) {
  // The checks of make_dense_blob are done. A view of unchanged bytes keeps its strides, so that
  // later operations gather only once.
  if (!is_plain(storage, tensor) || is_empty()) return;
  blob_ = storage.blob;
  offset_elements_ = tensor.layout.offset_elements;
  for (std::size_t i = 0; i < shape_.size(); ++i)
    dimensions_[i] = {{shape_[i], tensor.layout.stride_elements[i]}};
}

LazyTensor::LazyTensor(std::shared_ptr<const model::Blob> dense, model::DType dtype,
                       std::vector<std::int64_t> shape)
    : dtype_(dtype), shape_(std::move(shape)), blob_(std::move(dense)) {
  const std::vector<std::int64_t> strides = model::contiguous_strides(shape_);
  for (std::size_t i = 0; i < shape_.size(); ++i) dimensions_.push_back({{shape_[i], strides[i]}});
}

bool LazyTensor::is_empty() const { return std::ranges::find(shape_, 0) != shape_.end(); }

/// All runs, outermost first. Runs that continue each other are merged; runs of one element are
/// dropped.
std::vector<LazyTensor::Run> LazyTensor::all_runs() const {
  std::vector<Run> runs;
  for (const Dimension& dimension : dimensions_)
    for (const Run& run : dimension) {
      if (run.count == 1) continue;
      if (!runs.empty() && runs.back().stride == run.stride * run.count) {
        runs.back() = {runs.back().count * run.count, run.stride};
      } else {
        runs.push_back(run);
      }
    }
  return runs;
}

/// The same elements as a dense blob.
LazyTensor LazyTensor::settled() const { return {dense(), dtype_, shape_}; }

LazyTensor LazyTensor::reshaped(std::vector<std::int64_t> shape) const {
  LazyTensor result = *this;
  result.shape_ = std::move(shape);
  if (is_empty()) return {blob_, dtype_, std::move(result.shape_)};
  std::vector<Run> rest = all_runs();
  std::ranges::reverse(rest);  // stored in reverse: the outermost is last
  result.dimensions_.clear();
  for (const std::int64_t size : result.shape_) {
    Dimension& dimension = result.dimensions_.emplace_back();
    for (std::int64_t wanted = size; wanted > 1;) {
      Run& outer = rest.back();
      if (wanted % outer.count == 0) {
        dimension.push_back(outer);
        wanted /= outer.count;
        rest.pop_back();
      } else if (outer.count % wanted == 0) {
        const std::int64_t inner = outer.count / wanted;
        dimension.push_back({wanted, outer.stride * inner});
        outer.count = inner;
        wanted = 1;
      } else {
        return settled().reshaped(std::move(result.shape_));
      }
    }
  }
  return result;
}

LazyTensor LazyTensor::permuted(std::span<const std::size_t> order) const {
  LazyTensor result = *this;
  for (std::size_t i = 0; i < order.size(); ++i) {
    result.shape_[i] = shape_[order[i]];
    result.dimensions_[i] = dimensions_[order[i]];
  }
  return result;
}

LazyTensor LazyTensor::sliced(std::size_t axis, std::int64_t first, std::int64_t count) const {
  if (first < 0 || count < 0 || first > shape_[axis] - count)
    throw std::logic_error("a slice outside of its dimension");
  LazyTensor result = *this;
  result.shape_[axis] = count;
  if (is_empty() || count == 0) return {make_zeros(0), dtype_, std::move(result.shape_)};
  Dimension& runs = result.dimensions_[axis];
  std::erase_if(runs, [](const Run& run) { return run.count == 1; });
  std::int64_t inner = 1;
  for (std::size_t i = 1; i < runs.size(); ++i) inner *= runs[i].count;
  if (first % inner != 0 || count % inner != 0) return settled().sliced(axis, first, count);
  if (runs.empty()) return result;
  result.offset_elements_ += first / inner * runs.front().stride;
  runs.front().count = count / inner;
  return result;
}

LazyTensor LazyTensor::padded(std::size_t axis, std::int64_t size) const {
  std::vector<std::int64_t> shape = shape_;
  shape[axis] = size - shape_[axis];
  const auto element_bytes = static_cast<std::uint64_t>(model::row_of(dtype_).size_bytes);
  const auto count = static_cast<std::uint64_t>(model::element_count(shape));
  const LazyTensor parts[] = {*this, {make_zeros(count * element_bytes), dtype_, shape}};
  return concatenated(parts, axis);
}

std::shared_ptr<const model::Blob> LazyTensor::dense(std::size_t buffer_bytes) const {
  if (is_empty()) return make_zeros(0);
  model::Tensor view{.dtype = dtype_,
                     .layout = {.offset_elements = offset_elements_},
                     .storage = model::StorageId{0}};  // of no tree: it is passed beside it
  for (const Run& run : all_runs()) {
    view.layout.shape.push_back(run.count);
    view.layout.stride_elements.push_back(run.stride);
  }
  return make_dense_blob({.blob = blob_, .dtype = dtype_}, view, buffer_bytes);
}

LazyTensor concatenated(std::span<const LazyTensor> parts, std::size_t axis) {
  std::vector<std::int64_t> shape = parts.front().shape();
  shape[axis] = 0;
  std::uint64_t rows = 1;
  for (std::size_t i = 0; i < axis; ++i) rows *= static_cast<std::uint64_t>(shape[i]);
  const std::size_t buffer_bytes =
      rows == 1 ? shared_buffer_bytes
                : std::max(least_buffer_bytes, shared_buffer_bytes / parts.size());
  std::vector<std::shared_ptr<const model::Blob>> blobs;
  for (const LazyTensor& part : parts) {
    shape[axis] += part.shape()[axis];
    if (std::shared_ptr<const model::Blob> blob = part.dense(buffer_bytes); blob->size_bytes() > 0)
      blobs.push_back(std::move(blob));
  }
  const model::DType dtype = parts.front().dtype();
  if (blobs.empty()) return {make_zeros(0), dtype, std::move(shape)};
  if (rows == 1) return {model::make_concatenation(std::move(blobs)), dtype, std::move(shape)};
  return {make_interleaving(std::move(blobs), rows), dtype, std::move(shape)};
}

}  // namespace ckpt::tensor
