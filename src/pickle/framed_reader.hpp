// The bytes of a pickle as unpicklers read them, which differ at the end of a FRAME:
//
//   FRAME of 10 bytes | X 10 0 0 0 j j j j j | f f f f f B 3 0 0 0 ...
//                       a string of 10 bytes, 5 of them in the frame
//
//   in a line    jjjjjfffff: what Python's own unpickler refuses, and C does of bytes in memory
//   dropped      fffffB....: C's unpickler drops the rest of the frame when it reads from a file,
//                and takes all 10 bytes anew; what is a string to one reader is opcodes to another
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
  /// Whether some read asked for more than there is.
  bool has_met_end() const { return has_met_end_; }
  /// Whether bytes of the last frame are left.
  bool is_in_frame() const { return reader_.position() < frame_end_; }
  /// The bytes of the last frame that are left, as far as they are there.
  std::size_t remaining_in_frame() const {
    const std::uint64_t left = is_in_frame() ? frame_end_ - reader_.position() : 0;
    return left < remaining() ? static_cast<std::size_t>(left) : remaining();
  }
  /// Whether some argument reached over the end of its frame.
  bool is_torn() const { return is_torn_; }

  /// As ByteReader::take.
  ByteView take(std::uint64_t count, std::string_view what) {
    if (is_in_frame() && count > frame_end_ - reader_.position()) tear();
    return take_in_line(count, what);
  }
  /// The same of bytes that unpicklers since 3.8 copy to where they are wanted: from both sides of
  /// the end of a frame.
  ByteView take_copied(std::uint64_t count, std::string_view what);
  /// The line, without its end. Throws Error{malformed} when it has none.
  std::string_view take_line(std::string_view what);
  /// The same; one that ends with the pickle loses its last byte, as in Python's own unpickler.
  std::string_view take_line_or_rest(std::string_view what);
  /// Begins a frame of so many bytes. Opening one before the last is read to its end is no error.
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
