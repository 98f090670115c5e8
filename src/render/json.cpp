#include "ckpt/render/json.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "ckpt/base/text.hpp"

namespace ckpt::render {

void JsonWriter::begin_object() { begin(Kind::object, '{'); }
void JsonWriter::end_object() { end(Kind::object, '}'); }
void JsonWriter::begin_array() { begin(Kind::array, '['); }
void JsonWriter::end_array() { end(Kind::array, ']'); }

void JsonWriter::key(std::string_view name) {
  if (levels_.empty() || levels_.back().kind != Kind::object || levels_.back().has_key)
    throw std::logic_error("JSON key outside an object");
  start_element(levels_.back(), Element::other);
  levels_.back().has_key = true;
  append_json_string(out_, name);
  out_ += ": ";
}

void JsonWriter::value(std::string_view text) {
  start_value(Element::other);
  append_json_string(out_, text);
  end_value();
}

void JsonWriter::value(bool truth) {
  start_value(Element::other);
  out_ += truth ? "true" : "false";
  end_value();
}

void JsonWriter::value(double number) {
  start_value(Element::number);
  if (std::isfinite(number)) {
    out_ += real_text(number);
  } else {
    append_json_string(out_, real_text(number));
  }
  end_value();
}

void JsonWriter::null() {
  start_value(Element::other);
  out_ += "null";
  end_value();
}

std::string JsonWriter::take_text() {
  std::string taken;
  taken.swap(out_);
  return taken;
}

void JsonWriter::write_signed(std::int64_t number) {
  start_value(Element::number);
  text_detail::append(out_, number);
  end_value();
}

void JsonWriter::write_unsigned(std::uint64_t number) {
  start_value(Element::number);
  text_detail::append(out_, number);
  end_value();
}

void JsonWriter::begin(Kind kind, char bracket) {
  start_value(Element::other);
  out_ += bracket;
  levels_.push_back({.kind = kind});
}

void JsonWriter::end(Kind kind, char bracket) {
  if (levels_.empty() || levels_.back().kind != kind || levels_.back().has_key)
    throw std::logic_error("JSON end without its beginning");
  const Layout layout = levels_.back().layout;
  levels_.pop_back();
  if (layout == Layout::lines) break_line();
  out_ += bracket;
  end_value();
}

/// Writes the separator and line break in front of a value.
void JsonWriter::start_value(Element element) {
  if (levels_.empty()) {
    if (is_complete_) throw std::logic_error("second JSON value at the top");
    return;
  }
  Level& level = levels_.back();
  if (level.kind == Kind::array) {
    start_element(level, element);
  } else if (!level.has_key) {
    throw std::logic_error("JSON value without a key");
  }
  level.has_key = false;
}

void JsonWriter::start_element(Level& level, Element element) {
  if (level.layout == Layout::empty) {
    level.layout = element == Element::number ? Layout::one_line : Layout::lines;
    if (level.layout == Layout::lines) break_line();
  } else if (level.layout == Layout::one_line) {
    out_ += ", ";
  } else {
    out_ += ',';
    break_line();
  }
}

void JsonWriter::end_value() {
  if (!levels_.empty()) return;
  out_ += '\n';
  is_complete_ = true;
}

void JsonWriter::break_line() {
  // The depth may come from a file; with more indentation the output would outgrow the content.
  constexpr std::size_t deepest_indented = 64;
  static const std::string line_break = '\n' + std::string(2 * deepest_indented, ' ');
  out_.append(line_break, 0, 1 + 2 * std::min(levels_.size(), deepest_indented));
}

}  // namespace ckpt::render
