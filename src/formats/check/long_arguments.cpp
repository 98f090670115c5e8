// Shortener reads a pickle in windows of 64 KiB and empties every argument that reaches beyond a
// window. The opcodes and their order stay, so a scan sees the same names and calls.

#include "formats/check/long_arguments.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "ckpt/pickle/scan.hpp"
#include "ckpt/torch/safety.hpp"
#include "formats/check/parts.hpp"

namespace ckpt::formats {

namespace {

/// How the length of an argument is encoded.
struct ArgumentRow {
  std::string_view opcodes;
  std::size_t length_bytes = 0;  ///< in front of it; 0: it ends with its line
};

constexpr auto argument_rows = std::to_array<ArgumentRow>({
    {"VSFILgpPci", 0},
    {"UC\x8c\x8a", 1},
    {"XTB\x8b", 4},
    {"\x8d\x8e\x96", 8},
});

constexpr std::size_t longest_fixed_bytes = 9;

/// Reads the range in windows; keeps the opcodes, but shortens their values.
class Shortener {
 public:
  Shortener(const Insides& insides, const FileRange& range) : insides_(insides), range_(range) {}

  PickleBytes run() {
    constexpr int most_windows = 64;
    for (int i = 0; i < most_windows && offset_ < range_.size_bytes; ++i) {
      append_window();
      const std::size_t end = find_end();
      if (end == kept_.size()) continue;  // the cut is between two opcodes
      if (is_whole_) return {.bytes = std::move(kept_)};
      if (!shorten(end)) break;
    }
    const bool is_cut = offset_ < range_.size_bytes;
    return {.bytes = std::move(kept_), .is_cut = is_cut};
  }

 private:
  void append_window() {
    constexpr std::uint64_t window_bytes = 1 << 16;
    const std::uint64_t rest = range_.size_bytes - offset_;
    const Bytes window =
        range_.file->read_bytes(range_.offset + offset_, std::min(rest, window_bytes));
    append_bytes(kept_, window);
    offset_ += window.size();
  }

  /// The opcode that fails because the bytes end; sets `is_whole_` when none does.
  std::size_t find_end() {
    std::size_t most_pickles = 1;
    std::size_t end = 0;
    pickle::ScanOptions options{.most_objects = insides_.most_objects(),
                                .extent = pickle::Extent::cut};
    for (std::size_t i = 0; i < most_pickles && end < kept_.size(); ++i) {
      const pickle::Scan scan = pickle::scan(ByteView(kept_).subspan(end), options);
      options = scan.next_options(options);
      end += scan.size_bytes;
      is_whole_ = scan.broken && !scan.is_cut_off;
      if (scan.broken) return end;
      if (i == 0) most_pickles = torch::most_pickles_after(scan);
    }
    is_whole_ = end < kept_.size();
    return end;
  }

  /// Whether the argument of the opcode at `begin` was left out, or more may be read.
  bool shorten(std::size_t begin) {
    const ByteView rest = ByteView(kept_).subspan(begin);
    if (rest.size() < longest_fixed_bytes) return true;
    const auto argument = find_long_argument(rest);
    if (!argument) return false;
    return argument->length_bytes ? skip_bytes(begin, *argument) : skip_line(begin);
  }

  bool skip_bytes(std::size_t begin, const LongArgument& argument) {
    const std::size_t data = begin + 1 + *argument.length_bytes;
    const std::uint64_t missing = argument.size_bytes - (kept_.size() - data);
    if (missing > range_.size_bytes - offset_) {
      offset_ = range_.size_bytes;  // nothing follows
      return false;
    }
    std::fill(kept_.begin() + static_cast<std::ptrdiff_t>(begin) + 1, kept_.end(), std::byte{0});
    kept_.resize(data);
    offset_ += missing;
    return true;
  }

  /// A shortened name still matches no known name; a shortened index could be a different index.
  bool skip_line(std::size_t begin) {
    constexpr std::size_t kept_line_bytes = 1000;
    const char opcode = static_cast<char>(kept_[begin]);
    if (opcode == 'g' || opcode == 'p') return false;
    const std::size_t last_line = as_text(kept_).rfind('\n');
    const bool is_second = last_line != std::string_view::npos && last_line > begin;
    const std::size_t line = (is_second ? last_line : begin) + 1;
    kept_.resize(std::min(kept_.size(), line + kept_line_bytes));
    skip_to_line_end();
    return true;
  }

  void skip_to_line_end() {
    constexpr std::uint64_t chunk_bytes = 1 << 20;
    while (offset_ < range_.size_bytes) {
      const Bytes chunk = range_.file->read_bytes(
          range_.offset + offset_, std::min(range_.size_bytes - offset_, chunk_bytes));
      const std::size_t end = as_text(chunk).find('\n');
      offset_ += std::min(end, chunk.size());
      if (end != std::string_view::npos) return;
    }
  }

  const Insides& insides_;
  FileRange range_;
  std::uint64_t offset_ = 0;  ///< of the unread rest
  Bytes kept_;
  bool is_whole_ = false;
};

}  // namespace

std::optional<LongArgument> find_long_argument(ByteView rest) {
  const char opcode = as_text(rest).front();
  const auto row = std::ranges::find_if(argument_rows, [opcode](const ArgumentRow& candidate) {
    return candidate.opcodes.find(opcode) != std::string_view::npos;
  });
  if (row == argument_rows.end()) return std::nullopt;
  if (row->length_bytes == 0) return LongArgument{};
  std::uint64_t size_bytes = 0;
  for (std::size_t i = row->length_bytes; i > 0; --i)
    size_bytes = size_bytes << 8 | std::to_integer<std::uint64_t>(rest[i]);
  return LongArgument{.length_bytes = row->length_bytes, .size_bytes = size_bytes};
}

PickleBytes read_without_long_values(const Insides& insides, const FileRange& range) {
  return Shortener(insides, range).run();
}

}  // namespace ckpt::formats
