// Finds pickles where nothing announces them, and how far they reach.
#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/pickle/scan.hpp"
#include "formats/check/long_arguments.hpp"
#include "formats/check/parts.hpp"
#include "formats/sniff/parts.hpp"

namespace ckpt::formats {

namespace {

/// Whether the bytes may be the start of a longer pickle in a range of `size_bytes`: the scan
/// breaks in an argument for which the range has room. Bytes that are not a pickle rarely do.
bool may_go_on(ByteView start, std::uint64_t size_bytes) {
  if (start.size() == size_bytes) return false;
  pickle::ScanOptions options{.extent = pickle::Extent::cut};
  pickle::Scan scan = pickle::scan(start, options);
  while (!scan.broken) {  // torch::is_suspect() has limited their number
    size_bytes -= scan.size_bytes;
    start = start.subspan(scan.size_bytes);
    if (start.empty()) return true;
    options = scan.next_options(options);
    scan = pickle::scan(start, options);
  }
  const ByteView rest = start.subspan(scan.size_bytes);
  constexpr std::size_t longest_fixed_bytes = 9;
  if (rest.size() < longest_fixed_bytes) return true;
  const auto argument = find_long_argument(rest);
  if (!argument) return false;
  if (!argument->length_bytes) {
    const std::string_view text = as_text(rest);
    return text.find('\n', text.find('\n') + 1) == std::string_view::npos;
  }
  const std::uint64_t begin = scan.size_bytes + 1 + *argument->length_bytes;
  const std::uint64_t there = start.size() - begin;
  return argument->size_bytes >= there && argument->size_bytes <= size_bytes - begin;
}

/// Whether the pickles end in these bytes, or break in them for another reason than missing bytes.
bool have_end(ByteView bytes, std::size_t most_objects) {
  std::size_t most_pickles = 1;
  pickle::ScanOptions options{.most_objects = most_objects, .extent = pickle::Extent::cut};
  for (std::size_t i = 0; i < most_pickles; ++i) {
    if (bytes.empty()) return false;
    const pickle::Scan scan = pickle::scan(bytes, options);
    options = scan.next_options(options);
    if (scan.broken) return !scan.is_cut_off;
    if (i == 0) most_pickles = torch::most_pickles_after(scan);
    bytes = bytes.subspan(scan.size_bytes);
  }
  return true;
}

}  // namespace

PickleBytes read_pickles(const Insides& insides, std::uint64_t most_bytes,
                         const std::function<Bytes(std::uint64_t)>& read_first) {
  constexpr std::uint64_t first_bytes = 1 << 16;
  constexpr std::uint64_t growth = 8;
  for (std::uint64_t wanted = first_bytes;; wanted = std::min(wanted * growth, most_bytes)) {
    Bytes bytes = read_first(wanted);
    if (bytes.size() < wanted) return {.bytes = std::move(bytes)};
    const bool are_whole = have_end(bytes, insides.most_objects());
    if (are_whole || wanted == most_bytes) return {.bytes = std::move(bytes), .is_cut = !are_whole};
  }
}

bool is_worth_reading(ByteView start, std::uint64_t size_bytes) {
  const auto extent = start.size() == size_bytes ? pickle::Extent::whole : pickle::Extent::cut;
  return torch::is_suspect(start, extent) || may_go_on(start, size_bytes);
}

void inspect_pickles(const CheckJob& job, torch::SafetyInspector& inspector, const Inside& part,
                     ByteView start, torch::Behind behind) {
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
    inspector.inspect(pickles.bytes, part.place, behind);
  else
    inspector.inspect_suspect(pickles.bytes, part.place);
}

void note_unread(Checked& checked, const std::string& place, ByteView start) {
  if (start.empty() || torch::looks_like_pickle(as_text(start)) ||
      npy_header_bytes(as_text(start)) > 0)
    return;
  if (checked.unread_count++ == 0) checked.first_unread = place;
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
