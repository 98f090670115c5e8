// Decides first what needs no bytes (same file range, different CRCs, the same views as another
// pair), cuts the rest into units, compares units on several threads, and merges their results in
// order.

#include "diff/tensor_pairs.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <numeric>
#include <tuple>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/diff/parallel.hpp"
#include "ckpt/model/view.hpp"
#include "ckpt/tensor/repeats.hpp"
#include "diff/units.hpp"

namespace ckpt::diff {

namespace {

using model::Tensor;
using tensor::Comparer;
using tensor::Comparison;
using tensor::Wanted;

const model::Blob& blob_of(const Side& side, const Tensor& tensor) {
  return *side.tree.storage_of(tensor.storage).blob;
}

bool is_same_range(const std::optional<FileRange>& a, const std::optional<FileRange>& b) {
  return a && b && a->file->identity() == b->file->identity() && a->offset == b->offset &&
         a->size_bytes == b->size_bytes;
}

/// Whether the tensor covers its storage: for two of these, different CRCs mean different bytes.
bool is_whole_storage(const Side& side, const Tensor& tensor) {
  return tensor.layout.offset_elements == 0 && model::is_contiguous(tensor.layout) &&
         !tensor.is_conjugated && !tensor.is_negated &&
         model::dense_bytes(tensor) == blob_of(side, tensor).size_bytes() &&
         side.tree.storage_of(tensor.storage).byte_order == model::ByteOrder::little;
}

class PairComparison {
 public:
  PairComparison(const Side& a, const std::vector<Leaf>& leaves_a, const Side& b,
                 const std::vector<Leaf>& leaves_b, const std::vector<TensorPair>& pairs,
                 const Options& options)
      : a_(a),
        leaves_a_(leaves_a),
        b_(b),
        leaves_b_(leaves_b),
        pairs_(pairs),
        options_(options),
        results_(pairs.size()) {}

  std::vector<std::optional<Comparison>> run() {
    find_sources();
    for (std::size_t i = 0; i < pairs_.size() && !is_decided_; ++i)
      if (source_[i] == i) decide_unread(i);
    if (!is_decided_) read();
    for (std::size_t i = 0; i < pairs_.size(); ++i) results_[i] = results_[source_[i]];
    return std::move(results_);
  }

 private:
  const Tensor& tensor_a(std::size_t pair) const {
    return a_.tree.tensor(leaves_a_[pairs_[pair].a].node);
  }
  const Tensor& tensor_b(std::size_t pair) const {
    return b_.tree.tensor(leaves_b_[pairs_[pair].b].node);
  }

  const model::Storage& storage_a(std::size_t pair) const {
    return a_.tree.storage_of(tensor_a(pair));
  }
  const model::Storage& storage_b(std::size_t pair) const {
    return b_.tree.storage_of(tensor_b(pair));
  }

  tensor::StoredTensor in_a(std::size_t pair) const {
    return {storage_a(pair), tensor_a(pair),
            concat(a_.file, ": ", a_.names.text(leaves_a_[pairs_[pair].a].shown))};
  }
  tensor::StoredTensor in_b(std::size_t pair) const {
    return {storage_b(pair), tensor_b(pair),
            concat(b_.file, ": ", b_.names.text(leaves_b_[pairs_[pair].b].shown))};
  }

  /// Pairs that see the same bytes through the same view have one result.
  void find_sources() {
    using Key = std::tuple<model::ViewKey, model::ViewKey, double, double, std::uint64_t>;
    std::map<Key, std::size_t> first;
    source_.resize(pairs_.size());
    std::iota(source_.begin(), source_.end(), std::size_t{0});
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const auto a = model::find_view_key(tensor_a(i));
      const auto b = model::find_view_key(tensor_b(i));
      const auto& [absolute, relative, ulp] = pairs_[i].tolerance;
      if (a && b)
        source_[i] = first.try_emplace({*a, *b, absolute, relative, ulp}, i).first->second;
    }
  }

  /// Decides what is known without reading an element.
  void decide_unread(std::size_t pair) {
    const Tensor& a = tensor_a(pair);
    const Tensor& b = tensor_b(pair);
    const auto count = static_cast<std::uint64_t>(model::element_count(a.layout.shape));
    const model::Blob& blob_a = blob_of(a_, a);
    const model::Blob& blob_b = blob_of(b_, b);
    const bool is_same = count == 0 || (model::is_same_layout(a, b) &&
                                        is_same_range(blob_a.range(), blob_b.range()));
    if (is_same) {
      results_[pair] = Comparison{.element_count = count};
      return;
    }
    const bool is_crc_enough = options_.extent != Extent::everything &&
                               pairs_[pair].tolerance.is_exact() && a.dtype == b.dtype &&
                               is_whole_storage(a_, a) && is_whole_storage(b_, b) &&
                               blob_a.crc32() && blob_b.crc32();
    if (!is_crc_enough || *blob_a.crc32() == *blob_b.crc32()) return;
    if (options_.extent == Extent::first_difference) return;  // the differing element must be named
    results_[pair] = Comparison{.element_count = count, .changed_count = 1, .beyond_count = 1};
    is_decided_ = true;
  }

