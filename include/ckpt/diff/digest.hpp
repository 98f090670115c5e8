// Hashes of bytes: XXH3-128, fast, for finding what is the same; SHA-256 where somebody might want
// to deceive.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ckpt/base/bytes.hpp"

namespace ckpt::diff {

enum class HashKind : std::uint8_t { xxh3_128, sha256 };

struct Digest {
  std::array<std::byte, 32> bytes{};
  std::uint8_t size_bytes = 0;  ///< 16 or 32; the rest of `bytes` is 0

  ByteView view() const { return ByteView(bytes).first(size_bytes); }
  /// Lower-case hexadecimal digits, as xxhsum -H2 and sha256sum print them.
  std::string text() const;
  auto operator<=>(const Digest&) const = default;
};

class Hasher {
 public:
  explicit Hasher(HashKind kind);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void add(ByteView bytes);
  /// Eight bytes, little endian.
  void add_number(std::uint64_t number);
  /// Its length as a number, then its bytes: two texts never run together.
  void add_text(std::string_view text);
  /// Of what was added; nothing is to be added after.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ckpt::diff
