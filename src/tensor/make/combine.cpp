// The blob of a combination holds the sources and the operation. Its stream reads a block of each
// source, decodes chunks to doubles, combines them and rounds once.

#include "ckpt/tensor/combine.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numeric>

#include "ckpt/base/error.hpp"
#include "ckpt/base/page_block.hpp"
#include "ckpt/model/blob.hpp"
#include "ckpt/model/read_fully.hpp"
#include "ckpt/tensor/element_stream.hpp"
#include "ckpt/tensor/weighted_sum.hpp"

namespace ckpt::tensor {

using model::DType;
using model::Tensor;
using model::Tree;

namespace {

/// For all inputs together, so that they stay in the second-level cache.
constexpr std::size_t all_block_bytes = std::size_t{1} << 18;
constexpr std::size_t least_bytes = std::size_t{1} << 15;
constexpr std::size_t chunk_elements = 1024;  // the doubles stay in the first-level cache

TermPlace place_of(std::size_t operand) {
  return operand == 0 ? TermPlace::first : TermPlace::later;
}

void sum_weighted(DType dtype, std::span<const Operand> operands, std::span<double> result) {
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Operand& operand = operands[i];
    add_term(dtype, operand.elements, {operand.weight, operand.divisor, place_of(i)}, result);
  }
}

/// The elements as numbers, in `space`, which holds one chunk.
std::span<double> numbers_of(DType dtype, const Operand& operand,
                             std::span<double, chunk_elements> space, std::size_t count) {
  const std::span<double> numbers = space.first(count);
  add_term(dtype, operand.elements, {.place = TermPlace::first}, numbers);
  return numbers;
}

void take_largest(DType dtype, std::span<const Operand> operands, std::span<double> result) {
  alignas(64) std::array<double, chunk_elements> space;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const std::span<double> numbers = numbers_of(dtype, operands[i], space, result.size());
    for (std::size_t n = 0; n < result.size(); ++n) {
      const double x = numbers[n];
      result[n] = i == 0 || std::isnan(x) || x > result[n] ? x : result[n];
    }
  }
}

void average_logarithms(DType dtype, std::span<const Operand> operands, std::span<double> result) {
  alignas(64) std::array<double, chunk_elements> space;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const std::span<double> numbers = numbers_of(dtype, operands[i], space, result.size());
    for (double& x : numbers) x = std::log(x);
    add_term(DType::float64, std::as_bytes(numbers),
             {.weight = operands[i].weight, .place = place_of(i)}, result);
  }
  for (double& x : result) x = std::exp(x);
}

constexpr std::array operations{
    OperationRow{Operation::weighted_sum, "weighted_sum", sum_weighted},
    OperationRow{Operation::maximum, "maximum", take_largest},
    OperationRow{Operation::geometric_mean, "geometric_mean", average_logarithms},
};

const OperationRow& row_of(Operation operation) {
  return *std::ranges::find(operations, operation, &OperationRow::operation);
}

struct Source {
  std::shared_ptr<const model::Blob> dense;
  double weight = 1;
  double divisor = 1;
};

/// The sources of a combined blob and the operation.
struct Recipe {
  const OperationRow* operation = nullptr;
  double scale = 1;
  DType part = DType::float64;  ///< for complex numbers, the type of their parts
  std::vector<Source> sources = {};
};

DType part_type(DType dtype) {
  if (dtype == DType::complex128) return DType::float64;
  if (dtype == DType::complex64) return DType::float32;
  if (dtype == DType::complex32) return DType::float16;
  return dtype;
}

class CombinedStream : public model::BlobStream {
 public:
  CombinedStream(const Recipe& recipe, std::uint64_t offset)
      : recipe_(recipe), part_bytes_(model::row_of(recipe.part).size_bytes) {
    for (const Source& source : recipe.sources) {
      streams_.push_back(source.dense->open(offset - offset % part_bytes_));
      blocks_.emplace_back(std::max(all_block_bytes / recipe.sources.size(), least_bytes));
      operands_.push_back({.elements = {}, .weight = source.weight, .divisor = source.divisor});
    }
    const auto skipped = static_cast<std::size_t>(offset % part_bytes_);
    if (skipped > 0 && keep_next()) kept_ = kept_.subspan(skipped);
  }