  void read() {
    std::vector<Unit> units;
    for (std::size_t i = 0; i < pairs_.size(); ++i)
      if (source_[i] == i && !results_[i]) append_units_of(i, units);
    std::vector<std::optional<Comparer>> comparers(units.size());
    const bool is_in_order = options_.extent == Extent::first_difference;
    for_each_index(units.size(), is_in_order ? 1 : options_.thread_count, [&](std::size_t i) {
      if (is_decided_) return;
      comparers[i].emplace(compare_unit(units[i]));
      if (options_.extent != Extent::everything && !comparers[i]->is_same()) is_decided_ = true;
    });
    merge(units, comparers);
  }

  static void refuse_endless(const tensor::StoredTensor& side) {
    within(side.place, [&] { tensor::refuse_endless(side.storage, side.tensor); });
  }

  void append_units_of(std::size_t pair, std::vector<Unit>& units) const {
    if (tensor::is_endless(storage_a(pair), tensor_a(pair))) refuse_endless(in_a(pair));
    if (tensor::is_endless(storage_b(pair), tensor_b(pair))) refuse_endless(in_b(pair));
    const bool can_cut =
        opens_anywhere(a_.tree, tensor_a(pair)) && opens_anywhere(b_.tree, tensor_b(pair));
    append_units(pair, tensor_a(pair), can_cut ? Cutting::parts : Cutting::whole, units);
  }

  tensor::CompareOptions options_of(const Unit& unit) const {
    return {.tolerance = pairs_[unit.item].tolerance,
            .wanted = options_.extent == Extent::everything ? Wanted::figures : Wanted::verdict,
            .range = unit.range};
  }

  /// Names in deep files are long, so they are made only after a read failed. A second read shows
  /// which side failed; if it succeeds, the first error stands, with both names.
  template <typename Body>
  Comparer with_places_of_errors(std::size_t pair, Body body) const {
    try {
      return body(tensor::StoredTensor{storage_a(pair), tensor_a(pair)},
                  tensor::StoredTensor{storage_b(pair), tensor_b(pair)});
    } catch (Error& error) {
      const tensor::StoredTensor a = in_a(pair);
      const tensor::StoredTensor b = in_b(pair);
      body(a, b);
      error.add_place(concat(a.place, " or ", b.place));
      throw;
    }
  }

  Comparer compare_unit(const Unit& unit) const {
    Comparer comparer = with_places_of_errors(unit.item, [&](const auto& a, const auto& b) {
      return compare_range(a, b, options_of(unit));
    });
    if (options_.on_progress) options_.on_progress(bytes_of(unit, tensor_a(unit.item)));
    return comparer;
  }

  /// Merges the units of a tensor. Units that were equal at first must add skipped elements when
  /// another unit of the tensor, or their own rest, differs.
  void merge(const std::vector<Unit>& units, std::vector<std::optional<Comparer>>& comparers) {
    std::vector<bool> is_changed(pairs_.size());
    for (std::size_t i = 0; i < units.size(); ++i)
      if (comparers[i] && comparers[i]->has_change()) is_changed[units[i].item] = true;
    if (options_.extent == Extent::everything) {
      for_each_index(units.size(), options_.thread_count, [&](std::size_t i) {
        if (is_changed[units[i].item])
          complete(*comparers[i], {storage_a(units[i].item), tensor_a(units[i].item)},
                   options_of(units[i]));
      });
    }
    for (std::size_t first = 0; first < units.size();) {
      const std::size_t pair = units[first].item;
      std::optional<Comparer> merged;
      std::size_t next = first;
      for (; next < units.size() && units[next].item == pair; ++next) {
        if (!comparers[next]) continue;
        if (merged) {
          merged->merge(*comparers[next]);
        } else {
          merged = std::move(comparers[next]);
        }
      }
      if (merged) results_[pair] = merged->result();
      first = next;
    }
  }

  const Side& a_;
  const std::vector<Leaf>& leaves_a_;
  const Side& b_;
  const std::vector<Leaf>& leaves_b_;
  const std::vector<TensorPair>& pairs_;
  const Options& options_;
  std::vector<std::size_t> source_;
  std::vector<std::optional<Comparison>> results_;
  std::atomic<bool> is_decided_ = false;
};

}  // namespace

std::vector<std::optional<Comparison>> compare_pairs(const Side& a,
                                                     const std::vector<Leaf>& leaves_a,
                                                     const Side& b,
                                                     const std::vector<Leaf>& leaves_b,
                                                     const std::vector<TensorPair>& pairs,
                                                     const Options& options) {
  return PairComparison(a, leaves_a, b, leaves_b, pairs, options).run();
}

}  // namespace ckpt::diff
