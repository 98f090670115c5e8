// Every limit grows with the size of the file, so an honest archive of archives is examined
// completely, and a small bomb is given up early.

#include "formats/check/insides.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::formats {

namespace {

constexpr int most_depth = 3;
constexpr std::size_t most_insides = 10'000;

// Limits that grow with the size of the file. Inflated data is read three or four times: to find
// its length, to search it, and to examine what was found.
constexpr std::uint64_t read_per_byte = 16;
constexpr std::uint64_t unfolded_per_byte = 32;
constexpr std::uint64_t scanned_per_byte = 64;
constexpr std::uint64_t objects_per_byte = 2;

/// The limits of small files.
constexpr std::uint64_t least_read_bytes = std::uint64_t{1} << 28;
constexpr std::uint64_t least_unfolding_bytes = std::uint64_t{1} << 29;
constexpr std::uint64_t least_scanned_bytes = std::uint64_t{1} << 21;
constexpr std::size_t least_objects = std::size_t{1} << 20;

constexpr std::uint64_t most_tail_bytes = std::uint64_t{1} << 26;

/// For one range of compressed data.
constexpr std::uint64_t most_ratio = 16;
constexpr std::uint64_t least_unfolded_bytes = std::uint64_t{1} << 26;

/// The place is repeated with every callable, and names of 60 kB would fill the report. The end of
/// a name is kept, because it identifies the record.
std::string shortened(std::string_view name) {
  constexpr std::size_t kept_bytes = 120;
  if (name.size() <= 2 * kept_bytes + 3) return std::string(name);
  const auto is_inside_character = [&](std::size_t at) {
    return (static_cast<unsigned char>(name[at]) & 0xC0) == 0x80;
  };
  std::size_t head = kept_bytes;
  while (head > 0 && is_inside_character(head)) --head;
  std::size_t tail = name.size() - kept_bytes;
  while (tail < name.size() && is_inside_character(tail)) ++tail;
  return concat(name.substr(0, head), "...", name.substr(tail));
}

}  // namespace

std::string Layer::place_of(std::string_view record) const {
  const std::string name = shortened(record);
  return place.empty() ? name : concat(place, ": ", name);
}

Inside Layer::whole(std::string name) const {
  Inside inside;
  inside.range = {file, 0, file->size_bytes()};
  inside.place = std::move(name);
  inside.depth = depth;
  return inside;
}

Insides::Insides(Checked& checked)
    : checked_(checked),
      read_left_(read_per_byte * checked.file_bytes + least_read_bytes),
      scan_left_(scanned_per_byte * checked.file_bytes + least_scanned_bytes),
      unfolding_{unfolded_per_byte * checked.file_bytes + least_unfolding_bytes},
      most_objects_(static_cast<std::size_t>(objects_per_byte * checked.file_bytes) +
                    least_objects),
      tails_left_(most_tail_bytes) {}

void Insides::add(Inside inside) {
  if (inside.depth > most_depth)
    return add_trick(inside.place, 0,
                     concat("lies in ", most_depth + 1, " others, deeper than is looked into"));
  if (++seen_ > most_insides) {
    if (seen_ == most_insides + 1)
      add_trick(inside.place, 0, concat("more than ", most_insides, " are not looked into"));
    return;
  }
  found_.push_back(std::move(inside));
}

std::optional<Inside> Insides::next() {
  pending_.insert(pending_.end(), std::make_move_iterator(found_.rbegin()),
                  std::make_move_iterator(found_.rend()));
  found_.clear();
  if (pending_.empty()) return std::nullopt;
  Inside inside = std::move(pending_.back());
  pending_.pop_back();
  return inside;
}

Layer Insides::open(const Inside& inside) {
  return {open_file(inside), inside.place, inside.depth};
}

std::shared_ptr<const File> Insides::open_file(const Inside& inside) {
  if (inside.packing == Packing::none) return std::make_shared<FilePart>(inside.range);
  const std::uint64_t most_bytes = most_ratio * inside.range.size_bytes + least_unfolded_bytes;
  const auto framing = inside.packing == Packing::deflated ? zip::Framing::none : zip::Framing::own;
  const auto file = zip::UnfoldedFile::make(inside.range, framing, most_bytes, unfolding_);
  if (file->is_cut())
    add_trick(inside.place, 0,
              concat("is not looked into beyond ", most_bytes >> 20, " MiB of what it unfolds to"));
  return file;
}

bool Insides::may_read(std::uint64_t bytes, const std::string& place) {
  return may_spend(read_left_, bytes, place);
}

bool Insides::may_scan(std::uint64_t bytes, const std::string& place) {
  return may_spend(scan_left_, bytes, place);
}

/// After one limit is exceeded, nothing more is spent.
bool Insides::may_spend(std::uint64_t& left, std::uint64_t bytes, const std::string& place) {
  if (is_exhausted_) return false;
  is_exhausted_ = bytes > left;
  if (is_exhausted_)
    add_trick(place, 0, "and what follows it: is more than is looked through");
  else
    left -= bytes;
  return !is_exhausted_;
}

std::uint64_t Insides::take_tail_bytes(std::uint64_t size_bytes) {
  constexpr std::uint64_t without_comment_bytes = 22;
  const std::uint64_t bytes = std::min(size_bytes, longest_zip_tail_bytes);
  if (bytes > tails_left_) return without_comment_bytes;
  tails_left_ -= bytes;
  return bytes;
}

void Insides::add_trick(const std::string& place, std::uint64_t offset, std::string what) {
  checked_.safety.tricks.push_back({place, static_cast<std::size_t>(offset), std::move(what)});
}

void Insides::note_unseen(const std::string& place, std::string_view compression) {
  unseen_.push_back(concat(quote(place), ", ", compression));
}

}  // namespace ckpt::formats
