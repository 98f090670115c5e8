// zlib counts in 32 bits, so input and output are passed in chunks of less than 4 GiB.

#include "ckpt/zip/inflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::zip {

namespace {

constexpr std::uint64_t input_bytes = 128 << 10;
constexpr std::size_t most_output_bytes = 1 << 30;  // z_stream counts in 32 bits
constexpr int raw_deflate = -15;                    // no zlib header; window of 32 KiB

// zlib takes mutable pointers to its own byte type.
Bytef* to_zlib(std::byte* bytes) { return reinterpret_cast<Bytef*>(bytes); }

}  // namespace

struct Inflater::State {
  FileRange compressed;  // the input that is not in `input` yet
  std::uint64_t size_bytes;
  std::uint64_t produced_bytes = 0;
  bool is_at_end = false;
  z_stream stream{};
  Bytes input;

  State(FileRange range, std::uint64_t size) : compressed(std::move(range)), size_bytes(size) {
    input.resize(static_cast<std::size_t>(std::min(compressed.size_bytes, input_bytes)));
    const int status = ::inflateInit2(&stream, raw_deflate);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status != Z_OK) throw std::logic_error("zlib refused to start inflating");
  }
  ~State() { ::inflateEnd(&stream); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void refill();
  void refuse_failure(int status, std::uint64_t made_bytes) const;
  std::size_t inflate_into(std::span<std::byte> out);
  void check_end();
};

void Inflater::State::refill() {
  const auto count =
      static_cast<std::size_t>(std::min<std::uint64_t>(compressed.size_bytes, input.size()));
  compressed.file->read_at(compressed.offset, std::span(input).first(count));
  compressed.offset += count;
  compressed.size_bytes -= count;
  stream.next_in = to_zlib(input.data());
  stream.avail_in = static_cast<uInt>(count);
}

/// Throws for a failed inflate() after `made_bytes` of output; returns when it can continue.
void Inflater::State::refuse_failure(int status, std::uint64_t made_bytes) const {
  const bool has_input = stream.avail_in > 0 || compressed.size_bytes > 0;
  const bool can_go_on = status == Z_OK || (status == Z_BUF_ERROR && has_input);
  if (status == Z_STREAM_END || can_go_on) return;
  if (status == Z_MEM_ERROR) throw std::bad_alloc();
  const std::string place = concat("the deflated stream after ", counted(made_bytes, "byte"));
  if (status == Z_BUF_ERROR) throw Error(ErrorKind::malformed, concat(place, " breaks off"));
  throw Error(
      ErrorKind::malformed,
      concat(place, " is damaged: ", stream.msg != nullptr ? stream.msg : "it needs a dictionary"));
}

/// Fills `out` and returns the number of bytes; fewer only when the stream ends.
std::size_t Inflater::State::inflate_into(std::span<std::byte> out) {
  std::size_t made = 0;
  while (made < out.size() && !is_at_end) {
    if (stream.avail_in == 0 && compressed.size_bytes > 0) refill();
    const std::size_t wanted = std::min(out.size() - made, most_output_bytes);
    stream.next_out = to_zlib(out.data() + made);
    stream.avail_out = static_cast<uInt>(wanted);
    const int status = ::inflate(&stream, Z_NO_FLUSH);
    made += wanted - stream.avail_out;
    is_at_end = status == Z_STREAM_END;
    refuse_failure(status, produced_bytes + made);
  }
  return made;
}

/// After the last declared byte, the stream must end, and so must the payload.
void Inflater::State::check_end() {
  std::array<std::byte, 1> surplus{};
  if (inflate_into(surplus) > 0)
    throw Error(ErrorKind::malformed, concat("the deflated stream goes on after the declared ",
                                             counted(size_bytes, "byte")));
  const std::uint64_t unused_bytes = compressed.size_bytes + stream.avail_in;
  if (unused_bytes > 0)
    throw Error(ErrorKind::malformed, concat("the deflated stream ends ",
                                             counted(unused_bytes, "byte"), " before its payload"));
}

Inflater::Inflater(FileRange compressed, std::uint64_t size_bytes)
    : state_(std::make_unique<State>(std::move(compressed), size_bytes)) {}

Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

std::size_t Inflater::read(std::span<std::byte> out) {
  State& state = *state_;
  const auto wanted = static_cast<std::size_t>(
      std::min<std::uint64_t>(out.size(), state.size_bytes - state.produced_bytes));
  const std::size_t made = state.inflate_into(out.first(wanted));
  state.produced_bytes += made;
  if (made < wanted)
    throw Error(ErrorKind::malformed,
                concat("the deflated stream ends after ", counted(state.produced_bytes, "byte"),
                       ", expected ", state.size_bytes));
  if (state.produced_bytes == state.size_bytes) state.check_end();
  return made;
}

}  // namespace ckpt::zip
