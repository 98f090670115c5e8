// The bytes of a storage, wherever they are: a range of a file, memory, or the result of a
// computation. Whoever moves bytes asks for the range first and reads only when there is none.
//
// A blob does not change. Any number of threads may use one, each with streams of its own.
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

/// The bytes of a range of a file, with their CRC-32 where it is known.
std::shared_ptr<const Blob> make_range_blob(FileRange range,
                                            std::optional<std::uint32_t> crc32 = std::nullopt);

/// `size_bytes` bytes of `whole` from `offset`; still a file range where `whole` is one; `whole`
/// itself when they are all of it. Throws Error{malformed} when they lie outside.
std::shared_ptr<const Blob> make_part(std::shared_ptr<const Blob> whole, std::uint64_t offset,
                                      std::uint64_t size_bytes);

/// A stream over a range of a file.
std::unique_ptr<BlobStream> open_range(FileRange range);

/// Fills `out` with the bytes at `offset`; they must exist.
void read_exactly(const Blob& blob, std::uint64_t offset, std::span<std::byte> out);

}  // namespace ckpt::model
