#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/edit/copy.hpp"
#include "ckpt/model/graft.hpp"
#include "ckpt/model/view.hpp"
#include "ckpt/model/walk.hpp"
#include "ckpt/tensor/assign.hpp"
#include "ckpt/tensor/compare.hpp"
#include "edit/root/undo.hpp"
#include "edit/values/assigned_value.hpp"

namespace ckpt::edit {

namespace {

using match::Fit;
using match::Named;
using match::Pair;
using model::NodeId;
using model::Tree;

/// Sparse and quantized tensors, and values that are not tensors, are copied as objects.
bool is_taken_whole(const CopyPlan& plan, const Pair& pair) {
  const Named& source = plan.source_of(pair);
  const Named& target = plan.target_of(pair);
  return !source.tensor || !tensor::can_assign(*source.tensor) ||
         !tensor::can_assign(*target.tensor);
}

/// The copied part of the source and its place in the target, when the shapes differ.
tensor::Assignment assignment_of(const CopyPlan& plan, const Pair& pair) {
  tensor::Assignment assignment{*plan.target_of(pair).tensor, *plan.source_of(pair).tensor};
  if (pair.fit == Fit::pad) {
    assignment.target.layout.shape = assignment.source.layout.shape;
  } else if (pair.fit == Fit::slice) {
    assignment.source.layout.shape = assignment.target.layout.shape;
  } else if (pair.fit == Fit::scalar) {
    assignment.source.layout.shape.clear();
    assignment.source.layout.stride_elements.clear();
  }
  return assignment;
}

struct Assignments {
  std::vector<tensor::Assignment> views;
  std::vector<const Pair*> pairs;  // with the same index
};

Assignments assignments_of(const CopyPlan& plan) {
  Assignments assignments;
  for (const Pair& pair : plan.pairing.pairs) {
    if (is_mismatch(pair.fit) || is_taken_whole(plan, pair)) continue;
    assignments.views.push_back(assignment_of(plan, pair));
    assignments.pairs.push_back(&pair);
  }
  return assignments;
}

[[noreturn]] void throw_clash(const std::string& first, const std::string& second) {
  throw Error(ErrorKind::conflict,
              concat(quote(first), " and ", quote(second),
                     " share elements in the target, and have two values for them in the source"),
              "--drop one of them, or --on-tied last: the last wins, as in load_state_dict");
}

void refuse_clashes(const Tree& source, const CopyPlan& plan, const Assignments& assignments) {
  const std::vector<tensor::Clash> clashes = tensor::find_clashes(source, assignments.views);
  if (clashes.empty()) return;
  const auto [first, second] = clashes.front();
  throw_clash(plan.target_of(*assignments.pairs[first]).name,
              plan.target_of(*assignments.pairs[second]).name);
}

/// Objects that are copied as a whole, by their place in the target. Tied tensors stay tied: all
/// names of a tensor get the new object of any of them. Other values are set key by key, even if
/// keys share an object.
class TakenObjects {
 public:
  TakenObjects(const CopyPlan& plan, OnTied on_tied) {
    for (const Pair& pair : plan.pairing.pairs)
      if (!is_mismatch(pair.fit) && is_taken_whole(plan, pair)) add(plan, pair, on_tied);
  }

  bool are_none() const { return by_tensor_.empty() && by_key_.empty(); }

  NodeId find(const model::Entry& entry) const {
    if (const auto found = by_key_.find(entry.key); found != by_key_.end()) return found->second;
    const auto found = by_tensor_.find(entry.value);
    return found == by_tensor_.end() ? model::no_node : found->second->second;
  }

 private:
  using First = std::pair<std::string, NodeId>;  // name in the target, node in the source

  void add(const CopyPlan& plan, const Pair& pair, OnTied on_tied) {
    const Named& source = plan.source_of(pair);
    const Named& target = plan.target_of(pair);
    if (!target.tensor) {
      by_key_[target.key] = source.node;
      return;
    }
    std::optional<First>& first = by_tensor_[target.node];
    if (first && first->second != source.node && on_tied == OnTied::error)
      throw_clash(first->first, target.name);
    first = First{target.name, source.node};
  }

