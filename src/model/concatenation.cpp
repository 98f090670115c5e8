#include "ckpt/model/concatenation.hpp"

#include <limits>

#include "ckpt/base/error.hpp"

namespace ckpt::model {

namespace {

using Parts = std::vector<std::shared_ptr<const Blob>>;

class ConcatenationStream : public BlobStream {
 public:
  ConcatenationStream(const Parts& parts, std::uint64_t offset) : parts_(parts) {
    while (next_ < parts_.size() && offset >= parts_[next_]->size_bytes())
      offset -= parts_[next_++]->size_bytes();
    if (next_ < parts_.size()) stream_ = parts_[next_++]->open(offset);
  }

  std::size_t read(std::span<std::byte> out) override {
    std::size_t done = 0;
    while (stream_ && done < out.size()) {
      const std::size_t count = stream_->read(out.subspan(done));
      done += count;
      if (done < out.size()) stream_ = next_ < parts_.size() ? parts_[next_++]->open(0) : nullptr;
    }
    return done;
  }

 private:
  const Parts& parts_;  // of the blob, which outlives its streams
  std::size_t next_ = 0;
  std::unique_ptr<BlobStream> stream_;
};

class Concatenation : public ComposedBlob {
 public:
  Concatenation(Parts parts, std::uint64_t size_bytes)
      : parts_(std::move(parts)), size_bytes_(size_bytes) {}
  std::uint64_t size_bytes() const override { return size_bytes_; }
  std::span<const std::shared_ptr<const Blob>> parts() const override { return parts_; }
  std::uint64_t rows() const override { return 1; }
  std::unique_ptr<BlobStream> open(std::uint64_t offset) const override {
    return std::make_unique<ConcatenationStream>(parts_, offset);
  }

 private:
  Parts parts_;
  std::uint64_t size_bytes_;
};

}  // namespace

std::shared_ptr<const Blob> make_concatenation(Parts parts) {
  if (parts.size() == 1) return parts.front();
  std::uint64_t size_bytes = 0;
  for (const auto& part : parts) {
    if (part->size_bytes() > std::numeric_limits<std::uint64_t>::max() - size_bytes)
      throw Error(ErrorKind::limit, "the parts are too large together");
    size_bytes += part->size_bytes();
  }
  return std::make_shared<Concatenation>(std::move(parts), size_bytes);
}

}  // namespace ckpt::model
