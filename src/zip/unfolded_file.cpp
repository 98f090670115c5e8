// Keeps forks of the inflate state at regular windows. Reading backwards continues from the nearest
// fork in front of the offset.

#include "ckpt/zip/unfolded_file.hpp"

#include <algorithm>
#include <vector>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "zip/deflate_stream.hpp"

namespace ckpt::zip {

namespace {

constexpr std::size_t window_bytes = 256 << 10;
constexpr std::size_t most_places = 32;

}  // namespace

/// Reads the inflated data in windows of equal size, numbered from 0.
struct UnfoldedFile::State {
  struct Place {
    std::uint64_t window = 0;  ///< the window that it would read next
    std::unique_ptr<DeflateStream> stream;
  };

  State(const FileRange& packed, Framing framing, UnfoldingBudget& budget_to_use)
      : budget(budget_to_use), current{0, std::make_unique<DeflateStream>(packed, framing)} {}

  void run_through(std::uint64_t most_bytes);
  void keep_place();
  std::size_t read_next();
  ByteView load(std::uint64_t wanted);

  UnfoldingBudget& budget;
  Place current;
  std::vector<Place> places;  ///< in order, one every `spacing` windows
  std::uint64_t spacing = 4;
  Bytes window;  ///< the window in front of that of `current`
  std::uint64_t size_bytes = 0;
  bool is_cut = false;
};

void UnfoldedFile::State::run_through(std::uint64_t most_bytes) {
  std::size_t count = window_bytes;
  while (count == window_bytes && size_bytes <= most_bytes) {
    if (current.window % spacing == 0) keep_place();
    count = read_next();
    size_bytes += count;
  }
  is_cut = size_bytes > most_bytes;
  size_bytes = std::min(size_bytes, most_bytes);
}

/// Keeps at most `most_places` copies of the inflate state, however long the data is: when there
/// are too many, every second one is dropped.
void UnfoldedFile::State::keep_place() {
  places.push_back({current.window, current.stream->fork()});
  if (places.size() < most_places) return;
  spacing *= 2;
  std::erase_if(places, [this](const Place& place) { return place.window % spacing != 0; });
}

std::size_t UnfoldedFile::State::read_next() {
  if (budget.bytes_left < window_bytes)
    throw Error(ErrorKind::limit, "unfolds to more than is looked through");
  window.resize(window_bytes);
  window.resize(current.stream->read(window));
  budget.bytes_left -= window.size();
  ++current.window;
  return window.size();
}

ByteView UnfoldedFile::State::load(std::uint64_t wanted) {
  if (current.window == wanted + 1) return window;
  const auto after = std::ranges::upper_bound(places, wanted, {}, &Place::window);
  const Place& nearest = *std::prev(after);  // the start is always among them
  if (current.window > wanted || current.window < nearest.window)
    current = {nearest.window, nearest.stream->fork()};
  while (current.window <= wanted) read_next();
  return window;
}

std::shared_ptr<const UnfoldedFile> UnfoldedFile::make(const FileRange& packed, Framing framing,
                                                       std::uint64_t most_bytes,
                                                       UnfoldingBudget& budget) {
  auto state = std::make_unique<State>(packed, framing, budget);
  state->run_through(most_bytes);
  return std::shared_ptr<const UnfoldedFile>(new UnfoldedFile(packed, std::move(state)));
}

UnfoldedFile::UnfoldedFile(const FileRange& packed, std::unique_ptr<State> state)
    : File(packed.file->path(), state->size_bytes), state_(std::move(state)) {}

UnfoldedFile::~UnfoldedFile() = default;

bool UnfoldedFile::is_cut() const { return state_->is_cut; }

void UnfoldedFile::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset > size_bytes() || out.size() > size_bytes() - offset)
    throw Error(ErrorKind::malformed,
                concat("unfolds to ", counted(size_bytes(), "byte"), ", and more are asked for"));
  while (!out.empty()) {
    const ByteView window = state_->load(offset / window_bytes);
    const ByteView piece = window.subspan(static_cast<std::size_t>(offset % window_bytes));
    const std::size_t count = std::min(piece.size(), out.size());
    std::copy_n(piece.begin(), count, out.begin());
    out = out.subspan(count);
    offset += count;
  }
}

}  // namespace ckpt::zip
