#include "ckpt/diff/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace ckpt::diff {

namespace {

class Work {
 public:
  Work(std::size_t count, const std::function<void(std::size_t)>& work)
      : count_(count), work_(work) {}

  void run() {
    for (std::size_t i = next_++; i < count_ && !has_failed_; i = next_++) {
      try {
        work_(i);
      } catch (...) {
        note(i, std::current_exception());
      }
    }
  }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void note(std::size_t index, std::exception_ptr failure) {
    const std::scoped_lock lock(mutex_);
    if (!failure_ || index < failed_index_) {
      failure_ = std::move(failure);
      failed_index_ = index;
    }
    has_failed_ = true;
  }

  std::size_t count_;
  const std::function<void(std::size_t)>& work_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> has_failed_ = false;
  std::mutex mutex_;  // guards the two members below
  std::exception_ptr failure_;
  std::size_t failed_index_ = 0;
};

/// When the system has no more threads, the existing ones do all the work.
std::vector<std::jthread> start_helpers(Work& work, std::size_t thread_count) {
  std::vector<std::jthread> helpers;
  try {
    while (helpers.size() + 1 < thread_count) helpers.emplace_back([&work] { work.run(); });
  } catch (const std::system_error&) {
  }
  return helpers;
}

}  // namespace

void for_each_index(std::size_t count, unsigned thread_count,
                    const std::function<void(std::size_t index)>& work) {
  Work shared(count, work);
  {
    const std::vector<std::jthread> helpers =
        start_helpers(shared, std::min<std::size_t>(thread_count, count));
    shared.run();
  }
  shared.rethrow();
}

unsigned usual_thread_count() { return std::clamp(std::thread::hardware_concurrency(), 1U, 4U); }

}  // namespace ckpt::diff
