// Compares two tensors block by block, through one buffer per side.
#include <algorithm>
#include <cstring>
#include <vector>

#include "ckpt/base/error.hpp"
#include "ckpt/base/page_block.hpp"
#include "ckpt/tensor/compare.hpp"

namespace ckpt::tensor {

namespace {

/// Measured: a fifth faster than 128 KiB, because the kernel copies more pages per call.
constexpr std::size_t block_bytes = std::size_t{512} << 10;

std::size_t width_of(const StoredTensor& side) {
  return model::row_of(side.tensor.dtype).size_bytes;
}

ElementStream open(const StoredTensor& side, const CompareOptions& options) {
  return {side.storage,
          side.tensor,
          {.range = options.range, .buffer_bytes = options.gather_buffer_bytes}};
}

/// At least one element, and no more than the tensor has: clearing a buffer of 128 KiB costs more
/// than reading a bias.
std::size_t elements_of_block(const ElementStream& stream, std::size_t width, std::size_t widest) {
  return static_cast<std::size_t>(
      std::clamp<std::uint64_t>(stream.remaining_bytes() / width, 1, block_bytes / widest));
}

/// The error names the side that cannot be read.
std::size_t read(ElementStream& stream, const StoredTensor& side, std::span<std::byte> out) {
  if (side.place.empty()) return stream.read(out);
  return within(side.place, [&] { return stream.read(out); });
}

}  // namespace

Comparer compare_range(const StoredTensor& a, const StoredTensor& b,
                       const CompareOptions& options) {
  const bool is_one_dtype = a.tensor.dtype == b.tensor.dtype;
  const std::size_t width = std::max(width_of(a), width_of(b));
  Comparer comparer(a.tensor.dtype, b.tensor.dtype, options.tolerance, options.range.first);
  ElementStream stream_a = open(a, options);
  ElementStream stream_b = open(b, options);
  const std::size_t block_elements = elements_of_block(stream_a, width_of(a), width);
  const PageBlock buffer_a(block_elements * width_of(a));
  const PageBlock buffer_b(block_elements * width_of(b));
  while (const std::size_t read_a = read(stream_a, a, buffer_a.bytes())) {
    const std::size_t count = read_a / width_of(a);
    const ByteView block_a = buffer_a.first(read_a);
    const std::span<std::byte> wanted_b = buffer_b.bytes().first(count * width_of(b));
    if (read(stream_b, b, wanted_b) != wanted_b.size())
      throw Error(ErrorKind::malformed, "a storage ends before its last byte");
    const bool is_equal = is_one_dtype && !comparer.has_change() &&
                          std::memcmp(block_a.data(), wanted_b.data(), read_a) == 0;
    if (is_equal) {
      comparer.skip_equal(count);
    } else {
      comparer.add(block_a, wanted_b);
    }
    if (options.wanted == Wanted::verdict && !comparer.is_same()) break;
  }
  return comparer;
}

void complete(Comparer& comparer, const StoredTensor& a, const CompareOptions& options) {
  CompareOptions skipped = options;
  skipped.range.count = comparer.skipped_count();
  if (skipped.range.count == 0) return;
  ElementStream stream = open(a, skipped);
  const PageBlock buffer(elements_of_block(stream, width_of(a), width_of(a)) * width_of(a));
  while (const std::size_t count = read(stream, a, buffer.bytes()))
    comparer.add_equal(buffer.first(count));
}

Comparison compare(const StoredTensor& a, const StoredTensor& b, const CompareOptions& options) {
  Comparer comparer = compare_range(a, b, options);
  if (options.wanted == Wanted::figures && comparer.has_change()) complete(comparer, a, options);
  return comparer.result();
}

}  // namespace ckpt::tensor
