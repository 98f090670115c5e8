// A blob is the bytes of a storage, wherever they are: a range of a file, memory, or the result of
// a computation. Editing a checkpoint must not load its tensors, so code that moves bytes asks for
// range() first, lets the kernel copy that range, and reads a stream only when there is none.
//
// A Blob does not change after construction and may be read from any number of threads at the same
// time; file reads use pread. A BlobStream belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "ckpt/base/bytes.hpp"
#include "ckpt/base/file.hpp"

namespace ckpt::model {

/// A sequential reader of a blob. One thread uses a stream.
class BlobStream {
 public:
  virtual ~BlobStream() = default;
  /// Fills `out` with the next bytes and returns how many; fewer than asked for only at the end.
  virtual std::size_t read(std::span<std::byte> out) = 0;
};

class ComposedBlob;

class Blob {
 public:
  virtual ~Blob() = default;
  virtual std::uint64_t size_bytes() const = 0;
  /// The CRC-32 (as in zip) of all bytes, if it is known without reading them.
  virtual std::optional<std::uint32_t> crc32() const { return std::nullopt; }
  /// The range of a file that holds exactly these bytes, if there is one.
  virtual std::optional<FileRange> range() const { return std::nullopt; }
  /// The blob as a ComposedBlob (concatenation.hpp) if it joins other blobs, else nullptr.
  virtual const ComposedBlob* composition() const { return nullptr; }
  /// Whether the content depends on bytes of `file`, unchanged, inflated or computed from. ckpt
  /// asks this before it overwrites a file. A subclass that is neither a range nor composed must
  /// override it.
  virtual bool reads(const FileIdentity& file) const;
  /// A stream from `offset`, which is at most size_bytes(), to the end.
  virtual std::unique_ptr<BlobStream> open(std::uint64_t offset) const = 0;
};

/// A blob that owns `bytes`.
std::shared_ptr<const Blob> make_memory_blob(Bytes bytes);

/// A blob over a range of a file; `crc32` is that of its bytes, if it is known.
std::shared_ptr<const Blob> make_range_blob(FileRange range,
                                            std::optional<std::uint32_t> crc32 = std::nullopt);

/// The `size_bytes` bytes of `whole` at `offset`: a file range if `whole` is one; `whole` itself if
/// it is all of it. Throws Error{malformed} when the range lies outside.
std::shared_ptr<const Blob> make_part(std::shared_ptr<const Blob> whole, std::uint64_t offset,
                                      std::uint64_t size_bytes);

/// A stream over a range of a file.
std::unique_ptr<BlobStream> open_range(FileRange range);

/// Fills `out` with the bytes at `offset`; they must exist.
void read_exactly(const Blob& blob, std::uint64_t offset, std::span<std::byte> out);

}  // namespace ckpt::model
