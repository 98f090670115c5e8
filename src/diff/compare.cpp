// Pairs leaves by area and name, compares what needs no bytes (types, shapes, dtypes), and leaves
// the elements of tensor pairs to tensor_pairs.cpp, which reads them on several threads.

#include "ckpt/diff/compare.hpp"

#include <algorithm>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "diff/by_name.hpp"
#include "diff/renames.hpp"
#include "diff/tensor_pairs.hpp"
#include "diff/values.hpp"

namespace ckpt::diff {

namespace {

using model::Tensor;
using model::TensorForm;

bool has_real_numbers(model::DType dtype) {
  switch (model::row_of(dtype).number_class) {
    case model::NumberClass::floating:
      return dtype != model::DType::float4_e2m1fn_x2;
    case model::NumberClass::signed_integer:
    case model::NumberClass::unsigned_integer:
    case model::NumberClass::boolean:
      return true;
    default:
      return false;
  }
}

class Comparing {
 public:
  Comparing(const Side& a, std::vector<Leaf> leaves_a, const Side& b, std::vector<Leaf> leaves_b,
            const Options& options)
      : a_(a), b_(b), options_(options) {
    result_.leaves_a = std::move(leaves_a);
    result_.leaves_b = std::move(leaves_b);
  }

  Result run() {
    match();
    compare_elements();
    if (options_.extent == Extent::everything && options_.depth == Depth::values)
      find_renames(a_, b_, options_.thread_count, result_);
    if (options_.extent == Extent::first_difference && result_.differences.size() > 1)
      result_.differences.resize(1);
    count();
    return std::move(result_);
  }

 private:
  /// Finds the partner of every leaf of A; leaves that only B has come last.
  void match() {
    LeavesByName by_name;
    for (std::uint32_t i = 0; i < result_.leaves_b.size(); ++i) {
      std::uint32_t& known = by_name.of(result_.leaves_b[i]);
      known = std::min(known, i);
    }
    std::vector<bool> is_matched(result_.leaves_b.size());
    for (std::size_t i = 0; i < result_.leaves_a.size(); ++i) {
      const Leaf& leaf = result_.leaves_a[i];
      const std::uint32_t found = by_name.of(leaf);
      if (found == LeavesByName::none) {
        if (leaf.is_container) continue;
        result_.differences.push_back(
            {.change = Change::removed, .area = leaf.area, .is_tensor = leaf.is_tensor, .a = i});
        continue;
      }
      is_matched[found] = true;
      compare_leaves(i, found);
    }
    for (std::size_t i = 0; i < result_.leaves_b.size(); ++i) {
      const Leaf& leaf = result_.leaves_b[i];
      if (!is_matched[i] && !leaf.is_container)
        result_.differences.push_back(
            {.change = Change::added, .area = leaf.area, .is_tensor = leaf.is_tensor, .b = i});
    }
  }

  void compare_leaves(std::size_t a, std::size_t b) {
    const Leaf& leaf_a = result_.leaves_a[a];
    const Leaf& leaf_b = result_.leaves_b[b];
    if (leaf_a.is_tensor && leaf_b.is_tensor) return compare_tensors(a, b);
    if (leaf_a.is_container || leaf_b.is_container) return compare_containers(a, b);
    const bool is_same = leaf_a.is_tensor == leaf_b.is_tensor &&
                         ((leaf_a.is_param_id && leaf_b.is_param_id) ||
                          options_.depth == Depth::keys || has_same_value(leaf_a, leaf_b));
    if (is_same) {
      ++result_.values.same;
      return;
    }
    const bool is_one_kind = a_.tree.kind(leaf_a.node) == b_.tree.kind(leaf_b.node);
    note(is_one_kind ? Change::value : Change::type, a, b);
  }

  bool has_same_value(const Leaf& a, const Leaf& b) const {
    try {
      return is_same_value(a_.tree, a.node, b_.tree, b.node);
    } catch (Error& error) {
      error.add_place(concat(a_.file, ": ", a_.names.text(a.shown), " or ", b_.file, ": ",
                             b_.names.text(b.shown)));
      throw;
    }
  }

  /// For an empty container, or when only one side is a container, the entries of the other side
  /// show the difference.
  void compare_containers(std::size_t a, std::size_t b) {
    const model::NodeId node_a = result_.leaves_a[a].node;
    const model::NodeId node_b = result_.leaves_b[b].node;
    if (!is_same_value(a_.tree, node_a, b_.tree, node_b)) note(Change::type, a, b);
  }

