#include "table.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iomanip>
#include <iostream>
#include <span>
#include <vector>

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

Table::Table()
    : source_(input_bytes, std::byte{1}), file_(source_), target_(std::make_unique<Block>()) {
  std::cout << std::left << std::setw(40) << "loop" << std::right << std::setw(8) << "GB/s"
            << std::setw(12) << "x memcpy" << std::setw(12) << "x pread" << '\n';
}

void Table::heading(std::string_view text) { std::cout << '\n' << text << '\n'; }

void Table::row(std::string_view what, std::size_t byte_count, const std::function<void()>& work) {
  work();
  std::vector<double> seconds;
  std::vector<double> of_memcpy;
  std::vector<double> of_pread;
  double spent = 0;
  while (seconds.size() < most_runs && (seconds.size() < least_runs || spent < enough_seconds)) {
    const double memcpy_seconds = seconds_of([&] { copy_from_memory(byte_count); });
    const double pread_seconds = seconds_of([&] { copy_from_page_cache(byte_count); });
    seconds.push_back(seconds_of(work));
    of_memcpy.push_back(seconds.back() / memcpy_seconds);
    of_pread.push_back(seconds.back() / pread_seconds);
    spent += seconds.back();
  }
  std::cout << "  " << std::left << std::setw(38) << what << std::right << std::fixed
            << std::setprecision(2) << std::setw(8)
            << static_cast<double>(byte_count) / median(seconds) / 1e9 << std::setw(12)
            << median(of_memcpy) << std::setw(12) << median(of_pread) << std::endl;
}

void Table::copy_from_memory(std::size_t byte_count) {
  for_each_block(ckpt::ByteView(source_).first(byte_count), [&](ckpt::ByteView block) {
    std::memcpy(target_->bytes.data(), block.data(), block.size());
  });
}

void Table::copy_from_page_cache(std::size_t byte_count) {
  for (std::size_t at = 0; at < byte_count; at += block_bytes)
    file_.read_at(at, std::span(target_->bytes).first(std::min(block_bytes, byte_count - at)));
}

}  // namespace bench
