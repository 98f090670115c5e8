// Chooses how a tensor is read: EmptyStream without elements; the blob's own stream when
// contiguous; GatherStream otherwise. Byte order and flags are applied to each block after reading.

#include "ckpt/tensor/element_stream.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <stdexcept>
#include <utility>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/tensor/repeats.hpp"
#include "tensor/read/adjust.hpp"
#include "tensor/read/axes.hpp"
#include "tensor/read/gather.hpp"
#include "tensor/read/random_access.hpp"

namespace ckpt::tensor {

using model::Tensor;
using model::TensorForm;

namespace {

constexpr model::ByteOrder native_order =
    std::endian::native == std::endian::little ? model::ByteOrder::little : model::ByteOrder::big;

std::string_view name_of(TensorForm form) {
  switch (form) {
    case TensorForm::strided:
      return "strided";
    case TensorForm::sparse_coo:
    case TensorForm::sparse_csr:
    case TensorForm::sparse_csc:
    case TensorForm::sparse_bsr:
    case TensorForm::sparse_bsc:
      return "sparse";
    case TensorForm::nested:
      return "nested";
    case TensorForm::meta:
      return "meta";
    case TensorForm::subclass:
      return "subclassed";
  }
  return "unknown";
}

void refuse_unless_strided(const Tensor& tensor) {
  if (tensor.form != TensorForm::strided || tensor.storage == model::no_storage)
    throw Error(ErrorKind::unsupported, concat("the elements of a ", name_of(tensor.form),
                                               " tensor: only strided tensors are read"));
  if (tensor.is_negated && !can_negate(tensor.dtype))
    throw Error(ErrorKind::unsupported,
                concat("a negated view of ", model::row_of(tensor.dtype).name));
}

/// The offset behind the last byte of the storage that the tensor reaches.
std::uint64_t reach_bytes(const Tensor& tensor) {
  const model::DTypeRow& row = model::row_of(tensor.dtype);
  const std::int64_t reach = model::reach_elements(tensor.layout);
  if (row.elements_per_byte == 1)
    return checked_multiply<std::uint64_t>(static_cast<std::uint64_t>(reach), row.size_bytes,
                                           "reach of a tensor");
  if (!model::is_contiguous(tensor.layout) || tensor.layout.offset_elements != 0)
    throw Error(ErrorKind::unsupported,
                concat("a view of ", row.name, " that is not contiguous from its storage's start"));
  return model::dense_bytes(tensor);
}

void refuse_beyond_storage(std::uint64_t reached_bytes, const model::Storage& storage) {
  if (reached_bytes > storage.size_bytes())
    throw Error(ErrorKind::malformed,
                concat("a tensor reaches byte ", reached_bytes, " of a storage of ",
                       counted(storage.size_bytes(), "byte")));
}

class EmptyStream : public model::BlobStream {
 public:
  std::size_t read(std::span<std::byte>) override { return 0; }
};

/// The elements of a view that is not contiguous, gathered box by box.
class GatherStream : public model::BlobStream {
 public:
  GatherStream(std::unique_ptr<RandomAccess> storage, BoxCursor boxes, std::size_t element_bytes,
               std::size_t buffer_elements)
      : storage_(std::move(storage)),
        boxes_(std::move(boxes)),
        gatherer_(*storage_, element_bytes),
        element_bytes_(element_bytes),
        buffer_elements_(buffer_elements) {}

  std::size_t read(std::span<std::byte> out) override {
    std::size_t filled = 0;
    while (filled < out.size()) {
      if (used_ == buffer_.size() && !refill()) break;
      const std::size_t count = std::min(out.size() - filled, buffer_.size() - used_);
      std::copy_n(buffer_.data() + used_, count, out.data() + filled);
      filled += count;
      used_ += count;
    }
    return filled;
  }

 private:
  bool refill() {
    if (boxes_.is_at_end()) return false;
    const Box box = boxes_.next(buffer_elements_);
    buffer_.resize(static_cast<std::size_t>(box.element_count) * element_bytes_);
    gatherer_.gather(box, buffer_);
    used_ = 0;
    return true;
  }

  std::unique_ptr<RandomAccess> storage_;
  BoxCursor boxes_;
  Gatherer gatherer_;
  std::size_t element_bytes_;
  std::size_t buffer_elements_;
  Bytes buffer_;
  std::size_t used_ = 0;
};

/// The stored elements [first, first + count) in logical order; count is not 0.
std::unique_ptr<model::BlobStream> open_stored(const model::Blob& blob, const Tensor& tensor,
                                               ElementRange range, std::size_t buffer_bytes) {
  const std::size_t element_bytes = model::row_of(tensor.dtype).size_bytes;
  const auto offset = static_cast<std::uint64_t>(tensor.layout.offset_elements);
  if (model::is_contiguous(tensor.layout)) return blob.open((offset + range.first) * element_bytes);

  Tensor from_start = tensor;
  from_start.layout.offset_elements = 0;
  const Window window{offset * element_bytes, reach_bytes(from_start)};
  BoxCursor boxes(reduced_axes(tensor.layout), 0, range.first, range.count);
  return std::make_unique<GatherStream>(make_random_access(blob, window, buffer_bytes),
                                        std::move(boxes), element_bytes,
                                        std::max<std::size_t>(buffer_bytes / element_bytes, 1));
}

ElementRange cut_to(ElementRange range, std::uint64_t element_count) {
  const std::uint64_t first = std::min(range.first, element_count);
  return {first, std::min(range.count, element_count - first)};
}

bool is_stored_as_read(const Tensor& tensor, const model::Storage& storage) {
  const bool is_swapped = storage.byte_order != native_order && swapped_bytes(tensor.dtype) > 1;
  return !is_swapped && !tensor.is_negated && !tensor.is_conjugated &&
         model::is_contiguous(tensor.layout);
}

/// Presents elements as a byte stream that can be read in blocks of any size and opened inside an
/// element. An element that was delivered partly is kept for the next block.
class DenseStream : public model::BlobStream {
 public:
  DenseStream(const model::Storage& storage, const Tensor& tensor, const StreamOptions& options,
              std::size_t skipped_bytes)
      : elements_(storage, tensor, options),
        element_bytes_(model::row_of(tensor.dtype).size_bytes) {
    if (skipped_bytes == 0) return;
    keep_next();
    kept_ = kept_.subspan(skipped_bytes);
  }

