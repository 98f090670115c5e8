#include "ckpt/render/escaping.hpp"

#include <algorithm>

#include "ckpt/base/utf8.hpp"

namespace ckpt::render {

namespace {

bool is_printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

void append_escaped(std::string& out, std::string_view text, Escaping escaping) {
  if (escaping == Escaping::none || is_printable_ascii(text)) {
    out += text;
  } else {
    out += escape_controls(text);
  }
}

std::string escaped(std::string_view text, Escaping escaping) {
  std::string out;
  append_escaped(out, text, escaping);
  return out;
}

}  // namespace ckpt::render
