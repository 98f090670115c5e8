// Pickles where nothing says that there are any, and how much of a stretch they are.
#include <algorithm>
#include <array>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/pickle/scan.hpp"
#include "formats/check_parts.hpp"
#include "formats/sniff_parts.hpp"

namespace ckpt::formats {

namespace {

/// How the length of an argument is known.
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

/// Whether the pickle that starts so may be one that goes on, in a stretch of `size_bytes`: it
/// breaks in an argument that has room there. Bytes that are none rarely do.
bool may_go_on(ByteView start, std::uint64_t size_bytes) {
  if (start.size() == size_bytes) return false;
  const pickle::Scan scan = pickle::scan(start);
  if (!scan.broken) return false;
  const ByteView rest = start.subspan(scan.size_bytes);
  constexpr std::size_t longest_fixed_bytes = 9;
  if (rest.size() < longest_fixed_bytes) return true;
  const std::string_view text = as_text(rest);
  const auto row = std::ranges::find_if(argument_rows, [&](const ArgumentRow& candidate) {
    return candidate.opcodes.find(text.front()) != std::string_view::npos;
  });
  if (row == argument_rows.end()) return false;
  if (row->length_bytes == 0) return text.find('\n', text.find('\n') + 1) == std::string_view::npos;
  std::uint64_t length = 0;
  for (std::size_t i = row->length_bytes; i > 0; --i)
    length = length << 8 | std::to_integer<std::uint64_t>(rest[i]);
  const std::uint64_t room = size_bytes - scan.size_bytes - 1 - row->length_bytes;
  return length <= room && length >= rest.size() - 1 - row->length_bytes;
}

/// Where the pickles go no further; the same for more bytes when it is not for want of them.
struct End {
  std::size_t offset = 0;
  std::string reason;  ///< "" where another pickle would begin
  bool operator==(const End&) const = default;
};

End find_end(ByteView bytes, std::size_t most_objects) {
  const std::size_t most_pickles = torch::most_pickles_of(as_text(bytes));
  std::size_t offset = 0;
  for (std::size_t i = 0; i < most_pickles && offset < bytes.size(); ++i) {
    const pickle::Scan scan = pickle::scan(bytes.subspan(offset), most_objects);
    if (scan.broken) return {offset + scan.size_bytes, scan.broken->message()};
    offset += scan.size_bytes;
  }
  return {offset, ""};
}

}  // namespace

PickleBytes read_pickles(const Insides& insides, std::uint64_t most_bytes,
                         const std::function<Bytes(std::uint64_t)>& read_first) {
  constexpr std::uint64_t first_bytes = 1 << 16;
  constexpr std::uint64_t growth = 8;
  std::optional<End> previous;
  for (std::uint64_t wanted = first_bytes;; wanted = std::min(wanted * growth, most_bytes)) {
    Bytes bytes = read_first(wanted);
    if (bytes.size() < wanted) return {.bytes = std::move(bytes)};
    End end = find_end(bytes, insides.most_objects());
    const bool is_broken = previous == end || (end.reason.empty() && end.offset < bytes.size());
    if (is_broken || wanted == most_bytes) return {.bytes = std::move(bytes), .is_cut = !is_broken};
    previous = std::move(end);
  }
}

bool is_worth_reading(ByteView start, std::uint64_t size_bytes) {
  return torch::is_suspect(start) || may_go_on(start, size_bytes);
}

void inspect_pickles(const CheckJob& job, torch::SafetyInspector& inspector, const Inside& part,
                     ByteView start) {
  const std::size_t skipped = npy_header_bytes(as_text(start));
  const bool is_inside = part.depth > 0 || part.place != "stream";
  const bool is_named =
      is_inside && (is_pickle_name(part.place) || torch::looks_like_pickle(as_text(start)));
  const FileRange& range = part.range;
  if (skipped == 0 && !is_named && !is_worth_reading(start, range.size_bytes)) return;
  const std::uint64_t begin = std::min<std::uint64_t>(skipped, range.size_bytes);
  if (!job.insides.may_read(start.size(), part.place)) return;
  const PickleBytes pickles =
      read_pickles(job.insides, most_suspect_bytes, [&](std::uint64_t most_bytes) {
        return range.file->read_bytes(range.offset + begin,
                                      std::min(range.size_bytes - begin, most_bytes));
      });
  if (!job.insides.may_read(pickles.bytes.size(), part.place)) return;
  if (is_inside && !job.insides.may_scan(pickles.bytes.size(), part.place)) return;
  if (pickles.is_cut) note_cut(job, part.place);
  if (is_named && skipped == 0)
    inspector.inspect(pickles.bytes, part.place);
  else
    inspector.inspect_suspect(pickles.bytes, part.place);
}

void note_cut(const CheckJob& job, const std::string& place) {
  job.insides.add_trick(place, 0,
                        concat("begins as a pickle, and is not looked into beyond ",
                               most_suspect_bytes >> 20, " MiB"));
}

Bytes read_start_of(const FileRange& range) {
  return range.file->read_bytes(range.offset, std::min(range.size_bytes, sniffed_bytes));
}

}  // namespace ckpt::formats
