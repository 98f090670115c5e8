// A box is copied in two steps: runs of the storage into a scratch buffer, then spread() from there
// to the output. Plan decides which axes one read covers, from the cost of a gap and of a system
// call.

#include "tensor/read/gather.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "tensor/read/transpose.hpp"

namespace ckpt::tensor {

namespace {

constexpr std::size_t scratch_bytes = std::size_t{256} << 10;
constexpr std::size_t cache_line_bytes = 64;
/// About as many bytes as can be copied from the page cache in the time of one more system call.
constexpr std::size_t worthwhile_gap_bytes = 2048;

/// An axis with its stride on both sides, in elements.
struct Step {
  std::uint64_t count = 1;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

/// Counts through all positions of some axes, the last one fastest.
class Odometer {
 public:
  explicit Odometer(std::span<const Step> steps) : steps_(steps), index_(steps.size()) {}

  std::uint64_t from() const { return from_; }
  std::uint64_t to() const { return to_; }

  /// Returns false after the last position.
  bool advance() {
    for (std::size_t i = steps_.size(); i-- > 0;) {
      from_ += steps_[i].from;
      to_ += steps_[i].to;
      if (++index_[i] < steps_[i].count) return true;
      from_ -= steps_[i].from * steps_[i].count;
      to_ -= steps_[i].to * steps_[i].count;
      index_[i] = 0;
    }
    return false;
  }

 private:
  std::span<const Step> steps_;
  std::vector<std::uint64_t> index_;
  std::uint64_t from_ = 0;
  std::uint64_t to_ = 0;
};

template <std::size_t element_bytes>
void copy_strided(const std::byte* from, std::byte* to, const Step& step) {
  for (std::uint64_t i = 0; i < step.count; ++i)
    std::memcpy(to + i * step.to * element_bytes, from + i * step.from * element_bytes,
                element_bytes);
}

void copy_row(const std::byte* from, std::byte* to, const Step& step, std::size_t element_bytes) {
  if (step.from == 1 && step.to == 1) {
    std::memcpy(to, from, step.count * element_bytes);
    return;
  }
  switch (element_bytes) {
    case 1:
      return copy_strided<1>(from, to, step);
    case 2:
      return copy_strided<2>(from, to, step);
    case 4:
      return copy_strided<4>(from, to, step);
    case 8:
      return copy_strided<8>(from, to, step);
    default:
      return copy_strided<16>(from, to, step);
  }
}

/// Copies the elements that `steps` reach. The smallest output stride goes innermost, and beside it
/// the smallest storage stride if that is another axis: two such axes are a transposition.
void spread(const std::byte* from, std::byte* to, std::vector<Step> steps,
            std::size_t element_bytes) {
  if (steps.empty()) steps.push_back({1, 1, 1});
  std::ranges::sort(steps, std::ranges::greater{}, &Step::to);
  const Step row = steps.back();
  steps.pop_back();
  Step column;
  const auto next_to = std::ranges::find(steps, std::uint64_t{1}, &Step::from);
  const bool is_transposed = row.to == 1 && row.from != 1 && next_to != steps.end();
  if (is_transposed) {
    column = *next_to;
    steps.erase(next_to);
  }
  Odometer position(steps);
  do {
    const std::byte* source = from + position.from() * element_bytes;
    std::byte* target = to + position.to() * element_bytes;
    if (is_transposed) {
      transpose(source, target, {row.count, column.count, row.from, column.to}, element_bytes);
    } else {
      copy_row(source, target, row, element_bytes);
    }
  } while (position.advance());
}

/// How a box is read: the axes `run` are covered by one read of `run_elements`; `batch` runs are
/// read side by side; `outer` counts through the remaining axes.
struct Plan {
  std::vector<Step> run;
  std::uint64_t run_elements = 1;
  Step batch;
  std::vector<Step> outer;

  /// Whether a run has the same order in output and storage.
  bool is_copied() const { return run.size() == 1 && run.front().from == 1 && run.front().to == 1; }
};

/// How many positions of `axis` one read covers after `run_elements`; 1 when the gaps are too wide.
std::uint64_t steps_in_run(const Step& axis, std::uint64_t run_elements,
                           std::size_t element_bytes) {
  if (axis.from > run_elements && (axis.from - run_elements) * element_bytes > worthwhile_gap_bytes)
    return 1;
  if (axis.from == 0) return axis.count;
  const std::uint64_t limit = scratch_bytes / element_bytes;
  return std::min(axis.count, (limit - run_elements) / axis.from + 1);
}

std::vector<Step> steps_of(const Box& box) {
  std::vector<Step> steps(box.axes.size());
  std::uint64_t to = 1;
  for (std::size_t i = steps.size(); i-- > 0;) {
    steps[i] = {box.axes[i].count, box.axes[i].stride, to};
    to *= box.axes[i].count;
  }
  return steps;
}

/// Adds whole axes to the run, smallest stride first, until one does not fit.
Plan make_plan(std::vector<Step> steps, std::size_t element_bytes) {
  std::ranges::sort(steps, {}, &Step::from);
  Plan plan;
  std::size_t taken = 0;
  for (; taken < steps.size(); ++taken) {
    const Step& axis = steps[taken];
    if (steps_in_run(axis, plan.run_elements, element_bytes) < axis.count) break;
    plan.run.push_back(axis);
    plan.run_elements += (axis.count - 1) * axis.from;
  }
  plan.outer.assign(steps.begin() + static_cast<std::ptrdiff_t>(taken), steps.end());
  if (plan.outer.empty()) return plan;
  const auto batch = std::ranges::min_element(plan.outer, {}, &Step::to);
  plan.batch = *batch;
  plan.outer.erase(batch);
  return plan;
}

class BoxReader {
 public:
  BoxReader(const RandomAccess& storage, std::size_t element_bytes, std::span<std::byte> scratch)
      : storage_(storage), element_bytes_(element_bytes), scratch_(scratch) {}

