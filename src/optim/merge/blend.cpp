#include "optim/merge/blend.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "ckpt/base/error.hpp"
#include "ckpt/base/page_block.hpp"
#include "ckpt/model/read_fully.hpp"
#include "ckpt/tensor/element_stream.hpp"
#include "ckpt/tensor/weighted_sum.hpp"

namespace ckpt::optim {

using model::DType;
using model::NodeId;
using model::Tensor;
using model::Tree;

namespace {

/// Of all sources together, so that they stay in the second-level cache.
constexpr std::size_t all_block_bytes = std::size_t{1} << 18;
constexpr std::size_t least_bytes = std::size_t{1} << 15;
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

void take_larger(std::span<const double> numbers, std::span<double> result) {
  for (std::size_t i = 0; i < result.size(); ++i) {
    const double x = numbers[i];
    result[i] = std::isnan(x) || x > result[i] ? x : result[i];
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
    for (std::size_t i = 0; i < sources.size(); ++i)
      blocks_.emplace_back(std::max(all_block_bytes / sources.size(), least_bytes));
    const auto skipped = static_cast<std::size_t>(offset % part_bytes_);
    if (skipped > 0 && keep_next()) kept_ = kept_.subspan(skipped);
  }

  std::size_t read(std::span<std::byte> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      const std::span<std::byte> rest = out.subspan(done);
      if (kept_.empty() && rest.size() >= part_bytes_) {
        const std::size_t count = blend_next(rest);
        if (count == 0) break;
        done += count;
      } else {
        if (kept_.empty() && !keep_next()) break;
        const std::size_t count = std::min(kept_.size(), rest.size());
        std::copy_n(kept_.begin(), count, rest.begin());
        kept_ = kept_.subspan(count);
        done += count;
      }
    }
    return done;
  }

 private:
  /// Whole elements straight into `out`, which has room for one; how many bytes.
  std::size_t blend_next(std::span<std::byte> out) {
    std::size_t size = std::min(out.size(), blocks_.front().bytes().size());
    size -= size % part_bytes_;
    size = model::read_fully(*streams_.front(), blocks_.front().bytes().first(size));
    for (std::size_t i = 1; i < streams_.size(); ++i)
      if (model::read_fully(*streams_[i], blocks_[i].bytes().first(size)) != size)
        throw Error(ErrorKind::malformed, "a storage ends before its last byte");
    const std::size_t chunk_bytes = chunk_elements * part_bytes_;
    for (std::size_t at = 0; at < size; at += chunk_bytes)
      blend_chunk(at, out.subspan(at, std::min(chunk_bytes, size - at)));
    return size;
  }

  /// One element aside, for a reader that asks for a part of it.
  bool keep_next() {
    kept_ = std::span(one_).first(part_bytes_);
    if (blend_next(kept_) > 0) return true;
    kept_ = {};
    return false;
  }

  void blend_chunk(std::size_t at, std::span<std::byte> out) {
    alignas(64) std::array<double, chunk_elements> numbers;
    const std::span<double> result = std::span(numbers).first(out.size() / part_bytes_);
    for (std::size_t i = 0; i < sources_.size(); ++i)
      blend_source(i, ByteView(blocks_[i].bytes()).subspan(at, out.size()), result);
    end_blend(blending_, scale_, result);
    tensor::store_numbers(part_, result, out);
  }

  void blend_source(std::size_t i, ByteView block, std::span<double> result) const {
    const Source& source = sources_[i];
    const auto place = i == 0 ? tensor::TermPlace::first : tensor::TermPlace::later;
    if (blending_ == Blending::sum)
      return tensor::add_term(part_, block, {source.weight, source.divisor, place}, result);
    alignas(64) std::array<double, chunk_elements> space;
    const std::span<double> numbers = std::span(space).first(result.size());
    tensor::add_term(part_, block, {.place = tensor::TermPlace::first}, numbers);
    if (blending_ == Blending::geometric) {
      for (double& x : numbers) x = std::log(x);
      tensor::add_term(DType::float64, std::as_bytes(numbers),
                       {.weight = source.weight, .place = place}, result);
    } else if (i == 0) {
      std::ranges::copy(numbers, result.begin());
    } else {
      take_larger(numbers, result);
    }
  }

  const std::vector<Source>& sources_;  // of the blob, which outlives its streams
  Blending blending_;
  double scale_;
  DType part_;
  std::size_t part_bytes_ = 1;
  std::vector<std::unique_ptr<model::BlobStream>> streams_;
  std::vector<PageBlock> blocks_;
  std::array<std::byte, 16> one_{};
  std::span<std::byte> kept_;  // into one_
};

class BlendBlob : public model::Blob {
 public:
  BlendBlob(std::vector<Source> sources, Blending blending, double scale, DType part)
      : sources_(std::move(sources)), blending_(blending), scale_(scale), part_(part) {}
  std::uint64_t size_bytes() const override { return sources_.front().dense->size_bytes(); }
  bool reads(const FileIdentity& file) const override {
    return std::ranges::any_of(sources_,
                               [&file](const Source& source) { return source.dense->reads(file); });
  }
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
  if (!model::is_contiguous(in_memory_order(first.tensor).layout)) return false;
  return std::ranges::all_of(blend.shares, [&](const Share& share) {
    return share.tensor.layout.stride_elements == first.tensor.layout.stride_elements;
  });
}

}  // namespace

Tensor blended(Tree& tree, const Blend& blend) {
  const Share& first = blend.shares.front();
  Tensor result = first.tensor;
  const bool is_in_memory_order = result.form == model::TensorForm::strided && keeps_strides(blend);
  std::vector<Source> sources;
  for (const Share& share : blend.shares)
    sources.push_back(
        {tensor::make_dense_blob(*share.tree,
                                 is_in_memory_order ? in_memory_order(share.tensor) : share.tensor),
         share.weight, share.divisor});
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
  return result;
}

NodeId add_tensor(Tree& tree, Tensor tensor) {
  const NodeId id = tree.add();
  tree.fill_tensor(id, std::move(tensor));
  return id;
}

}  // namespace ckpt::optim
