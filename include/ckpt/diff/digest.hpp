// Hash functions: XXH3-128 to find equal content fast, SHA-256 for digests that must resist
// deliberate collisions.
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
  std::uint8_t size_bytes = 0;  ///< 16 or 32; the other bytes are 0

  ByteView view() const { return ByteView(bytes).first(size_bytes); }
  /// Lower-case hexadecimal, as xxhsum -H2 and sha256sum print it.
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
  /// Adds the number as eight bytes, little endian.
  void add_number(std::uint64_t number);
  /// Adds the length as a number, then the bytes, so that two texts cannot run together.
  void add_text(std::string_view text);
  /// The digest of everything added. Add nothing afterwards.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ckpt::diff