  /// Compares shape and dtype now; compare_elements() compares the elements later.
  void compare_tensors(std::size_t a, std::size_t b) {
    const Tensor& left = a_.tree.tensor(result_.leaves_a[a].node);
    const Tensor& right = b_.tree.tensor(result_.leaves_b[b].node);
    // A schema has shapes and dtypes, but no form.
    if (left.form != right.form && options_.depth == Depth::values) return note(Change::type, a, b);
    if (left.layout.shape != right.layout.shape) return note(Change::shape, a, b);
    const bool is_strided = left.form == TensorForm::strided;
    if (left.dtype != right.dtype) {
      const bool is_comparable = options_.dtypes == DTypes::may_differ && is_strided &&
                                 has_real_numbers(left.dtype) && has_real_numbers(right.dtype);
      if (!is_comparable) return note(Change::dtype, a, b);
    }
    const bool has_elements = is_strided && left.storage != model::no_storage &&
                              right.storage != model::no_storage && options_.depth == Depth::values;
    if (!has_elements) {
      ++result_.tensors.same;
      return;
    }
    // Reserves the place among the differences until the elements are compared.
    pair_places_.push_back(result_.differences.size());
    note(left.dtype == right.dtype ? Change::values : Change::dtype, a, b);
    pairs_.push_back({a, b, tolerance_of(result_.leaves_a[a])});
  }

  tensor::Tolerance tolerance_of(const Leaf& leaf) const {
    tensor::Tolerance tolerance = options_.tolerance;
    for (const PatternTolerance& of_pattern : options_.tolerances)
      if (of_pattern.applies_to(a_.names, leaf)) tolerance = of_pattern.tolerance;
    return tolerance;
  }

  void note(Change change, std::size_t a, std::size_t b) {
    const Leaf& leaf = result_.leaves_a[a];
    result_.differences.push_back(
        {.change = change, .area = leaf.area, .is_tensor = leaf.is_tensor, .a = a, .b = b});
  }

  void compare_elements() {
    drop_needless_pairs();
    std::vector<std::optional<tensor::Comparison>> compared =
        compare_pairs(a_, result_.leaves_a, b_, result_.leaves_b, pairs_, options_);
    compared.resize(pair_places_.size());
    std::vector<bool> is_same(result_.differences.size());
    for (std::size_t i = 0; i < pair_places_.size(); ++i) {
      Difference& difference = result_.differences[pair_places_[i]];
      is_same[pair_places_[i]] = !compared[i] || compared[i]->is_same();
      difference.comparison = compared[i];
      if (!is_same[pair_places_[i]]) continue;
      ++result_.tensors.same;
      if (compared[i] && compared[i]->changed_count > 0) ++result_.tensors.within_tolerance;
    }
    std::size_t i = 0;
    std::erase_if(result_.differences, [&](const Difference&) { return is_same[i++]; });
  }

  /// Drops pairs that can no longer decide the result; their places count as equal.
  void drop_needless_pairs() {
    const bool has_other_difference = result_.differences.size() > pair_places_.size();
    switch (options_.extent) {
      case Extent::everything:
        return;
      case Extent::verdict:
        if (has_other_difference) pairs_.clear();
        return;
      case Extent::first_difference:
        pairs_.resize(pairs_before_first_note());
        return;
    }
  }

  /// The number of tensor pairs in front of the first known difference.
  std::size_t pairs_before_first_note() const {
    std::size_t count = 0;
    while (count < pair_places_.size() && pair_places_[count] == count) ++count;
    return count;
  }

  void count() {
    for (const Difference& difference : result_.differences) {
      Counts& counts = difference.is_tensor ? result_.tensors : result_.values;
      switch (difference.change) {
        case Change::added:
          ++counts.added;
          break;
        case Change::removed:
          ++counts.removed;
          break;
        case Change::renamed:
          ++counts.renamed;
          break;
        case Change::type:
        case Change::shape:
        case Change::dtype:
        case Change::values:
        case Change::value:
          ++counts.changed;
          break;
      }
    }
  }

  const Side& a_;
  const Side& b_;
  const Options& options_;
  Result result_;
  std::vector<TensorPair> pairs_;
  std::vector<std::size_t> pair_places_;  // for each pair, the index of its place among the
                                          // differences
};

}  // namespace

bool PatternTolerance::applies_to(const Names& names, const Leaf& leaf) const {
  const std::string path = pattern.sees_whole_tree() ? names.text(leaf.path) : "";
  match::Subject subject{.key = {}, .path = path, .key_is_text = leaf.key_is_text};
  if (leaf.key != no_text) subject.key = names.text(leaf.key);
  return pattern.matches(subject);
}

Result compare(const Side& a, std::vector<Leaf> leaves_a, const Side& b, std::vector<Leaf> leaves_b,
               const Options& options) {
  return Comparing(a, std::move(leaves_a), b, std::move(leaves_b), options).run();
}

}  // namespace ckpt::diff
