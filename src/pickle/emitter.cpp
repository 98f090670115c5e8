#include "pickle/emitter.hpp"

#include <bit>
#include <limits>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "pickle/number_text.hpp"

namespace ckpt::pickle {

namespace {

template <class Number>
bool fits(std::int64_t value) {
  return value >= std::numeric_limits<Number>::min() && value <= std::numeric_limits<Number>::max();
}

/// `length` as the type in which an opcode stores it; throws Error{limit} when it does not fit.
template <class Number>
std::uint32_t checked_length(std::size_t length) {
  constexpr std::size_t most = std::numeric_limits<Number>::max();
  if (length <= most) return static_cast<std::uint32_t>(length);
  throw Error(ErrorKind::limit,
              concat("a string of ", length, " bytes: protocol 2 has lengths up to ", most));
}

}  // namespace

void Emitter::protocol(std::uint8_t protocol) { number(Op::proto, protocol); }

void Emitter::integer(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  if (fits<std::uint8_t>(value))
    number(Op::binint1, static_cast<std::uint8_t>(bits));
  else if (fits<std::uint16_t>(value))
    number(Op::binint2, static_cast<std::uint16_t>(bits));
  else if (fits<std::int32_t>(value))
    number(Op::binint, static_cast<std::uint32_t>(bits));
  else
    long_integer(to_twos_complement(value));
}

void Emitter::long_integer(std::string_view value) {
  const std::string_view shortest = shortest_twos_complement(value);
  if (shortest.size() < 256)
    number(Op::long1, static_cast<std::uint8_t>(shortest.size()));
  else
    number(Op::long4, checked_length<std::int32_t>(shortest.size()));
  text(shortest);
}

void Emitter::real(double value) {
  op(Op::binfloat);
  const auto bits = std::bit_cast<std::uint64_t>(value);
  for (int shift = 56; shift >= 0; shift -= 8)
    out_.push_back(static_cast<std::byte>((bits >> shift) & 0xFF));
}

void Emitter::unicode(std::string_view utf8) {
  number(Op::binunicode, checked_length<std::uint32_t>(utf8.size()));
  text(utf8);
}

void Emitter::byte_string(std::string_view bytes) {
  if (bytes.size() < 256)
    number(Op::short_binstring, static_cast<std::uint8_t>(bytes.size()));
  else
    number(Op::binstring, checked_length<std::int32_t>(bytes.size()));
  text(bytes);
}

void Emitter::global(std::string_view module, std::string_view name) {
  for (const std::string_view part : {module, name}) {
    if (part.empty() || part.find('\n') != std::string_view::npos)
      throw Error(ErrorKind::unsupported,
                  concat("global ", quote(module), ' ', quote(name),
                         ": protocol 2 has no spelling for an empty name or one of several lines"));
  }
  op(Op::global);
  text(module);
  text("\n");
  text(name);
  text("\n");
}

MemoIndex Emitter::put() {
  const std::uint32_t index = next_index_++;
  if (index < 256)
    number(Op::binput, static_cast<std::uint8_t>(index));
  else
    number(Op::long_binput, index);
  return MemoIndex{index};
}

void Emitter::get(MemoIndex index) {
  const auto number_of_index = static_cast<std::uint32_t>(index);
  if (number_of_index < 256)
    number(Op::binget, static_cast<std::uint8_t>(number_of_index));
  else
    number(Op::long_binget, number_of_index);
}

}  // namespace ckpt::pickle
