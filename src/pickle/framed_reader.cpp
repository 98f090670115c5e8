#include "pickle/framed_reader.hpp"

namespace ckpt::pickle {

/// Called when a read asks for more than the frame has left.
void FramedReader::tear() {
  is_torn_ = true;
  if (framing_ != Framing::in_line) skip_frame();
}

void FramedReader::skip_frame() { reader_.take(remaining_in_frame(), "rest of the frame"); }

ByteView FramedReader::take_copied(std::uint64_t count, std::string_view what) {
  if (framing_ == Framing::all_dropped) return take(count, what);
  if (is_in_frame() && count > frame_end_ - reader_.position()) is_torn_ = true;
  return take_in_line(count, what);
}

bool FramedReader::has_line_in_frame() const {
  const std::size_t length = rest().find('\n');
  return length != std::string_view::npos && length < frame_end_ - reader_.position();
}

std::string_view FramedReader::take_line(std::string_view what) {
  if (is_in_frame() && !has_line_in_frame()) tear();
  if (rest().find('\n') == std::string_view::npos) has_met_end_ = true;
  return reader_.take_until('\n', what);
}

std::string_view FramedReader::take_line_or_rest(std::string_view what) {
  if (is_in_frame() && !has_line_in_frame()) tear();
  if (rest().find('\n') != std::string_view::npos) return reader_.take_until('\n', what);
  const std::string_view name = as_text(reader_.take(reader_.remaining(), what));
  return name.substr(0, name.empty() ? 0 : name.size() - 1);
}

void FramedReader::open_frame(std::uint64_t length) {
  // No file has room for a longer frame. The C unpickler gives up; for the Python one the frame is
  // all that remains.
  constexpr std::uint64_t longest_frame_bytes = std::uint64_t{1} << 40;
  if (length > longest_frame_bytes) return;
  if (framing_ != Framing::in_line && is_in_frame()) {
    // A frame inside the rest of the previous frame changes nothing: the C unpickler keeps the old
    // one.
    if (length <= frame_end_ - reader_.position()) return;
    skip_frame();
  }
  frame_end_ = reader_.position() + length;
}

}  // namespace ckpt::pickle
