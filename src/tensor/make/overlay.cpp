// Reads the base block by block. Writes are sorted by their first byte and opened when the block
// reaches them; each keeps its position between blocks, so nothing is read twice.

#include "ckpt/tensor/overlay.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "tensor/read/axes.hpp"

namespace ckpt::tensor {

using model::Layout;

namespace {

constexpr std::size_t block_bytes = std::size_t{64} << 10;

/// Delivers the bytes of a stream in pieces of any size, although the stream may need whole
/// elements.
class PieceReader {
 public:
  explicit PieceReader(std::unique_ptr<model::BlobStream> stream)
      : stream_(std::move(stream)), block_(block_bytes) {}

  void read(std::span<std::byte> out) {
    while (!out.empty()) {
      if (used_ == filled_) refill();
      const std::size_t count = std::min(out.size(), filled_ - used_);
      std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(used_), count, out.begin());
      used_ += count;
      out = out.subspan(count);
    }
  }

 private:
  void refill() {
    used_ = 0;
    filled_ = stream_->read(block_);
    if (filled_ == 0) throw Error(ErrorKind::malformed, "a storage ends before its last byte");
  }

  std::unique_ptr<model::BlobStream> stream_;
  Bytes block_;
  std::size_t used_ = 0;
  std::size_t filled_ = 0;
};

/// The number of elements that are adjacent in the storage, from the smallest stride up.
std::uint64_t run_length(const std::vector<Axis>& axes) {
  return !axes.empty() && axes.back().stride == 1 ? axes.back().count : 1;
}

/// An active write: its next position, and the stream of its elements.
class OpenWrite {
 public:
  OpenWrite(const Write& write, std::size_t sequence)
      : sequence_(sequence),
        element_bytes_(write.element_bytes),
        axes_(reduced_axes(write.layout)),
        runs_(axes_, static_cast<std::uint64_t>(write.layout.offset_elements), 0,
              static_cast<std::uint64_t>(model::element_count(write.layout.shape))),
        elements_(write.elements->open(0)) {}

  std::size_t sequence() const { return sequence_; }
  bool is_done() const { return run_bytes_ == 0 && runs_.is_at_end(); }

  /// Applies the write to the bytes of the storage that start at `first`. Calls must come in order.
  void apply(std::uint64_t first, std::span<std::byte> bytes) {
    for_each_run(first, bytes.size(), [&](std::size_t offset, std::size_t count) {
      elements_.read(bytes.subspan(offset, count));
    });
  }

  /// The same run by run: `take` reads the bytes for an offset relative to `first`.
  template <class Take>
  void for_each_run(std::uint64_t first, std::uint64_t size, Take take) {
    const std::uint64_t end = first + size;
    while (true) {
      if (run_bytes_ == 0 && !next_run()) return;
      if (position_ >= end) return;
      const std::size_t count =
          static_cast<std::size_t>(std::min<std::uint64_t>(run_bytes_, end - position_));
      take(static_cast<std::size_t>(position_ - first), count);
      position_ += count;
      run_bytes_ -= count;
    }
  }

  void read(std::span<std::byte> out) { elements_.read(out); }

 private:
  bool next_run() {
    if (runs_.is_at_end()) return false;
    const Box run = runs_.next(run_length(axes_));
    position_ = run.offset * element_bytes_;
    run_bytes_ = run.element_count * element_bytes_;
    return true;
  }

  std::size_t sequence_;
  std::uint64_t element_bytes_;
  std::vector<Axis> axes_;
  BoxCursor runs_;
  PieceReader elements_;
  std::uint64_t position_ = 0;
  std::uint64_t run_bytes_ = 0;
};

/// The first byte of a write and its index.
struct Placed {
  std::uint64_t first_byte = 0;
  std::size_t sequence = 0;
};

struct Plan {
  std::vector<Write> writes;
  std::vector<Placed> placed;  // sorted by first byte
};

Plan make_plan(std::vector<Write> writes) {
  Plan plan{.writes = std::move(writes), .placed = {}};
  for (std::size_t i = 0; i < plan.writes.size(); ++i) {
    const Write& write = plan.writes[i];
    const auto first = static_cast<std::uint64_t>(write.layout.offset_elements);
    if (model::element_count(write.layout.shape) > 0)
      plan.placed.push_back({first * write.element_bytes, i});
  }
  std::ranges::stable_sort(plan.placed, {}, &Placed::first_byte);
  return plan;
}

/// A block of a storage that remembers which write has set each byte.
class OwnedBlock {
 public:
  OwnedBlock() : bytes_(block_bytes), owners_(block_bytes), run_(block_bytes) {}

  void clear() { std::ranges::fill(owners_, 0); }

  /// Applies a run of `write` at `offset`. Returns the index of another write that set a byte
  /// differently.
  std::optional<std::size_t> set(OpenWrite& write, std::size_t offset, std::size_t count) {
    const std::span<std::byte> run = std::span(run_).first(count);
    write.read(run);
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t& owner = owners_[offset + i];
      if (owner != 0 && bytes_[offset + i] != run[i]) return owner - 1;
      bytes_[offset + i] = run[i];
      if (owner == 0) owner = write.sequence() + 1;
    }
    return std::nullopt;
  }

 private:
  Bytes bytes_;
  std::vector<std::size_t> owners_;  // 0: none
  Bytes run_;
};

class OverlayStream : public model::BlobStream {
 public:
  OverlayStream(std::unique_ptr<model::BlobStream> base, std::shared_ptr<const Plan> plan)
      : base_(std::move(base)), plan_(std::move(plan)) {}

