#include "optim/blend.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "ckpt/tensor/cast.hpp"
#include "ckpt/tensor/element_stream.hpp"
#include "ckpt/tensor/elements.hpp"

namespace ckpt::optim {

using model::DType;
using model::NodeId;
using model::Tensor;
using model::Tree;

namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 18;
constexpr std::size_t chunk_elements = 1024;  // so that the doubles stay in the first cache

struct Source {
  std::shared_ptr<const model::Blob> dense;
  double weight = 1;
  double divisor = 1;
};

/// Complex numbers are blended part by part.
DType part_type(DType dtype) {
  if (dtype == DType::complex128) return DType::float64;
  if (dtype == DType::complex64) return DType::float32;
  if (dtype == DType::complex32) return DType::float16;
  return dtype;
}

/// Every element of `block`, which holds as many as `out` has room for.
void read_numbers(DType dtype, ByteView block, std::span<double> out) {
  if (tensor::can_cast(dtype, DType::float64))
    return tensor::cast_elements(dtype, DType::float64, block, std::as_writable_bytes(out));
  const std::size_t width = model::row_of(dtype).size_bytes;
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = tensor::decode_real(dtype, block.subspan(i * width, width));
}

tensor::Number number_for(DType dtype, double value) {
  switch (model::row_of(dtype).number_class) {
    case model::NumberClass::signed_integer:
      return static_cast<std::int64_t>(value);
    case model::NumberClass::unsigned_integer:
      return static_cast<std::uint64_t>(value);
    case model::NumberClass::boolean:
      return value != 0;
    default:
      return value;
  }
}

void write_numbers(DType dtype, std::span<const double> numbers, std::span<std::byte> out) {
  if (tensor::can_cast(DType::float64, dtype))
    return tensor::cast_elements(DType::float64, dtype, std::as_bytes(numbers), out);
  const std::size_t width = model::row_of(dtype).size_bytes;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    tensor::encode(dtype, number_for(dtype, numbers[i]), out.subspan(i * width, width));
}

// What takes part in the blend is added source by source, in loops that the compiler vectorises.

void begin_blend(Blending blending, const Source& source, std::span<double> numbers) {
  if (blending == Blending::sum) {
    if (source.divisor != 1)
      for (double& x : numbers) x /= source.divisor;
    for (double& x : numbers) x *= source.weight;
  } else if (blending == Blending::geometric) {
    for (double& x : numbers) x = source.weight * std::log(x);
  }
}

void continue_blend(Blending blending, std::span<const double> begun, std::span<double> result) {
  for (std::size_t i = 0; i < result.size(); ++i) {
    const double x = begun[i];
    if (blending == Blending::maximum) {
      result[i] = std::isnan(x) || x > result[i] ? x : result[i];
    } else {
      result[i] += x;
    }
  }
}

void end_blend(Blending blending, double scale, std::span<double> result) {
  if (blending == Blending::geometric) {
    for (double& x : result) x = std::exp(x);
  } else if (blending == Blending::sum && scale != 1) {
    for (double& x : result) x = scale * x;
  }
}

class BlendStream : public model::BlobStream {
 public:
  BlendStream(const std::vector<Source>& sources, Blending blending, double scale, DType part,
              std::uint64_t offset)
      : sources_(sources), blending_(blending), scale_(scale), part_(part) {
    part_bytes_ = model::row_of(part).size_bytes;
    for (const Source& source : sources)
      streams_.push_back(source.dense->open(offset - offset % part_bytes_));
    blocks_.resize(sources.size());
    skip_bytes_ = static_cast<std::size_t>(offset % part_bytes_);
  }

  std::size_t read(std::span<std::byte> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      if (next_ == ready_.size() && !fill()) break;
      const std::size_t count = std::min(out.size() - done, ready_.size() - next_);
      std::copy_n(ready_.begin() + static_cast<std::ptrdiff_t>(next_), count,
                  out.begin() + static_cast<std::ptrdiff_t>(done));
      next_ += count;
      done += count;
    }
    return done;
  }

