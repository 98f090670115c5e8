// Reads the elements of a strided tensor in logical (row-major) order, whatever its strides, byte
// order and flags are.
//
//   const model::Tensor& tensor = tree.tensor(id);
//   ElementStream elements(tree.storage_of(tensor), tensor);
//   while (const std::size_t count = elements.read(block)) use(block.first(count));
//
// A contiguous tensor is read straight from its storage. Other views (transposed, channels_last,
// expanded, overlapping) are gathered box by box through a buffer of fixed size. Storages that are
// file ranges are read at random offsets; other storages that exceed the buffer are first copied to
// a temporary file.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>

#include "ckpt/model/blob.hpp"
#include "ckpt/model/tensor.hpp"

namespace ckpt::tensor {

/// A range of the elements in logical order, so that several threads can share the work on a
/// tensor.
struct ElementRange {
  std::uint64_t first = 0;
  std::uint64_t count = std::numeric_limits<std::uint64_t>::max();  ///< limited to the elements
                                                                    ///< that exist
};

inline constexpr std::size_t default_buffer_bytes = std::size_t{8} << 20;

struct StreamOptions {
  ElementRange range = {};
  /// For tensors that must be gathered. A larger buffer is faster: a transposed matrix is read in
  /// runs of buffer_bytes / columns.
  std::size_t buffer_bytes = default_buffer_bytes;
};

/// Delivers elements in this machine's byte order, conjugated and negated as the flags of the
/// tensor say. For the packed types quint4x2 and quint2x4 it delivers the stored bytes; these
/// tensors must be contiguous, start at the start of their storage, and be read completely.
///
/// `storage` is the storage of the tensor; only its blob is kept alive. The constructor reads no
/// element. One thread uses a stream; several streams may read one storage at the same time.
///
/// Throws
///   Error{malformed}    when an element lies outside the storage
///   Error{unsupported}  for tensors without strided elements (sparse, nested, meta, subclass), for
///                       packed types other than above, and for flags on types that have no sign
///   Error{limit}        for all elements of a tensor that refuse_endless() refuses
class ElementStream final : public model::BlobStream {
 public:
  ElementStream(const model::Storage& storage, const model::Tensor& tensor,
                const StreamOptions& options = {});

  /// Fills `out`, which has room for at least one element, with as many whole elements as fit.
  /// Returns the number of bytes; 0 at the end. Throws Error{io} or Error{malformed} when the
  /// storage cannot be read.
  std::size_t read(std::span<std::byte> out) override;

  std::uint64_t remaining_bytes() const { return remaining_bytes_; }

 private:
  std::unique_ptr<model::BlobStream> stored_;
  model::DType dtype_;
  std::size_t swapped_bytes_;  // bytes of a unit whose bytes are swapped; 1: no swap
  bool is_conjugated_;
  bool is_negated_;
  std::uint64_t remaining_bytes_;
};

/// The dense elements of `tensor` as a blob of dense_bytes() bytes, in this machine's byte order.
/// For a contiguous tensor without flags in native byte order, the blob is a part of the storage,
/// and a file range if the storage is one. It can be opened at multiples of the element size.
/// Throws as ElementStream does.
std::shared_ptr<const model::Blob> make_dense_blob(const model::Storage& storage,
                                                   const model::Tensor& tensor,
                                                   std::size_t buffer_bytes = default_buffer_bytes);

}  // namespace ckpt::tensor