  std::size_t read(std::span<std::byte> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      const std::span<std::byte> rest = out.subspan(done);
      if (kept_.empty() && rest.size() >= part_bytes_) {
        const std::size_t count = combine_next(rest);
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
  /// Computes whole elements straight into `out`, which has room for at least one; returns the
  /// number of bytes.
  std::size_t combine_next(std::span<std::byte> out) {
    std::size_t size = std::min(out.size(), blocks_.front().bytes().size());
    size -= size % part_bytes_;
    size = model::read_fully(*streams_.front(), blocks_.front().bytes().first(size));
    for (std::size_t i = 1; i < streams_.size(); ++i)
      if (model::read_fully(*streams_[i], blocks_[i].bytes().first(size)) != size)
        throw Error(ErrorKind::malformed, "a storage ends before its last byte");
    const std::size_t chunk_bytes = chunk_elements * part_bytes_;
    for (std::size_t at = 0; at < size; at += chunk_bytes)
      combine_chunk(at, out.subspan(at, std::min(chunk_bytes, size - at)));
    return size;
  }

  /// Computes one element into a side buffer, for a reader that asks for less than one element.
  bool keep_next() {
    kept_ = std::span(one_).first(part_bytes_);
    if (combine_next(kept_) > 0) return true;
    kept_ = {};
    return false;
  }

  void combine_chunk(std::size_t at, std::span<std::byte> out) {
    alignas(64) std::array<double, chunk_elements> numbers;
    const std::span<double> result = std::span(numbers).first(out.size() / part_bytes_);
    for (std::size_t i = 0; i < operands_.size(); ++i)
      operands_[i].elements = ByteView(blocks_[i].bytes()).subspan(at, out.size());
    recipe_.operation->combine(recipe_.part, operands_, result);
    if (recipe_.scale != 1)
      for (double& x : result) x = recipe_.scale * x;
    store_numbers(recipe_.part, result, out);
  }

  const Recipe& recipe_;  // of the blob, which outlives its streams
  std::size_t part_bytes_;
  std::vector<std::unique_ptr<model::BlobStream>> streams_;
  std::vector<PageBlock> blocks_;
  std::vector<Operand> operands_;
  std::array<std::byte, 16> one_{};
  std::span<std::byte> kept_;  // unread bytes of one_
};

class CombinedBlob : public model::Blob {
 public:
  explicit CombinedBlob(Recipe recipe) : recipe_(std::move(recipe)) {}
  std::uint64_t size_bytes() const override { return recipe_.sources.front().dense->size_bytes(); }
  bool reads(const FileIdentity& file) const override {
    return std::ranges::any_of(recipe_.sources,
                               [&file](const Source& source) { return source.dense->reads(file); });
  }
  std::unique_ptr<model::BlobStream> open(std::uint64_t offset) const override {
    return std::make_unique<CombinedStream>(recipe_, offset);
  }

 private:
  Recipe recipe_;
};

/// The tensor with its dimensions sorted by stride, so that reading it follows memory.
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

bool have_equal_strides(const Combination& combination) {
  const Tensor& first = combination.inputs.front().tensor;
  if (!model::is_contiguous(in_memory_order(first).layout)) return false;
  return std::ranges::all_of(combination.inputs, [&](const Input& input) {
    return input.tensor.layout.stride_elements == first.layout.stride_elements;
  });
}

}  // namespace

std::span<const OperationRow> operation_table() { return operations; }

Tensor combined(Tree& tree, const Combination& combination) {
  const Input& first = combination.inputs.front();
  Tensor result = first.tensor;
  const bool keeps_strides =
      result.form == model::TensorForm::strided && have_equal_strides(combination);
  Recipe recipe{.operation = &row_of(combination.operation),
                .scale = combination.scale,
                .part = part_type(result.dtype)};
  for (const Input& input : combination.inputs)
    recipe.sources.push_back(
        {make_dense_blob(input.storage,
                         keeps_strides ? in_memory_order(input.tensor) : input.tensor),
         input.weight, input.divisor});
  if (!keeps_strides)
    result.layout.stride_elements = model::contiguous_strides(result.layout.shape);
  result.layout.offset_elements = 0;
  result.is_conjugated = false;
  result.is_negated = false;
  result.source = model::no_node;
  model::Storage storage{.blob = std::make_shared<CombinedBlob>(std::move(recipe)),
                         .dtype = result.dtype,
                         .location = first.storage.location};
  result.storage = tree.add_storage(std::move(storage));
  return result;
}

}  // namespace ckpt::tensor