 private:
  bool fill() {
    std::size_t size = block_bytes;
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      blocks_[i].resize(block_bytes);
      blocks_[i].resize(streams_[i]->read(blocks_[i]));
      size = std::min(size, blocks_[i].size());
    }
    ready_.resize(size - size % part_bytes_);
    const std::size_t chunk_bytes = chunk_elements * part_bytes_;
    for (std::size_t at = 0; at < ready_.size(); at += chunk_bytes)
      blend_chunk(at, std::min(chunk_bytes, ready_.size() - at));
    next_ = std::min(skip_bytes_, ready_.size());
    skip_bytes_ = 0;
    return !ready_.empty();
  }

  void blend_chunk(std::size_t at, std::size_t size) {
    std::array<double, chunk_elements> first;
    std::array<double, chunk_elements> next;
    const std::span<double> result = std::span(first).first(size / part_bytes_);
    const std::span<double> numbers = std::span(next).first(size / part_bytes_);
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      const std::span<double> of_source = i == 0 ? result : numbers;
      read_numbers(part_, ByteView(blocks_[i]).subspan(at, size), of_source);
      begin_blend(blending_, sources_[i], of_source);
      if (i > 0) continue_blend(blending_, numbers, result);
    }
    end_blend(blending_, scale_, result);
    write_numbers(part_, result, std::span(ready_).subspan(at, size));
  }

  const std::vector<Source>& sources_;  // of the blob, which outlives its streams
  Blending blending_;
  double scale_;
  DType part_;
  std::size_t part_bytes_ = 1;
  std::size_t skip_bytes_ = 0;
  std::vector<std::unique_ptr<model::BlobStream>> streams_;
  std::vector<Bytes> blocks_;
  Bytes ready_;
  std::size_t next_ = 0;
};

class BlendBlob : public model::Blob {
 public:
  BlendBlob(std::vector<Source> sources, Blending blending, double scale, DType part)
      : sources_(std::move(sources)), blending_(blending), scale_(scale), part_(part) {}
  std::uint64_t size_bytes() const override { return sources_.front().dense->size_bytes(); }
  std::unique_ptr<model::BlobStream> open(std::uint64_t offset) const override {
    return std::make_unique<BlendStream>(sources_, blending_, scale_, part_, offset);
  }

 private:
  std::vector<Source> sources_;
  Blending blending_;
  double scale_;
  DType part_;
};

/// The tensor with its dimensions in the order of its strides: the order of memory.
Tensor in_memory_order(const Tensor& tensor) {
  std::vector<std::size_t> order(tensor.layout.shape.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{},
                           [&](std::size_t d) { return tensor.layout.stride_elements[d]; });
  Tensor permuted = tensor;
  for (std::size_t i = 0; i < order.size(); ++i) {
    permuted.layout.shape[i] = tensor.layout.shape[order[i]];
    permuted.layout.stride_elements[i] = tensor.layout.stride_elements[order[i]];
  }
  return permuted;
}

bool keeps_strides(const Blend& blend) {
  const Share& first = blend.shares.front();
  const Tensor& tensor = first.tree->tensor(first.tensor);
  if (!model::is_contiguous(in_memory_order(tensor).layout)) return false;
  return std::ranges::all_of(blend.shares, [&](const Share& share) {
    return share.tree->tensor(share.tensor).layout.stride_elements == tensor.layout.stride_elements;
  });
}

}  // namespace

NodeId add_blended(Tree& tree, const Blend& blend) {
  const Share& first = blend.shares.front();
  Tensor result = first.tree->tensor(first.tensor);
  const bool is_in_memory_order = result.form == model::TensorForm::strided && keeps_strides(blend);
  std::vector<Source> sources;
  for (const Share& share : blend.shares) {
    const Tensor& tensor = share.tree->tensor(share.tensor);
    sources.push_back({tensor::make_dense_blob(
                           *share.tree, is_in_memory_order ? in_memory_order(tensor) : tensor),
                       share.weight, share.divisor});
  }
  if (!is_in_memory_order)
    result.layout.stride_elements = model::contiguous_strides(result.layout.shape);
  result.layout.offset_elements = 0;
  result.is_conjugated = false;
  result.is_negated = false;
  result.source = model::no_node;
  const std::string location = first.tree->storage_of(result.storage).location;
  result.storage =
      tree.add_storage({.blob = std::make_shared<BlendBlob>(std::move(sources), blend.blending,
                                                            blend.scale, part_type(result.dtype)),
                        .dtype = result.dtype,
                        .location = location});
  const NodeId id = tree.add();
  tree.fill_tensor(id, std::move(result));
  return id;
}

}  // namespace ckpt::optim
