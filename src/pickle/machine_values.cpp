// The opcodes that push numbers, text and bytes.
#include <bit>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "pickle/machine.hpp"
#include "pickle/number_text.hpp"
#include "pickle/string_text.hpp"

namespace ckpt::pickle {

namespace {

std::uint64_t checked_length(std::int32_t length) {
  if (length < 0)
    throw Error(ErrorKind::malformed, concat("expected a length of 0 or more, got ", length));
  return static_cast<std::uint64_t>(length);
}

}  // namespace

void Machine::push_integer(std::string_view twos_complement) {
  const std::string_view shortest = shortest_twos_complement(twos_complement);
  const std::optional<std::int64_t> number = find_int64(shortest);
  stack_.push(number ? graph_.add_integer(*number) : graph_.add_text(Kind::big_integer, shortest));
}

/// Unpicklers accept different number texts ("1_0.5", or "1" followed by a 0 byte and anything). A
/// scan continues after one that this machine cannot read.
template <class Push>
void Machine::push_from_line(Push&& push) {
  const std::string_view line = reader_.take_line("value");
  if (!is_scanning()) return push(line);
  try {
    push(line);
  } catch (const Error&) {
    push_none();
  }
}

void Machine::push_int_line() {
  push_from_line([this](std::string_view line) {
    if (is_boolean_line(line))
      stack_.push(graph_.add_boolean(line.ends_with('1')));
    else
      push_integer(parse_int_line(line));
  });
}

void Machine::push_long_line() {
  push_from_line([this](std::string_view line) { push_integer(parse_long_line(line)); });
}

void Machine::push_long1() {
  push_integer(as_text(reader_.take(reader_.read_u8("length"), "value")));
}

void Machine::push_long4() {
  push_integer(as_text(reader_.take(checked_length(reader_.read_i32("length")), "value")));
}

void Machine::push_float_line() {
  push_from_line(
      [this](std::string_view line) { stack_.push(graph_.add_real(parse_float_line(line))); });
}

void Machine::push_binfloat() {
  std::uint64_t bits = 0;
  for (const std::byte byte : reader_.take(sizeof bits, "value"))
    bits = (bits << 8) | std::to_integer<std::uint64_t>(byte);
  stack_.push(graph_.add_real(std::bit_cast<double>(bits)));
}

void Machine::push_text_of(Kind kind, ByteView value) {
  const std::string_view text = as_text(value);
  if (kind == Kind::text && !is_loose_utf8(text))
    throw Error(ErrorKind::malformed, concat("expected UTF-8, got ", quote(text)));
  stack_.push(graph_.add_text(kind, text));
}

void Machine::push_binstring() {
  const std::uint64_t length = checked_length(reader_.read_i32("length"));
  push_text_of(Kind::raw_text, reader_.take(length, "value"));
}

/// Python 2 accepts blanks after the closing quote, and escapes that Python 3 refuses. A scan
/// continues after any line.
template <class Parse>
void Machine::push_text_line(Kind kind, Parse&& parse) {
  const std::string_view line = reader_.take_line("value");
  try {
    stack_.push(graph_.add_text(kind, parse(line)));
  } catch (const Error& error) {
    if (!is_scanning() || error.kind() != ErrorKind::malformed) throw;
    note(Parting::python2_text);
    stack_.push(graph_.add_text(Kind::raw_text, line));
  }
}

void Machine::push_string_line() { push_text_line(Kind::raw_text, parse_string_line); }
void Machine::push_unicode_line() { push_text_line(Kind::text, parse_unicode_line); }

}  // namespace ckpt::pickle