  std::unordered_map<NodeId, std::optional<First>> by_tensor_;
  std::unordered_map<NodeId, NodeId> by_key_;
};

void take_objects(Tree& tree, NodeId root, const Tree& source, const TakenObjects& taken) {
  if (taken.are_none()) return;
  if (!tree.is(root, model::Kind::dict))
    throw Error(ErrorKind::unsupported,
                "holds a pickled module or a list, whose sparse and quantized tensors stay",
                "--drop leaves them out; ckpt filter DST --state-dict -o OUT writes the state dict "
                "of a module, which can be edited");
  model::Graft graft(tree, source);
  std::vector<model::Entry> entries(tree.entries(root).begin(), tree.entries(root).end());
  for (model::Entry& entry : entries)
    if (const NodeId found = taken.find(entry); found != model::no_node)
      entry.value = graft.copy(found);
  tree.set_entries(root, entries);
}

/// An entry of the root itself, or anything below a pickled module.
bool is_of_root(const Tree& tree, const model::Root& root, const model::KeyPath& path) {
  const bool is_direct = path.size() == root.path.size() + 1;
  return model::has_prefix(path, root.path) &&
         (is_direct || !tree.is(root.node, model::Kind::dict));
}

}  // namespace

void copy_values(Tree& target, const model::Root& target_root, const Tree& source,
                 const CopyPlan& plan, OnTied on_tied) {
  const Assignments assignments = assignments_of(plan);
  if (on_tied == OnTied::error) refuse_clashes(source, plan, assignments);
  const TakenObjects taken(plan, on_tied);
  Undo undo(target);
  take_objects(target, target_root.node, source, taken);
  tensor::assign(target, source, assignments.views);
  undo.keep_changes();
}

namespace {

std::optional<std::uint32_t> crc32_of(const Tree& tree, const tensor::Assignment& views,
                                      const model::Tensor& tensor) {
  const model::Storage& storage = tree.storage_of(tensor.storage);
  const bool is_whole = model::is_same_layout(views.target, views.source) &&
                        tensor.layout.offset_elements == 0 && model::is_contiguous(tensor.layout) &&
                        model::dense_bytes(tensor) == storage.blob->size_bytes();
  return is_whole ? storage.blob->crc32() : std::nullopt;
}

bool have_other_crcs(const Tree& target, const Tree& source, const tensor::Assignment& views) {
  const auto a = crc32_of(target, views, views.target);
  const auto b = crc32_of(source, views, views.source);
  return a && b && *a != *b;
}

bool is_same(const Tree& target, const Tree& source, const tensor::Assignment& views) {
  if (views.target.dtype != views.source.dtype) return false;
  const tensor::CompareOptions options{.wanted = tensor::Wanted::verdict};
  const tensor::Comparison compared =
      tensor::compare({target.storage_of(views.target.storage), views.target},
                      {source.storage_of(views.source.storage), views.source}, options);
  return compared.changed_count == 0;
}

/// Whether comparing reads the bytes of the target about once. Views that repeat elements, or of
/// which many overlap, may have far more elements than the file has bytes.
bool are_read_once(const Tree& target, const Assignments& assignments) {
  std::unordered_set<model::StorageId> seen;
  std::uint64_t left_bytes = 0;
  for (const tensor::Assignment& views : assignments.views)
    if (seen.insert(views.target.storage).second)
      left_bytes += 2 * target.storage_of(views.target.storage).size_bytes();
  for (const tensor::Assignment& views : assignments.views) {
    const std::uint64_t bytes = model::dense_bytes(views.target);
    if (bytes > left_bytes) return false;
    left_bytes -= bytes;
  }
  return true;
}

}  // namespace

bool has_all_values(const Tree& to, const Tree& from, const CopyPlan& plan) {
  for (const Pair& pair : plan.pairing.pairs)
    if (!is_mismatch(pair.fit) && is_taken_whole(plan, pair) &&
        !is_same_written(to, plan.target_of(pair).node, from, plan.source_of(pair).node))
      return false;
  const Assignments assignments = assignments_of(plan);
  for (const tensor::Assignment& views : assignments.views)
    if (have_other_crcs(to, from, views)) return false;
  if (!are_read_once(to, assignments)) return false;
  return std::ranges::all_of(
      assignments.views, [&](const tensor::Assignment& views) { return is_same(to, from, views); });
}

std::optional<std::string> find_seen_elsewhere(const Tree& tree, const model::Root& target_root,
                                               const CopyPlan& plan) {
  std::unordered_set<model::StorageId> written;
  for (const tensor::Assignment& view : assignments_of(plan).views)
    written.insert(view.target.storage);
  std::string first;
  std::uint64_t count = 0;
  model::Walk walk(tree, tree.root(), model::tensors_of(tree));
  while (walk.next()) {
    if (!tree.is(walk.node(), model::Kind::tensor)) continue;
    if (!written.contains(tree.tensor(walk.node()).storage)) continue;
    if (is_of_root(tree, target_root, walk.path())) continue;
    if (count++ == 0) first = model::path_text(tree, walk.path());
  }
  if (count == 0) return std::nullopt;
  return concat(quote(first),
                count == 1 ? std::string() : concat(" and ", counted(count - 1, "more tensor")),
                " elsewhere in the file share storage with what is copied, and change along");
}

}  // namespace ckpt::edit
