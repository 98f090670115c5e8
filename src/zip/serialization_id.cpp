#include "zip/serialization_id.hpp"

#include <functional>

#include "ckpt/base/text.hpp"
#include "zip/records.hpp"

namespace ckpt::zip {

namespace {

/// c10::hash_combine, which torch took from Boost.
std::uint64_t combine(std::uint64_t seed, std::uint64_t value) {
  return seed ^ (value + 0x9e3779b9 + (seed << 6) + (seed >> 2));
}

std::string to_digits(std::uint64_t number) {
  const std::string digits = concat(number);
  return std::string(20 - digits.size(), '0') + digits;
}

}  // namespace

bool SerializationId::add_name(std::string_view record) {
  return names_.insert(std::string(record)).second;
}

void SerializationId::add_payload(ByteView head, std::uint32_t descriptor_crc32) {
  if (head.empty()) return;
  const bool is_like_descriptor =
      head.size() >= 8 && from_little_endian<std::uint32_t>(head.data()) == descriptor_signature;
  if (is_like_descriptor)
    payloads_hash_ = combine(payloads_hash_, from_little_endian<std::uint32_t>(head.data() + 4));
  payloads_hash_ = combine(payloads_hash_, descriptor_crc32);
}

std::string SerializationId::text() const {
  std::uint64_t names_hash = 0;
  for (const std::string& name : names_)
    names_hash = combine(names_hash, std::hash<std::string>{}(name));
  return to_digits(names_hash) + to_digits(payloads_hash_);
}

}  // namespace ckpt::zip
