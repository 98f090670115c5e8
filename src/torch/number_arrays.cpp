// The table has one row per machine format of CPython: size, sign, byte order, float or integer.

#include "torch/number_arrays.hpp"

#include <array>
#include <bit>
#include <string_view>

namespace ckpt::torch {

namespace {

using model::Kind;
using model::NodeId;
using model::Tree;

struct MachineFormat {
  std::size_t size_bytes;
  bool is_real;
  bool has_sign;
  bool is_big_endian;
};

/// By the number in the pickle. The formats after these are for characters.
///
/// Source: https://docs.python.org/3.11/library/array.html, `enum machine_format_code` of
/// https://github.com/python/cpython/blob/v3.11.2/Modules/arraymodule.c
constexpr auto formats = std::to_array<MachineFormat>({
    {1, false, false, false},
    {1, false, true, false},
    {2, false, false, false},
    {2, false, false, true},
    {2, false, true, false},
    {2, false, true, true},
    {4, false, false, false},
    {4, false, false, true},
    {4, false, true, false},
    {4, false, true, true},
    {8, false, false, false},
    {8, false, false, true},
    {8, false, true, false},
    {8, false, true, true},
    {4, true, true, false},
    {4, true, true, true},
    {8, true, true, false},
    {8, true, true, true},
});

std::uint64_t bits_of(std::string_view bytes, bool is_big_endian) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t place = is_big_endian ? i : bytes.size() - 1 - i;
    bits = bits << 8 | static_cast<unsigned char>(bytes[place]);
  }
  return bits;
}

std::optional<ArrayNumber> find_number(std::string_view bytes, const MachineFormat& format) {
  const std::uint64_t bits = bits_of(bytes, format.is_big_endian);
  if (format.is_real && format.size_bytes == 4)
    return double{std::bit_cast<float>(static_cast<std::uint32_t>(bits))};
  if (format.is_real) return std::bit_cast<double>(bits);
  const std::size_t unused_bits = 64 - 8 * format.size_bytes;
  const auto shifted = std::bit_cast<std::int64_t>(bits << unused_bits);
  if (format.has_sign) return shifted >> unused_bits;
  const auto number = std::bit_cast<std::int64_t>(bits);
  return number < 0 ? std::nullopt : std::optional<ArrayNumber>(number);
}

const MachineFormat* find_format(const Tree& tree, NodeId id) {
  if (!tree.is(id, Kind::integer) || tree.integer(id) < 0) return nullptr;
  const auto place = static_cast<std::uint64_t>(tree.integer(id));
  return place < formats.size() ? &formats[static_cast<std::size_t>(place)] : nullptr;
}

}  // namespace

std::optional<NumberArray> find_number_array(const Tree& tree, std::span<const NodeId> args) {
  if (args.size() != 4 || !tree.is(args[3], Kind::bytes)) return std::nullopt;
  const MachineFormat* const format = find_format(tree, args[2]);
  const std::string_view bytes = tree.text(args[3]);
  if (format == nullptr || bytes.size() % format->size_bytes != 0) return std::nullopt;
  NumberArray array{args[0], args[1], {}};
  for (std::size_t i = 0; i < bytes.size(); i += format->size_bytes) {
    const auto number = find_number(bytes.substr(i, format->size_bytes), *format);
    if (!number) return std::nullopt;
    array.numbers.push_back(*number);
  }
  return array;
}

}  // namespace ckpt::torch
