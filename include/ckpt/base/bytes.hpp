// Conversion between bytes and numbers. All other code reads numbers from a file through
// ByteReader, which cannot run past the end: every read says what it reads, and a read beyond the
// end throws Error{malformed} with the number of missing bytes.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ckpt {

using ByteView = std::span<const std::byte>;
using Bytes = std::vector<std::byte>;

ByteView as_bytes(std::string_view text);
std::string_view as_text(ByteView bytes);

/// The little-endian number at `bytes`. The caller has checked that sizeof(Number) bytes are there.
template <std::unsigned_integral Number>
Number from_little_endian(const std::byte* bytes) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    number = static_cast<Number>(number | (static_cast<Number>(bytes[i]) << (8 * i)));
  return number;
}

template <std::unsigned_integral Number>
void append_little_endian(Bytes& out, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    out.push_back(static_cast<std::byte>((number >> (8 * i)) & 0xFF));
}

void append_bytes(Bytes& out, ByteView bytes);

/// A cursor over bytes. It does not own them: they must outlive the reader.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : bytes_(bytes) {}

  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }
  bool is_at_end() const { return remaining() == 0; }

  /// The next `count` bytes. Throws Error{malformed} naming `what` when fewer remain.
  ByteView take(std::uint64_t count, std::string_view what) {
    if (count > remaining()) throw_short(count, what);
    const ByteView taken = bytes_.subspan(position_, static_cast<std::size_t>(count));
    position_ += taken.size();
    return taken;
  }

  /// The text before the next `end`; the cursor moves behind `end`. Throws Error{malformed} naming
  /// `what` when there is no `end`.
  std::string_view take_until(char end, std::string_view what);

  template <std::unsigned_integral Number>
  Number read(std::string_view what) {
    return from_little_endian<Number>(take(sizeof(Number), what).data());
  }
  std::uint8_t read_u8(std::string_view what) { return read<std::uint8_t>(what); }
  std::uint16_t read_u16(std::string_view what) { return read<std::uint16_t>(what); }
  std::uint32_t read_u32(std::string_view what) { return read<std::uint32_t>(what); }
  std::uint64_t read_u64(std::string_view what) { return read<std::uint64_t>(what); }
  std::int32_t read_i32(std::string_view what) {
    return std::bit_cast<std::int32_t>(read<std::uint32_t>(what));
  }

 private:
  [[noreturn]] void throw_short(std::uint64_t count, std::string_view what) const;

  ByteView bytes_;
  std::size_t position_ = 0;
};

}  // namespace ckpt