  void read(const Plan& plan, std::uint64_t offset, std::byte* out) {
    if (plan.is_copied()) return copy(plan, offset, out);
    const std::uint64_t runs_at_once = scratch_.size() / (slot_elements(plan) * element_bytes_);
    Odometer position(plan.outer);
    do {
      for (std::uint64_t first = 0; first < plan.batch.count; first += runs_at_once) {
        const std::uint64_t count = std::min(runs_at_once, plan.batch.count - first);
        read_runs(plan, count, offset + position.from() + first * plan.batch.from);
        spread_runs(plan, count, out + (position.to() + first * plan.batch.to) * element_bytes_);
      }
    } while (position.advance());
  }

 private:
  /// Runs are a cache line apart. Otherwise runs of 2^n bytes would compete for the same few lines.
  std::uint64_t slot_elements(const Plan& plan) const {
    return plan.run_elements + cache_line_bytes / element_bytes_;
  }

  void copy(const Plan& plan, std::uint64_t offset, std::byte* out) {
    const auto run_bytes = static_cast<std::size_t>(plan.run_elements * element_bytes_);
    Odometer position(plan.outer);
    do {
      for (std::uint64_t i = 0; i < plan.batch.count; ++i) {
        const std::uint64_t to = position.to() + i * plan.batch.to;
        storage_.read_at((offset + position.from() + i * plan.batch.from) * element_bytes_,
                         {out + to * element_bytes_, run_bytes});
      }
    } while (position.advance());
  }

  void read_runs(const Plan& plan, std::uint64_t count, std::uint64_t offset) {
    const auto run_bytes = static_cast<std::size_t>(plan.run_elements * element_bytes_);
    const auto slot_bytes = static_cast<std::size_t>(slot_elements(plan) * element_bytes_);
    for (std::uint64_t i = 0; i < count; ++i)
      storage_.read_at((offset + i * plan.batch.from) * element_bytes_,
                       scratch_.subspan(static_cast<std::size_t>(i) * slot_bytes, run_bytes));
  }

  void spread_runs(const Plan& plan, std::uint64_t count, std::byte* out) {
    std::vector<Step> steps = plan.run;
    if (count > 1) steps.push_back({count, slot_elements(plan), plan.batch.to});
    spread(scratch_.data(), out, std::move(steps), element_bytes_);
  }

  const RandomAccess& storage_;
  std::size_t element_bytes_;
  std::span<std::byte> scratch_;
};

/// The axis that fits into a run only in part, and how much of it; count 0: there is none.
struct Cut {
  std::size_t axis = 0;
  std::uint64_t count = 0;
};

Cut find_cut(const std::vector<Step>& steps, std::size_t element_bytes) {
  std::vector<std::size_t> order(steps.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::size_t i) { return steps[i].from; });
  std::uint64_t run_elements = 1;
  for (const std::size_t axis : order) {
    const std::uint64_t count = steps_in_run(steps[axis], run_elements, element_bytes);
    if (count < steps[axis].count) return {axis, count > 1 ? count : 0};
    run_elements += (count - 1) * steps[axis].from;
  }
  return {};
}

}  // namespace

Gatherer::Gatherer(const RandomAccess& storage, std::size_t element_bytes)
    : storage_(storage),
      element_bytes_(element_bytes),
      scratch_(scratch_bytes + cache_line_bytes) {}

void Gatherer::gather(const Box& box, std::span<std::byte> out) {
  std::vector<Step> steps = steps_of(box);
  BoxReader reader(storage_, element_bytes_, scratch_);
  const Cut cut = find_cut(steps, element_bytes_);
  if (cut.count == 0) return reader.read(make_plan(steps, element_bytes_), box.offset, out.data());
  const Step whole = steps[cut.axis];
  for (std::uint64_t first = 0; first < whole.count; first += cut.count) {
    steps[cut.axis].count = std::min(cut.count, whole.count - first);
    reader.read(make_plan(steps, element_bytes_), box.offset + first * whole.from,
                out.data() + first * whole.to * element_bytes_);
  }
}

}  // namespace ckpt::tensor
