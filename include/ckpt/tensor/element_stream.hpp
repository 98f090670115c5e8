// The elements of a strided tensor in logical order, whatever its strides, byte order and flags.
//
//   const model::Tensor& tensor = tree.tensor(id);
//   ElementStream elements(tree.storage_of(tensor), tensor);
//   while (const std::size_t count = elements.read(block)) use(block.first(count));
//
// A contiguous tensor is read straight from its storage. Any other view (transposed, channels_last,
// expanded, overlapping) is gathered box by box through a buffer of fixed size: storages that are
// ranges of a file are read at random; others that are too large for the buffer are first copied
// to a nameless temporary file.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>

#include "ckpt/model/blob.hpp"
#include "ckpt/model/tensor.hpp"

namespace ckpt::tensor {

/// A part of the elements in logical (row-major) order, so that several threads can share a tensor.
struct ElementRange {
  std::uint64_t first = 0;
  std::uint64_t count = std::numeric_limits<std::uint64_t>::max();  ///< cut to what is there
};

inline constexpr std::size_t default_buffer_bytes = std::size_t{8} << 20;

struct StreamOptions {
  ElementRange range = {};
  /// Of a tensor that must be gathered; a contiguous one needs none. The larger, the faster:
  /// a transposed matrix is read in runs of buffer_bytes / columns.
  std::size_t buffer_bytes = default_buffer_bytes;
};

/// Delivers elements in this machine's byte order, conjugated and negated as the tensor's flags
/// say. Of the packed types quint4x2 and quint2x4 it delivers the stored bytes; they must be
/// contiguous, from the start of their storage, and read whole.
///
/// `storage` is that of the tensor; its blob is kept alive, nothing else of it is. The constructor
/// reads no element. It throws
///   Error{malformed}    when an element lies outside the storage
///   Error{unsupported}  for what has no strided elements (sparse, nested, meta, subclass), packed
///                       types that are not as said, flags on types that have no sign
///   Error{limit}        for all elements of what refuse_endless() refuses
class ElementStream final : public model::BlobStream {
 public:
  ElementStream(const model::Storage& storage, const model::Tensor& tensor,
                const StreamOptions& options = {});

  /// Fills `out`, which holds at least one element, with as many whole elements as fit, fewer only
  /// at the end; returns how many bytes; 0 at the end. Throws Error{io} or Error{malformed} when
  /// the storage cannot be read.
  std::size_t read(std::span<std::byte> out) override;

  std::uint64_t remaining_bytes() const { return remaining_bytes_; }

 private:
  std::unique_ptr<model::BlobStream> stored_;
  model::DType dtype_;
  std::size_t swapped_bytes_;  // width of what must be byte-swapped; 1: nothing
  bool is_conjugated_;
  bool is_negated_;
  std::uint64_t remaining_bytes_;
};

/// The dense elements of `tensor` as a blob: dense_bytes() long, in this machine's byte order. Of a
/// contiguous tensor without flags or foreign byte order it is the part of the storage itself, so
/// still a file range where that is one. Opened at any multiple of the element size. Throws as
/// ElementStream does. What must be gathered is gathered through `buffer_bytes`.
std::shared_ptr<const model::Blob> make_dense_blob(const model::Storage& storage,
                                                   const model::Tensor& tensor,
                                                   std::size_t buffer_bytes = default_buffer_bytes);

}  // namespace ckpt::tensor
