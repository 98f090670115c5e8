// Accepts every spelling of a number that Python's tarfile accepts, which is the most lenient
// reader.

#include "formats/sniff/tar_header.hpp"

#include <algorithm>
#include <array>

#include "ckpt/base/checked.hpp"

namespace ckpt::formats::tar {

namespace {

constexpr std::size_t name_bytes = 100;
constexpr std::size_t size_offset = 124;
constexpr std::size_t size_field_bytes = 12;
constexpr std::size_t checksum_offset = 148;
constexpr std::size_t checksum_field_bytes = 8;
constexpr std::size_t type_offset = 156;

constexpr std::string_view blanks = " \t\n\v\f\r\x1c\x1d\x1e\x1f";

/// The digits at the start of `text`, ignoring underscores between them.
std::optional<std::uint64_t> find_digits(std::string_view text, std::uint64_t base) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (base == 8 && (text.starts_with("0o") || text.starts_with("0O"))) text.remove_prefix(2);
  const char end = static_cast<char>('0' + base);
  std::optional<std::uint64_t> number;
  for (const char digit : text) {
    if (digit == '_') continue;
    if (digit < '0' || digit >= end) break;
    const auto product = find_product(number.value_or(0), base);
    number = product ? find_sum(*product, static_cast<std::uint64_t>(digit - '0')) : std::nullopt;
    if (!number) return std::nullopt;
  }
  return number;
}

std::string_view skip_blanks(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(blanks), text.size()));
}

std::optional<std::uint64_t> find_number(ByteView field) {
  const bool is_base_256 = (field[0] & std::byte{0x80}) != std::byte{0};
  if (!is_base_256) {
    const std::string_view text = skip_blanks(as_text(field));
    if (text.empty() || text.starts_with('\0')) return 0;
    return find_digits(text, 8);
  }
  std::uint64_t number = 0;
  for (const std::byte byte : field.last(std::min<std::size_t>(8, field.size() - 1)))
    number = number << 8 | std::to_integer<std::uint64_t>(byte);
  return number;
}

}  // namespace

bool is_header(ByteView block) {
  if (is_zero_block(block)) return false;
  const auto said = find_number(block.subspan(checksum_offset, checksum_field_bytes));
  constexpr std::uint64_t most_sum = block_bytes * 255;
  if (!said || *said > most_sum) return false;  // most blocks that are not a header fail here
  std::int64_t sum = checksum_field_bytes * ' ';
  std::int64_t high_bytes = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    if (i >= checksum_offset && i < checksum_offset + checksum_field_bytes) continue;
    sum += std::to_integer<std::int64_t>(block[i]);
    high_bytes += std::to_integer<std::int64_t>(block[i] >> 7);
  }
  const auto wanted = static_cast<std::int64_t>(*said);
  return sum == wanted || sum - 256 * high_bytes == wanted;
}

bool is_zero_block(ByteView block) {
  return std::ranges::all_of(block, [](std::byte byte) { return byte == std::byte{0}; });
}

std::string name_of(ByteView header) {
  const std::string_view name = as_text(header).substr(0, name_bytes);
  return std::string(name.substr(0, name.find('\0')));
}

char type_of(ByteView header) { return as_text(header)[type_offset]; }

std::optional<std::uint64_t> find_member_size(ByteView header) {
  return find_number(header.subspan(size_offset, size_field_bytes));
}

std::vector<std::uint64_t> find_pax_sizes(std::string_view records) {
  std::vector<std::uint64_t> sizes;
  constexpr std::string_view key = "size=";  // GNU.sparse.size and GNU.sparse.realsize too
  for (std::size_t at = records.find(key); at != std::string_view::npos;
       at = records.find(key, at + 1))
    if (const auto size = find_digits(skip_blanks(records.substr(at + key.size())), 10))
      sizes.push_back(*size);
  return sizes;
}

bool says_sparse(std::string_view records) {
  return records.find("GNU.sparse.") != std::string_view::npos;
}

std::optional<std::uint64_t> find_end(std::uint64_t offset, std::uint64_t size_bytes) {
  const auto padded = find_sum(size_bytes, block_bytes - 1);
  if (!padded) return std::nullopt;
  return find_sum(offset, *padded / block_bytes * block_bytes);
}

}  // namespace ckpt::formats::tar