  std::size_t read(std::span<std::byte> out) override {
    const std::size_t count = base_->read(out);
    const std::span<std::byte> bytes = out.first(count);
    open_until(position_ + count);
    for (OpenWrite& write : open_) write.apply(position_, bytes);
    std::erase_if(open_, [](const OpenWrite& write) { return write.is_done(); });
    position_ += count;
    return count;
  }

 private:
  /// Writes are kept in the given order: later ones win.
  void open_until(std::uint64_t end) {
    const std::vector<Placed>& placed = plan_->placed;
    for (; next_ < placed.size() && placed[next_].first_byte < end; ++next_) {
      const std::size_t sequence = placed[next_].sequence;
      const auto later = std::ranges::upper_bound(open_, sequence, {}, &OpenWrite::sequence);
      open_.emplace(later, plan_->writes[sequence], sequence);
    }
  }

  std::unique_ptr<model::BlobStream> base_;
  std::shared_ptr<const Plan> plan_;
  std::vector<OpenWrite> open_;
  std::size_t next_ = 0;
  std::uint64_t position_ = 0;
};

class OverlayBlob : public model::Blob {
 public:
  OverlayBlob(std::shared_ptr<const model::Blob> base, std::vector<Write> writes)
      : base_(std::move(base)), plan_(std::make_shared<const Plan>(make_plan(std::move(writes)))) {}

  std::uint64_t size_bytes() const override { return base_->size_bytes(); }

  bool reads(const FileIdentity& file) const override {
    return base_->reads(file) || std::ranges::any_of(plan_->writes, [&file](const Write& write) {
             return write.elements->reads(file);
           });
  }

  std::unique_ptr<model::BlobStream> open(std::uint64_t offset) const override {
    auto stream = std::make_unique<OverlayStream>(base_->open(0), plan_);
    Bytes skipped(static_cast<std::size_t>(std::min<std::uint64_t>(offset, block_bytes)));
    while (offset > 0) {
      const std::size_t wanted =
          static_cast<std::size_t>(std::min<std::uint64_t>(offset, skipped.size()));
      const std::size_t count = stream->read(std::span(skipped).first(wanted));
      if (count == 0) throw Error(ErrorKind::malformed, "a storage ends before its last byte");
      offset -= count;
    }
    return stream;
  }

 private:
  std::shared_ptr<const model::Blob> base_;
  std::shared_ptr<const Plan> plan_;
};

/// The offset behind the last byte that the write reaches.
std::uint64_t end_bytes(const Write& write) {
  const auto reach = static_cast<std::uint64_t>(model::reach_elements(write.layout));
  return checked_multiply<std::uint64_t>(reach, write.element_bytes, "reach of a tensor");
}

/// Whether the axes visit the storage in order, from first byte to last.
bool is_in_order(const Layout& layout) {
  std::int64_t span = 1;
  for (std::size_t i = layout.shape.size(); i-- > 0;) {
    if (layout.shape[i] <= 1) continue;
    if (layout.stride_elements[i] < span) return false;
    span += (layout.shape[i] - 1) * layout.stride_elements[i];
  }
  return true;
}

}  // namespace

std::optional<WriteClash> find_write_clash(std::vector<Write> writes) {
  const Plan plan = make_plan(std::move(writes));
  std::vector<OpenWrite> open;
  std::optional<WriteClash> clash;
  OwnedBlock block;
  std::uint64_t position = 0;
  for (std::size_t next = 0; next < plan.placed.size() || !open.empty(); position += block_bytes) {
    if (open.empty()) position = plan.placed[next].first_byte;
    for (; next < plan.placed.size() && plan.placed[next].first_byte < position + block_bytes;
         ++next)
      open.emplace_back(plan.writes[plan.placed[next].sequence], plan.placed[next].sequence);
    block.clear();
    for (OpenWrite& write : open)
      write.for_each_run(position, block_bytes, [&](std::size_t offset, std::size_t count) {
        const auto other = block.set(write, offset, count);
        if (other && !clash)
          clash =
              WriteClash{std::min(*other, write.sequence()), std::max(*other, write.sequence())};
      });
    if (clash) return clash;
    std::erase_if(open, [](const OpenWrite& write) { return write.is_done(); });
  }
  return std::nullopt;
}

std::vector<std::size_t> storage_order(const Layout& layout) {
  std::vector<std::size_t> order(layout.shape.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{}, [&](std::size_t axis) {
    return layout.shape[axis] == 1 ? std::int64_t{-1} : layout.stride_elements[axis];
  });
  if (model::element_count(layout.shape) > 0 && !is_in_order(permuted(layout, order)))
    throw Error(ErrorKind::unsupported, concat("a view of shape ", shape_text(layout.shape),
                                               " and strides ", shape_text(layout.stride_elements),
                                               " is not written into: its elements share memory"));
  return order;
}

Layout permuted(const Layout& layout, const std::vector<std::size_t>& order) {
  Layout result{.shape = {}, .stride_elements = {}, .offset_elements = layout.offset_elements};
  for (const std::size_t axis : order) {
    result.shape.push_back(layout.shape[axis]);
    result.stride_elements.push_back(layout.stride_elements[axis]);
  }
  return result;
}

std::shared_ptr<const model::Blob> make_overlay(std::shared_ptr<const model::Blob> base,
                                                std::vector<Write> writes) {
  for (const Write& write : writes) {
    if (end_bytes(write) > base->size_bytes())
      throw Error(ErrorKind::malformed,
                  concat("a tensor reaches byte ", end_bytes(write), " of a storage of ",
                         counted(base->size_bytes(), "byte")));
    if (!is_in_order(write.layout)) throw std::logic_error("a write against the storage's order");
  }
  return std::make_shared<OverlayBlob>(std::move(base), std::move(writes));
}

}  // namespace ckpt::tensor
