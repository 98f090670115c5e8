#include "ckpt/diff/digest.hpp"

#include <nettle/sha2.h>

#include <variant>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace ckpt::diff {

namespace {

struct alignas(XXH3_state_t) Xxh3 {
  XXH3_state_t state;
};

static_assert(SHA256_DIGEST_SIZE == 32);

}  // namespace

struct Hasher::State {
  std::variant<Xxh3, sha256_ctx> of_kind;
};

std::string Digest::text() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : view()) {
    text += digits[std::to_integer<std::size_t>(byte >> 4)];
    text += digits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

Hasher::Hasher(HashKind kind) : state_(std::make_unique<State>()) {
  if (kind == HashKind::xxh3_128) {
    XXH3_128bits_reset(&state_->of_kind.emplace<Xxh3>().state);
  } else {
    sha256_init(&state_->of_kind.emplace<sha256_ctx>());
  }
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::add(ByteView bytes) {
  if (auto* xxh3 = std::get_if<Xxh3>(&state_->of_kind)) {
    XXH3_128bits_update(&xxh3->state, bytes.data(), bytes.size());
  } else {
    sha256_update(&std::get<sha256_ctx>(state_->of_kind), bytes.size(),
                  reinterpret_cast<const std::uint8_t*>(bytes.data()));
  }
}

void Hasher::add_number(std::uint64_t number) {
  Bytes bytes;
  append_little_endian(bytes, number);
  add(bytes);
}

void Hasher::add_text(std::string_view text) {
  add_number(text.size());
  add(as_bytes(text));
}

Digest Hasher::finish() {
  Digest digest;
  auto* out = reinterpret_cast<std::uint8_t*>(digest.bytes.data());
  if (auto* xxh3 = std::get_if<Xxh3>(&state_->of_kind)) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&xxh3->state));
    std::copy(std::begin(canonical.digest), std::end(canonical.digest), out);
    digest.size_bytes = sizeof canonical.digest;
  } else {
    sha256_digest(&std::get<sha256_ctx>(state_->of_kind), SHA256_DIGEST_SIZE, out);
    digest.size_bytes = SHA256_DIGEST_SIZE;
  }
  return digest;
}

}  // namespace ckpt::diff
