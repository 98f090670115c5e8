// Writes opcodes of protocol 2, each in its shortest form, and assigns memo numbers in order.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <utility>

#include "ckpt/base/bytes.hpp"
#include "pickle/opcodes.hpp"

namespace ckpt::pickle {

/// The memo number of a value, assigned by put().
enum class MemoIndex : std::uint32_t {};
inline constexpr MemoIndex no_memo_index{0xFFFF'FFFF};

class Emitter {
 public:
  std::size_t size_bytes() const { return out_.size(); }
  Bytes take() { return std::move(out_); }

  void op(Op op) { out_.push_back(static_cast<std::byte>(op)); }
  void protocol(std::uint8_t protocol);
  void boolean(bool value) { op(value ? Op::newtrue : Op::newfalse); }
  void integer(std::int64_t value);
  /// `value` is two's complement, little endian.
  void long_integer(std::string_view value);
  void real(double value);
  void unicode(std::string_view utf8);
  /// A Python 2 str that is not UTF-8.
  void byte_string(std::string_view bytes);
  void global(std::string_view module, std::string_view name);

  /// Assigns the next memo number to the topmost value.
  MemoIndex put();
  void get(MemoIndex index);

 private:
  template <std::unsigned_integral Number>
  void number(Op opcode, Number value) {
    op(opcode);
    append_little_endian(out_, value);
  }
  void text(std::string_view text) { append_bytes(out_, as_bytes(text)); }

  Bytes out_;
  std::uint32_t next_index_ = 0;
};

}  // namespace ckpt::pickle
