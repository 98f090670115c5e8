// Reads the bytes of a pickle as the different unpicklers do. They disagree at the end of a FRAME
// (protocol 4), so one file can be two different pickles:
//
//   FRAME of 10 bytes | X 10 0 0 0 j j j j j | f f f f f B 3 0 0 0 ...
//                       a string of 10 bytes, 5 of them in the frame
//
//   in_line   jjjjjfffff: the C unpickler on bytes in memory; Python's own unpickler refuses it
//   dropped   fffffB....: the C unpickler on a file drops the rest of the frame and reads all 10
//             bytes after it; what is a string to one reader is opcodes to another
//
// Source: https://github.com/python/cpython/issues/154848, and Modules/_pickle.c of 3.6 to 3.13:
// _Unpickler_ReadImpl, _Unpickler_ReadInto, _Unpickler_Readline, load_frame
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

#include "ckpt/base/bytes.hpp"
#include "ckpt/pickle/scan.hpp"

namespace ckpt::pickle {

class FramedReader {
 public:
  explicit FramedReader(ByteView bytes, Framing framing = Framing::in_line)
      : bytes_(bytes), reader_(bytes), framing_(framing) {}

  std::size_t position() const { return reader_.position(); }
  std::size_t remaining() const { return reader_.remaining(); }
  bool is_at_end() const { return reader_.is_at_end(); }
  /// Whether a read asked for more bytes than there are.
  bool has_met_end() const { return has_met_end_; }
  /// Whether the current frame has bytes left.
  bool is_in_frame() const { return reader_.position() < frame_end_; }
  /// The bytes left in the current frame, as far as they exist.
  std::size_t remaining_in_frame() const {
    const std::uint64_t left = is_in_frame() ? frame_end_ - reader_.position() : 0;
    return left < remaining() ? static_cast<std::size_t>(left) : remaining();
  }
  /// Whether an argument crossed the end of its frame.
  bool is_torn() const { return is_torn_; }

  /// As ByteReader::take.
  ByteView take(std::uint64_t count, std::string_view what) {
    if (is_in_frame() && count > frame_end_ - reader_.position()) tear();
    return take_in_line(count, what);
  }
  /// The same for arguments that unpicklers since 3.8 copy to their destination: these continue
  /// across the end of a frame.
  ByteView take_copied(std::uint64_t count, std::string_view what);
  /// The line without its end. Throws Error{malformed} when it does not end.
  std::string_view take_line(std::string_view what);
  /// The same, except that a line without an end loses its last byte, as in Python's own unpickler.
  std::string_view take_line_or_rest(std::string_view what);
  /// Starts a frame of `length` bytes. Starting one inside an unfinished frame is no error here.
  void open_frame(std::uint64_t length);

  template <std::unsigned_integral Number>
  Number read(std::string_view what) {
    return from_little_endian<Number>(take(sizeof(Number), what).data());
  }
  std::uint8_t read_u8(std::string_view what) { return read<std::uint8_t>(what); }
  std::uint64_t read_u64(std::string_view what) { return read<std::uint64_t>(what); }
  std::int32_t read_i32(std::string_view what) {
    return static_cast<std::int32_t>(read<std::uint32_t>(what));
  }

 private:
  ByteView take_in_line(std::uint64_t count, std::string_view what) {
    if (count > reader_.remaining()) has_met_end_ = true;
    return reader_.take(count, what);
  }
  std::string_view rest() const { return as_text(bytes_.subspan(reader_.position())); }
  bool has_line_in_frame() const;
  void tear();
  void skip_frame();

  ByteView bytes_;
  ByteReader reader_;
  Framing framing_;
  std::uint64_t frame_end_ = 0;
  bool is_torn_ = false;
  bool has_met_end_ = false;
};

}  // namespace ckpt::pickle
