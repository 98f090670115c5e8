// JSON as it is written, piece by piece, into a text:
//
//   {
//     "key": "a",
//     "shape": [3, 4],
//     "mean": "nan"
//   }
//
// The output is always valid UTF-8 and valid JSON (RFC 8259), whatever the strings hold, and holds
// no byte that steers a terminal: control characters and bidirectional marks are \u escapes. A
// byte that is not UTF-8 becomes U+FFFD; a lone surrogate, which Python strings may hold, \udXXX.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ckpt::render {

/// Calls out of order (a value without a key, an end without its beginning) are std::logic_error.
class JsonWriter {
 public:
  void begin_object();
  void end_object();
  /// An array whose first element is a number stays on one line; any other has a line an element.
  void begin_array();
  void end_array();

  void key(std::string_view name);

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(bool truth);
  /// Shortest digits that read back as the same double; NaN and infinities, which JSON cannot
  /// spell, as the strings "nan", "inf" and "-inf".
  void value(double number);
  /// 64-bit integers are written exactly.
  template <std::integral Number>
  requires(!std::same_as<Number, bool> && !std::same_as<Number, char>) void value(Number number) {
    if constexpr (std::signed_integral<Number>) {
      write_signed(number);
    } else {
      write_unsigned(number);
    }
  }
  void null();

  /// key(name) and value(...) in one.
  template <class Value>
  void member(std::string_view name, const Value& of_name) {
    key(name);
    value(of_name);
  }

  /// What was written since the last call. Between calls the writer holds no other copy, so a
  /// caller who takes often keeps memory small. The text is complete when is_complete().
  std::string take_text();
  std::size_t pending_bytes() const { return out_.size(); }
  /// One whole value was written, and nothing is open. It ends with a line break.
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

/// Appends `text` as a JSON string, quotes included, by the rules at the top of this file.
void append_json_string(std::string& out, std::string_view text);

}  // namespace ckpt::render
