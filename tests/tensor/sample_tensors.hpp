// Small trees of one tensor, over memory, over a file, or over a blob that can only be read in
// order.
#pragma once

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/temporary_folder.hpp"
#include "ckpt/base/file.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/blob.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/tensor/element_stream.hpp"

namespace samples {

using namespace ckpt;
using model::DType;
using test::TemporaryFolder;

template <class Number>
Bytes bytes_of(const std::vector<Number>& numbers) {
  Bytes bytes(numbers.size() * sizeof(Number));
  if (!numbers.empty()) std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

template <class Number>
std::vector<Number> numbers_of(ByteView bytes) {
  std::vector<Number> numbers(bytes.size() / sizeof(Number));
  if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

/// 0, 1, 2, ... as int32
inline Bytes counting(std::int32_t count) {
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return bytes_of(numbers);
}

/// Three bytes of something else come before and after, as in an archive.
class FileBlob : public model::Blob {
 public:
  FileBlob(const std::filesystem::path& path, ByteView bytes) : size_bytes_(bytes.size()) {
    std::ofstream out(path, std::ios::binary);
    out << "xyz" << as_text(bytes) << "xyz";
    out.close();
    file_ = File::open(path);
  }
  std::uint64_t size_bytes() const override { return size_bytes_; }
  std::optional<FileRange> range() const override { return FileRange{file_, 3, size_bytes_}; }
  std::unique_ptr<model::BlobStream> open(std::uint64_t offset) const override {
    return model::open_range({file_, 3 + offset, size_bytes_ - offset});
  }

 private:
  std::shared_ptr<const File> file_;
  std::uint64_t size_bytes_;
};

struct Sample {
  model::Tree tree = {};
  model::Tensor tensor = {};
};

inline Sample sample_of(std::shared_ptr<const model::Blob> blob, DType dtype,
                        model::Layout layout) {
  Sample sample;
  sample.tensor.dtype = dtype;
  sample.tensor.layout = std::move(layout);
  sample.tensor.storage = sample.tree.add_storage({.blob = std::move(blob), .dtype = dtype});
  return sample;
}

inline Sample sample_of(Bytes bytes, DType dtype, model::Layout layout) {
  return sample_of(model::make_memory_blob(std::move(bytes)), dtype, std::move(layout));
}

/// A contiguous tensor of one dimension.
template <class Number>
Sample flat(DType dtype, const std::vector<Number>& numbers) {
  const auto count =
      static_cast<std::int64_t>(numbers.size() * sizeof(Number) / model::row_of(dtype).size_bytes);
  return sample_of(bytes_of(numbers), dtype, {{count}, {1}, 0});
}

inline Bytes read_all(const Sample& sample, std::size_t block_bytes = 64,
                      const tensor::StreamOptions& options = {}) {
  tensor::ElementStream stream(sample.tree.storage_of(sample.tensor), sample.tensor, options);
  Bytes all;
  Bytes block(block_bytes);
  while (const std::size_t count = stream.read(block))
    append_bytes(all, ByteView(block).first(count));
  return all;
}

template <class Number>
std::vector<Number> elements_of(const Sample& sample) {
  return numbers_of<Number>(read_all(sample));
}

}  // namespace samples
