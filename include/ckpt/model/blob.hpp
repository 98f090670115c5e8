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

/// Reads a blob once, in order.
class BlobStream {
 public:
  virtual ~BlobStream() = default;
  /// Fills `out` with the next bytes, fewer only at the end; returns how many.
  virtual std::size_t read(std::span<std::byte> out) = 0;
};

class ComposedBlob;

class Blob {
 public:
  virtual ~Blob() = default;
  virtual std::uint64_t size_bytes() const = 0;
  /// CRC-32 (zip's) of all bytes, where it is known without reading them.
  virtual std::optional<std::uint32_t> crc32() const { return std::nullopt; }
  /// Where the bytes lie as they are in a file, if they do.
  virtual std::optional<FileRange> range() const { return std::nullopt; }
  /// The parts it is made of, if it is (concatenation.hpp).
  virtual const ComposedBlob* composition() const { return nullptr; }
  /// Whether bytes of `file` are in it, as they are, inflated, or computed with. A blob that is
  /// neither a range nor composed says so itself.
  virtual bool reads(const FileIdentity& file) const;
  /// The bytes from `offset`, which is at most size_bytes().
  virtual std::unique_ptr<BlobStream> open(std::uint64_t offset) const = 0;
};

/// The blob that holds `bytes`.
std::shared_ptr<const Blob> make_memory_blob(Bytes bytes);

/// The bytes of a range of a file, with their CRC-32 where it is known.
std::shared_ptr<const Blob> make_range_blob(FileRange range,
                                            std::optional<std::uint32_t> crc32 = std::nullopt);

/// `size_bytes` bytes of `whole` from `offset`; still a file range where `whole` is one; `whole`
/// itself when they are all of it. Throws Error{malformed} when they lie outside.
std::shared_ptr<const Blob> make_part(std::shared_ptr<const Blob> whole, std::uint64_t offset,
                                      std::uint64_t size_bytes);

/// Stream over a range of a file.
std::unique_ptr<BlobStream> open_range(FileRange range);

/// All bytes of `blob` from `offset` into `out`, which must not be longer than what is there.
void read_exactly(const Blob& blob, std::uint64_t offset, std::span<std::byte> out);

}  // namespace ckpt::model
