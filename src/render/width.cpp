#include "ckpt/render/width.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "ckpt/base/utf8.hpp"

namespace ckpt::render {

namespace {

struct CodeRange {
  char32_t first;
  char32_t last;
};

constexpr std::array combining_ranges = {
    CodeRange{0x0300, 0x036F}, CodeRange{0x0483, 0x0489}, CodeRange{0x0591, 0x05BD},
    CodeRange{0x0610, 0x061A}, CodeRange{0x064B, 0x065F}, CodeRange{0x0E31, 0x0E31},
    CodeRange{0x0E34, 0x0E3A}, CodeRange{0x0E47, 0x0E4E}, CodeRange{0x1AB0, 0x1AFF},
    CodeRange{0x1DC0, 0x1DFF}, CodeRange{0x200B, 0x200F}, CodeRange{0x20D0, 0x20FF},
    CodeRange{0x302A, 0x302D}, CodeRange{0x3099, 0x309A}, CodeRange{0xFE00, 0xFE0F},
    CodeRange{0xFE20, 0xFE2F}, CodeRange{0xFEFF, 0xFEFF}, CodeRange{0xE0100, 0xE01EF},
};

constexpr std::array wide_ranges = {
    CodeRange{0x1100, 0x115F},   CodeRange{0x231A, 0x231B},   CodeRange{0x2329, 0x232A},
    CodeRange{0x23E9, 0x23EC},   CodeRange{0x25FD, 0x25FE},   CodeRange{0x2614, 0x2615},
    CodeRange{0x2648, 0x2653},   CodeRange{0x26A1, 0x26A1},   CodeRange{0x26BD, 0x26BE},
    CodeRange{0x2705, 0x2705},   CodeRange{0x2728, 0x2728},   CodeRange{0x274C, 0x274C},
    CodeRange{0x2753, 0x2755},   CodeRange{0x2795, 0x2797},   CodeRange{0x2B50, 0x2B50},
    CodeRange{0x2E80, 0x303E},   CodeRange{0x3041, 0x4DBF},   CodeRange{0x4E00, 0xA4CF},
    CodeRange{0xA960, 0xA97F},   CodeRange{0xAC00, 0xD7A3},   CodeRange{0xF900, 0xFAFF},
    CodeRange{0xFE30, 0xFE6F},   CodeRange{0xFF00, 0xFF60},   CodeRange{0xFFE0, 0xFFE6},
    CodeRange{0x1F300, 0x1F64F}, CodeRange{0x1F680, 0x1F6FF}, CodeRange{0x1F7E0, 0x1F7EB},
    CodeRange{0x1F900, 0x1F9FF}, CodeRange{0x1FA70, 0x1FAFF}, CodeRange{0x20000, 0x3FFFD},
};

bool contains(std::span<const CodeRange> ranges, char32_t code) {
  const auto range = std::ranges::lower_bound(ranges, code, {}, &CodeRange::last);
  return range != ranges.end() && range->first <= code;
}

bool is_ascii(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace

std::size_t character_width(char32_t code) {
  if (code < combining_ranges.front().first) return 1;
  if (contains(combining_ranges, code)) return 0;
  return contains(wide_ranges, code) ? 2 : 1;
}

std::size_t display_width(std::string_view text) {
  if (is_ascii(text)) return text.size();
  std::size_t columns = 0;
  while (!text.empty()) {
    const Utf8Char next = decode_utf8(text);
    columns += next.is_valid ? character_width(next.code) : 1;
    text.remove_prefix(next.size_bytes);
  }
  return columns;
}

}  // namespace ckpt::render
