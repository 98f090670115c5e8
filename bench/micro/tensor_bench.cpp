// How fast the loops over elements are, beside memcpy of the same bytes, on one core and on blocks
// that come from memory. Medians; GB/s of the bytes read.
//
//   tensor_bench            prints one row for each loop and dtype
#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <iomanip>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/dtype.hpp"
#include "ckpt/tensor/cast.hpp"
#include "ckpt/tensor/statistics.hpp"

namespace {

using ckpt::Bytes;
using ckpt::ByteView;
using ckpt::model::DType;
using Clock = std::chrono::steady_clock;

constexpr std::size_t total_bytes = std::size_t{128} << 20;
constexpr std::size_t block_bytes = std::size_t{256} << 10;
constexpr int repetitions = 7;

double median_seconds(const std::function<void()>& work) {
  std::vector<double> seconds;
  for (int i = 0; i < repetitions; ++i) {
    const Clock::time_point begin = Clock::now();
    work();
    seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  }
  std::ranges::sort(seconds);
  return seconds[seconds.size() / 2];
}

void print_row(std::string_view what, double seconds, double memcpy_seconds) {
  std::cout << std::left << std::setw(36) << what << std::right << std::fixed
            << std::setprecision(2) << std::setw(8) << total_bytes / seconds / 1e9 << std::setw(10)
            << seconds / memcpy_seconds << '\n';
}

/// Numbers between -1 and 1, as weights are.
Bytes make_floats(std::size_t count) {
  std::vector<float> numbers(count);
  std::uint64_t state = 1;
  for (float& number : numbers) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    number = static_cast<float>(static_cast<std::int32_t>(state >> 32)) / 2147483648.0F;
  }
  Bytes bytes(count * sizeof(float));
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

Bytes make_elements(DType dtype) {
  const std::size_t count = total_bytes / ckpt::model::row_of(dtype).size_bytes;
  const Bytes floats = make_floats(count);
  if (!ckpt::tensor::can_cast(DType::float32, dtype))
    return Bytes(floats.begin(), floats.begin() + static_cast<std::ptrdiff_t>(
                                                      std::min(floats.size(), total_bytes)));
  Bytes elements(total_bytes);
  ckpt::tensor::cast_elements(DType::float32, dtype, floats, elements);
  return elements;
}

template <class Work>
void for_each_block(const Bytes& bytes, Work work) {
  for (std::size_t at = 0; at < bytes.size(); at += block_bytes)
    work(ByteView(bytes).subspan(at, std::min(block_bytes, bytes.size() - at)));
}

void run(DType dtype, std::string_view name) {
  const Bytes elements = make_elements(dtype);
  Bytes out(block_bytes * 8);
  const double memcpy_seconds = median_seconds([&] {
    for_each_block(elements,
                   [&](ByteView block) { std::memcpy(out.data(), block.data(), block.size()); });
  });
  print_row(std::string("memcpy ") += name, memcpy_seconds, memcpy_seconds);
  print_row(std::string("statistics ") += name, median_seconds([&] {
              ckpt::tensor::StatisticsAccumulator statistics(dtype);
              for_each_block(elements, [&](ByteView block) { statistics.add(block); });
            }),
            memcpy_seconds);
  for (const DType to : {DType::float32, DType::bfloat16, DType::float16, DType::float8_e4m3fn}) {
    if (to == dtype || !ckpt::tensor::can_cast(dtype, to)) continue;
    std::string what = std::string("cast ") += name;
    (what += " to ") += ckpt::model::row_of(to).name;
    print_row(what, median_seconds([&] {
                for_each_block(elements, [&](ByteView block) {
                  ckpt::tensor::cast_elements(dtype, to, block, out);
                });
              }),
              memcpy_seconds);
  }
}

}  // namespace

int main() {
  std::cout << std::left << std::setw(36) << "loop" << std::right << std::setw(8) << "GB/s"
            << std::setw(10) << "x memcpy" << '\n';
  for (const DType dtype : {DType::float32, DType::float64, DType::bfloat16, DType::float16,
                            DType::float8_e4m3fn, DType::int8, DType::int64})
    run(dtype, ckpt::model::row_of(dtype).name);
}