  std::size_t read(std::span<std::byte> out) override {
    std::size_t filled = take_kept(out);
    if (out.size() - filled >= element_bytes_) filled += elements_.read(out.subspan(filled));
    if (filled == out.size() || elements_.remaining_bytes() == 0) return filled;
    keep_next();
    return filled + take_kept(out.subspan(filled));
  }

 private:
  void keep_next() {
    kept_ = std::span(one_).first(element_bytes_);
    elements_.read(kept_);
  }

  std::size_t take_kept(std::span<std::byte> out) {
    const std::size_t count = std::min(out.size(), kept_.size());
    std::copy_n(kept_.begin(), count, out.begin());
    kept_ = kept_.subspan(count);
    return count;
  }

  ElementStream elements_;
  std::size_t element_bytes_;
  std::array<std::byte, 16> one_{};
  std::span<std::byte> kept_;  // unread bytes of one_
};

class DenseBlob : public model::Blob {
 public:
  DenseBlob(model::Storage storage, Tensor tensor, std::size_t buffer_bytes)
      : storage_(std::move(storage)),
        tensor_(std::move(tensor)),
        buffer_bytes_(buffer_bytes),
        size_bytes_(dense_bytes(tensor_)) {}

  std::uint64_t size_bytes() const override { return size_bytes_; }
  bool reads(const FileIdentity& file) const override { return storage_.blob->reads(file); }
  std::unique_ptr<model::BlobStream> open(std::uint64_t offset) const override {
    const std::uint64_t element_bytes = model::row_of(tensor_.dtype).size_bytes;
    const StreamOptions options{.range = {.first = offset / element_bytes},
                                .buffer_bytes = buffer_bytes_};
    return std::make_unique<DenseStream>(storage_, tensor_, options,
                                         static_cast<std::size_t>(offset % element_bytes));
  }

 private:
  model::Storage storage_;
  Tensor tensor_;
  std::size_t buffer_bytes_;
  std::uint64_t size_bytes_;
};

}  // namespace

ElementStream::ElementStream(const model::Storage& storage, const Tensor& tensor,
                             const StreamOptions& options)
    : dtype_(tensor.dtype),
      swapped_bytes_(1),
      is_conjugated_(tensor.is_conjugated),
      is_negated_(tensor.is_negated) {
  refuse_unless_strided(tensor);
  refuse_beyond_storage(reach_bytes(tensor), storage);
  if (storage.byte_order != native_order) swapped_bytes_ = swapped_bytes(dtype_);
  const std::uint64_t element_bytes = model::row_of(dtype_).size_bytes;
  const ElementRange range = cut_to(options.range, model::dense_bytes(tensor) / element_bytes);
  remaining_bytes_ = range.count * element_bytes;
  if (range.count == model::dense_bytes(tensor) / element_bytes) refuse_endless(storage, tensor);
  if (range.count == 0) {
    stored_ = std::make_unique<EmptyStream>();
  } else {
    stored_ = open_stored(*storage.blob, tensor, range, options.buffer_bytes);
  }
}

std::size_t ElementStream::read(std::span<std::byte> out) {
  const std::size_t element_bytes = model::row_of(dtype_).size_bytes;
  if (out.size() < element_bytes) throw std::logic_error("a block smaller than an element");
  const std::size_t wanted = static_cast<std::size_t>(
      std::min<std::uint64_t>(out.size() / element_bytes * element_bytes, remaining_bytes_));
  std::span<std::byte> block = out.first(wanted);
  for (std::span<std::byte> rest = block; !rest.empty();) {
    const std::size_t count = stored_->read(rest);
    if (count == 0) throw Error(ErrorKind::malformed, "a storage ends before its last byte");
    rest = rest.subspan(count);
  }
  swap_byte_order(block, swapped_bytes_);
  if (is_negated_) negate(dtype_, block);
  if (is_conjugated_) conjugate(dtype_, block);
  remaining_bytes_ -= wanted;
  return wanted;
}

std::shared_ptr<const model::Blob> make_dense_blob(const model::Storage& storage,
                                                   const Tensor& tensor, std::size_t buffer_bytes) {
  refuse_unless_strided(tensor);
  refuse_beyond_storage(reach_bytes(tensor), storage);
  if (is_stored_as_read(tensor, storage)) {
    const auto offset = static_cast<std::uint64_t>(tensor.layout.offset_elements) *
                        model::row_of(tensor.dtype).size_bytes;
    const std::uint64_t size_bytes = model::dense_bytes(tensor);
    return model::make_part(storage.blob, size_bytes == 0 ? 0 : offset, size_bytes);
  }
  return std::make_shared<DenseBlob>(storage, tensor, buffer_bytes);
}

}  // namespace ckpt::tensor
