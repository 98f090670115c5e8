// One row for each loop: how fast it goes through memory, beside memcpy of as many bytes. Loop and
// memcpy run in turn, so that a busy machine slows both; figures are medians.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "ckpt/base/bytes.hpp"

namespace bench {

class Table {
 public:
  Table();

  /// A line between groups.
  void heading(std::string_view text);
  /// Runs `work` several times. `byte_count`, at most input_bytes, is what it reads or what it
  /// writes, whichever is more.
  void row(std::string_view what, std::size_t byte_count, const std::function<void()>& work);

 private:
  double memcpy_seconds(std::size_t byte_count);

  ckpt::Bytes source_;
  ckpt::Bytes target_;
};

}  // namespace bench
