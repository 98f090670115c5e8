// Writes JSON piece by piece into a text:
//
//   {
//     "key": "a",
//     "shape": [3, 4],
//     "mean": "nan"
//   }
//
// The output is valid UTF-8 and valid JSON (RFC 8259) for any strings, and safe for a terminal:
// control characters and bidirectional marks are \u escapes. A byte that is not UTF-8 becomes
// U+FFFD; a lone surrogate, which Python strings may hold, becomes \udXXX.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ckpt::render {

/// Calls in a wrong order (a value without a key, an end without a beginning) throw
/// std::logic_error. One thread uses a writer.
class JsonWriter {
 public:
  void begin_object();
  void end_object();
  /// An array that starts with a number is written on one line; any other has one line per element.
  void begin_array();
  void end_array();

  void key(std::string_view name);

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(bool truth);
  /// The shortest digits that read back as the same double. JSON has no NaN or infinity: they are
  /// the strings "nan", "inf" and "-inf".
  void value(double number);
  /// 64-bit integers are exact.
  template <std::integral Number>
  requires(!std::same_as<Number, bool> && !std::same_as<Number, char>) void value(Number number) {
    if constexpr (std::signed_integral<Number>) {
      write_signed(number);
    } else {
      write_unsigned(number);
    }
  }
  void null();

  /// key(name), then value(of_name).
  template <class Value>
  void member(std::string_view name, const Value& of_name) {
    key(name);
    value(of_name);
  }

  /// The text written since the last call. The writer keeps no copy of it, so a caller that takes
  /// often needs little memory. The text is complete when is_complete().
  std::string take_text();
  std::size_t pending_bytes() const { return out_.size(); }
  /// Whether one complete value was written. It ends with a line break.
  bool is_complete() const { return is_complete_; }

 private:
  enum class Kind : std::uint8_t { object, array };
  enum class Layout : std::uint8_t { empty, lines, one_line };
  enum class Element : std::uint8_t { number, other };
  struct Level {
    Kind kind;
    Layout layout = Layout::empty;
    bool has_key = false;
  };

  void start_value(Element element);
  void start_element(Level& level, Element element);
  void end_value();
  void begin(Kind kind, char bracket);
  void end(Kind kind, char bracket);
  void write_signed(std::int64_t number);
  void write_unsigned(std::uint64_t number);
  void break_line();

  std::string out_;
  std::vector<Level> levels_;
  bool is_complete_ = false;
};

/// Appends `text` as a quoted JSON string, by the rules above.
void append_json_string(std::string& out, std::string_view text);

}  // namespace ckpt::render
