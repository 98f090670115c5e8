#include "ckpt/tensor/patches.hpp"

#include <algorithm>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::tensor {

namespace {

using Patches = std::vector<Patch>;

std::uint64_t end_of(const Patch& patch) { return patch.offset + patch.bytes.size(); }

class PatchedStream : public model::BlobStream {
 public:
  PatchedStream(std::unique_ptr<model::BlobStream> base, const Patches& patches,
                std::uint64_t offset)
      : base_(std::move(base)), position_(offset) {
    next_ = std::ranges::upper_bound(patches, offset, {}, end_of);
    end_ = patches.end();
  }

  std::size_t read(std::span<std::byte> out) override {
    const std::size_t count = base_->read(out);
    const std::uint64_t end = position_ + count;
    for (; next_ != end_ && next_->offset < end; ++next_) {
      write(*next_, out.first(count));
      if (end_of(*next_) > end) break;  // the rest is in the next block
    }
    position_ = end;
    return count;
  }

 private:
  /// Writes the part of the patch that lies in the block, which starts at position_.
  void write(const Patch& patch, std::span<std::byte> block) const {
    const std::uint64_t first = std::max(patch.offset, position_);
    const std::uint64_t end = std::min(end_of(patch), position_ + block.size());
    std::copy_n(patch.bytes.begin() + static_cast<std::ptrdiff_t>(first - patch.offset),
                end - first, block.begin() + static_cast<std::ptrdiff_t>(first - position_));
  }

  std::unique_ptr<model::BlobStream> base_;
  Patches::const_iterator next_;  // of the blob, which outlives its streams
  Patches::const_iterator end_;
  std::uint64_t position_;
};

class PatchedBlob : public model::Blob {
 public:
  PatchedBlob(std::shared_ptr<const model::Blob> base, Patches patches)
      : base_(std::move(base)), patches_(std::move(patches)) {}

  std::uint64_t size_bytes() const override { return base_->size_bytes(); }
  bool reads(const FileIdentity& file) const override { return base_->reads(file); }
  std::unique_ptr<model::BlobStream> open(std::uint64_t offset) const override {
    return std::make_unique<PatchedStream>(base_->open(offset), patches_, offset);
  }

 private:
  std::shared_ptr<const model::Blob> base_;
  Patches patches_;
};

/// Sorted by offset; of several with the same offset only the last.
Patches in_order(Patches patches) {
  std::ranges::reverse(patches);
  std::ranges::stable_sort(patches, {}, &Patch::offset);
  const auto is_there = [](const Patch& a, const Patch& b) { return a.offset == b.offset; };
  patches.erase(std::unique(patches.begin(), patches.end(), is_there), patches.end());
  return patches;
}

}  // namespace

std::shared_ptr<const model::Blob> make_patched(std::shared_ptr<const model::Blob> base,
                                                std::vector<Patch> patches) {
  patches = in_order(std::move(patches));
  for (const Patch& patch : patches)
    if (patch.offset > base->size_bytes() || end_of(patch) > base->size_bytes())
      throw Error(ErrorKind::malformed,
                  concat("a tensor reaches byte ", end_of(patch), " of a storage of ",
                         counted(base->size_bytes(), "byte")));
  if (patches.size() == 1 && patches.front().bytes.size() == base->size_bytes())
    return model::make_memory_blob(std::move(patches.front().bytes));
  return std::make_shared<PatchedBlob>(std::move(base), std::move(patches));
}

}  // namespace ckpt::tensor
