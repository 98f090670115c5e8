// Groups unmatched tensors by dtype and shape, hashes only groups with removed and added members,
// and pairs equal hashes by the longest common end of their names.

#include "diff/renames.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <unordered_map>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/diff/content_hash.hpp"

namespace ckpt::diff {

namespace {

/// With more equal tensors per side, names are paired in order, because the search is quadratic.
constexpr std::size_t most_compared_names = 300;

std::string shape_key(const model::Tensor& tensor) {
  return concat(model::row_of(tensor.dtype).name, ' ', shape_text(tensor.layout.shape));
}

/// Removed and added tensors with the same dtype and shape, as indices of differences.
struct Candidates {
  std::vector<std::size_t> removed;
  std::vector<std::size_t> added;
};

class RenameSearch {
 public:
  RenameSearch(const Side& a, const Side& b, unsigned thread_count, Result& result)
      : a_(a), b_(b), thread_count_(thread_count), result_(result) {}

  void run() {
    const std::vector<Candidates> candidates = collect();
    if (candidates.empty()) return;
    const std::vector<Digest> hashes = hash(candidates);
    is_joined_.resize(result_.differences.size());
    for (const Candidates& alike : candidates) {
      std::map<Digest, Candidates> by_content;
      for (const std::size_t i : alike.removed) by_content[hashes[i]].removed.push_back(i);
      for (const std::size_t i : alike.added) by_content[hashes[i]].added.push_back(i);
      for (const auto& [digest, equal] : by_content) pair_up(equal);
    }
    std::size_t i = 0;
    std::erase_if(result_.differences, [&](const Difference&) { return is_joined_[i++]; });
  }

 private:
  std::vector<Candidates> collect() const {
    std::unordered_map<std::string, Candidates> by_shape;
    for (std::size_t i = 0; i < result_.differences.size(); ++i) {
      const Difference& difference = result_.differences[i];
      const bool is_removed = difference.change == Change::removed;
      if (!difference.is_tensor || (!is_removed && difference.change != Change::added)) continue;
      const model::Tensor& tensor = tensor_of(difference);
      if (tensor.form != model::TensorForm::strided || tensor.storage == model::no_storage ||
          model::element_count(tensor.layout.shape) == 0)
        continue;
      Candidates& alike = by_shape[shape_key(tensor)];
      (is_removed ? alike.removed : alike.added).push_back(i);
    }
    std::vector<Candidates> candidates;
    for (auto& [key, alike] : by_shape)
      if (!alike.removed.empty() && !alike.added.empty()) candidates.push_back(std::move(alike));
    // The order must not depend on an unordered map.
    std::ranges::sort(candidates, {}, [](const Candidates& c) { return c.removed.front(); });
    return candidates;
  }

  const model::Tensor& tensor_of(const Difference& difference) const {
    return difference.a ? a_.tree.tensor(result_.leaves_a[*difference.a].node)
                        : b_.tree.tensor(result_.leaves_b[*difference.b].node);
  }

  std::vector<NamedDigest> hash_leaves(const Side& side, const std::vector<Leaf>& leaves) const {
    return within(side.file,
                  [&] { return hash_tensors(side, leaves, {.thread_count = thread_count_}); });
  }

  /// Indexed by difference; only tensors of candidates are hashed.
  std::vector<Digest> hash(const std::vector<Candidates>& candidates) const {
    std::vector<Digest> hashes(result_.differences.size());
    std::vector<std::size_t> removed;
    std::vector<std::size_t> added;
    for (const Candidates& alike : candidates) {
      removed.insert(removed.end(), alike.removed.begin(), alike.removed.end());
      added.insert(added.end(), alike.added.begin(), alike.added.end());
    }
    std::vector<Leaf> leaves;
    for (const std::size_t i : removed)
      leaves.push_back(result_.leaves_a[*result_.differences[i].a]);
    std::vector<NamedDigest> digests = hash_leaves(a_, leaves);
    for (std::size_t i = 0; i < removed.size(); ++i) hashes[removed[i]] = digests[i].digest;
    leaves.clear();
    for (const std::size_t i : added) leaves.push_back(result_.leaves_b[*result_.differences[i].b]);
    digests = hash_leaves(b_, leaves);
    for (std::size_t i = 0; i < added.size(); ++i) hashes[added[i]] = digests[i].digest;
    return hashes;
  }

  /// Pairs within an area first; a tensor that moved to another section has no partner in its own.
  void pair_up(const Candidates& equal) {
    for (const Area area : {Area::root, Area::optimizer, Area::metadata, Area::rest})
      pair_all(unpaired(equal, area));
    pair_all(unpaired(equal, std::nullopt));
  }

  Candidates unpaired(const Candidates& equal, std::optional<Area> area) const {
    const auto is_wanted = [&](std::size_t i) {
      const Difference& difference = result_.differences[i];
      return !is_joined_[i] && difference.change != Change::renamed &&
             (!area || difference.area == *area);
    };
    Candidates wanted;
    std::ranges::copy_if(equal.removed, std::back_inserter(wanted.removed), is_wanted);
    std::ranges::copy_if(equal.added, std::back_inserter(wanted.added), is_wanted);
    return wanted;
  }

  void pair_all(Candidates alike) {
    const std::size_t count = std::min(alike.removed.size(), alike.added.size());
    const bool is_few = alike.added.size() <= most_compared_names;
    for (std::size_t i = 0; i < count; ++i) {
      if (is_few) std::swap(alike.added[i], alike.added[closest(alike, i)]);
      join(alike.removed[i], alike.added[i]);
    }
  }

  /// The index, from `first` on, of the added tensor whose name is most similar to that of the
  /// removed one.
  std::size_t closest(const Candidates& alike, std::size_t first) const {
    const NameId name = result_.leaves_a[*result_.differences[alike.removed[first]].a].name;
    std::size_t best = first;
    std::size_t best_end = 0;
    for (std::size_t i = first; i < alike.added.size(); ++i) {
      const Difference& added = result_.differences[alike.added[i]];
      const std::size_t end = a_.names.common_end(name, result_.leaves_b[*added.b].name);
      if (end <= best_end) continue;
      best = i;
      best_end = end;
    }
    return best;
  }

  void join(std::size_t removed, std::size_t added) {
    result_.differences[removed].change = Change::renamed;
    result_.differences[removed].b = result_.differences[added].b;
    is_joined_[added] = true;
  }

  const Side& a_;
  const Side& b_;
  unsigned thread_count_;
  Result& result_;
  std::vector<bool> is_joined_;
};

}  // namespace

void find_renames(const Side& a, const Side& b, unsigned thread_count, Result& result) {
  RenameSearch(a, b, thread_count, result).run();
}

}  // namespace ckpt::diff
