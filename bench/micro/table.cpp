#include "table.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iomanip>
#include <iostream>

#include "inputs.hpp"

namespace bench {

namespace {

constexpr std::size_t most_runs = 9;
constexpr std::size_t least_runs = 3;
constexpr double enough_seconds = 1;

double seconds_of(const std::function<void()>& work) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begin = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double median(std::vector<double> numbers) {
  std::ranges::sort(numbers);
  return numbers[numbers.size() / 2];
}

}  // namespace

Table::Table() : source_(input_bytes, std::byte{1}), target_(block_bytes) {
  std::cout << std::left << std::setw(40) << "loop" << std::right << std::setw(8) << "GB/s"
            << std::setw(12) << "x memcpy" << '\n';
}

void Table::heading(std::string_view text) { std::cout << '\n' << text << '\n'; }

void Table::row(std::string_view what, std::size_t byte_count, const std::function<void()>& work) {
  work();
  std::vector<double> seconds;
  std::vector<double> ratios;
  double spent = 0;
  while (seconds.size() < most_runs && (seconds.size() < least_runs || spent < enough_seconds)) {
    const double of_memcpy = memcpy_seconds(byte_count);
    seconds.push_back(seconds_of(work));
    ratios.push_back(seconds.back() / of_memcpy);
    spent += seconds.back();
  }
  std::cout << "  " << std::left << std::setw(38) << what << std::right << std::fixed
            << std::setprecision(2) << std::setw(8)
            << static_cast<double>(byte_count) / median(seconds) / 1e9 << std::setw(12)
            << median(ratios) << std::endl;
}

double Table::memcpy_seconds(std::size_t byte_count) {
  return seconds_of([&] {
    for_each_block(ckpt::ByteView(source_).first(byte_count), [&](ckpt::ByteView block) {
      std::memcpy(target_.data(), block.data(), block.size());
    });
  });
}

}  // namespace bench
