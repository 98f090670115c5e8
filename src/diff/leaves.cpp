#include "ckpt/diff/leaves.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/selection.hpp"
#include "ckpt/model/walk.hpp"
#include "diff/paths.hpp"
#include "diff/tensor_parts.hpp"

namespace ckpt::diff {

namespace {

using model::KeyPath;
using model::Kind;
using model::NodeId;

/// Whether the nodes walked hang beside the entries of the dict at the start.
enum class Beside : std::uint8_t { no, yes };

/// A walk that has to be made later: the attributes of an ordered dict hang beside its entries, and
/// what a tensor is beside its elements lies in the object it was read from.
struct LaterWalk {
  NodeId node = model::no_node;
  KeyPath path;
  Beside beside = Beside::no;
};

class Collector {
 public:
  Collector(const Side& side, Selection& selection, match::Renaming& renaming)
      : tree_(side.tree),
        root_(side.root),
        optimizers_(side.optimizers),
        selection_(selection),
        renaming_(renaming) {}

  std::vector<Leaf> collect() {
    walk_from(tree_.root(), {}, Beside::no);
    // Attributes may have attributes: the list grows while it is walked.
    for (std::size_t i = 0; i < later_.size(); ++i) {
      const LaterWalk later = later_[i];
      walk_from(later.node, later.path, later.beside);
    }
    refuse_collisions();
    return std::move(leaves_);
  }

 private:
  void walk_from(NodeId start, const KeyPath& start_path, Beside beside) {
    model::Walk walk(tree_, start);
    while (walk.next()) {
      KeyPath path = start_path;
      path.insert(path.end(), walk.path().begin(), walk.path().end());
      note_attributes(walk.node(), path);
      note_parts_of_tensor(walk.node(), path);
      add(walk.node(), path, area_of(path, start_path, beside));
    }
  }

  void note_attributes(NodeId node, const KeyPath& path) {
    if (!tree_.is(node, Kind::dict)) return;
    const NodeId attributes = tree_.attributes(node);
    if (attributes != model::no_node) later_.push_back({attributes, path, Beside::yes});
  }

  void note_parts_of_tensor(NodeId node, const KeyPath& path) {
    if (!tree_.is(node, Kind::tensor)) return;
    const std::optional<TensorParts> parts = find_parts(tree_, tree_.tensor(node));
    if (!parts) return;
    KeyPath below = path;
    below.push_back({.type = model::StepType::args});
    below.push_back({.type = model::StepType::index, .index = parts->place});
    later_.push_back({parts->node, std::move(below), Beside::no});
  }

  /// Objects are leaves too, for their class; what lies below them is compared by itself.
  bool is_leaf(NodeId node) {
    if (tree_.is(node, Kind::tensor) || tree_.is(node, Kind::object)) return true;
    children_.clear();
    model::append_children(tree_, node, children_);
    return children_.empty();
  }

  Area area_of(const KeyPath& path, const KeyPath& start, Beside beside) const {
    if (beside == Beside::yes) return is_below(start, root_.path) ? Area::metadata : Area::rest;
    const bool is_in_root = is_below(path, root_.path);
    const OptimizerNames* optimizer = find_optimizer(path);
    if (optimizer == nullptr) return is_in_root ? Area::root : Area::rest;
    return is_in_root && optimizer->surrounds(root_.path) ? Area::root : Area::optimizer;
  }

  const OptimizerNames* find_optimizer(const KeyPath& path) const {
    for (const OptimizerNames& optimizer : optimizers_)
      if (optimizer.contains(path)) return &optimizer;
    return nullptr;
  }

  void add(NodeId node, const KeyPath& path, Area area) {
    match::SeenPath seen = match::seen_path(tree_, root_, path);
    // Patterns are about the names that are compared.
    if (area == Area::root && seen.key_is_text && path.size() > root_.path.size())
      seen.key = renaming_.rename(*seen.key);
    const match::Subject subject = seen.subject();
    if (!selection_.only.is_empty() && !selection_.only.matches(subject)) return;
    if (!selection_.ignored.is_empty() && selection_.ignored.matches(subject)) return;
    leaves_.push_back({.node = node,
                       .area = area,
                       .name = name_of(path, area, seen),
                       .shown = area == Area::root ? below_root(path) : seen.path,
                       .path = seen.path,
                       .key = area == Area::root ? seen.key : std::nullopt,
                       .key_is_text = seen.key_is_text,
                       .is_tensor = tree_.is(node, Kind::tensor),
                       .is_container = !is_leaf(node)});
    if (area == Area::optimizer) note_parameter(leaves_.back(), path);
  }

  void note_parameter(Leaf& leaf, const KeyPath& path) const {
    const OptimizerNames& optimizer = *find_optimizer(path);
    leaf.is_param_id = optimizer.is_member(path);
    leaf.parameter = optimizer.find_parameter(path, rename_).value_or("");
  }

  std::string below_root(const KeyPath& path) const {
    const KeyPath below(path.begin() + static_cast<std::ptrdiff_t>(root_.path.size()), path.end());
    return path_text(tree_, below);
  }

  std::string name_of(const KeyPath& path, Area area, const match::SeenPath& seen) const {
    switch (area) {
      case Area::root:
        return renamed_root(path, seen);
      case Area::metadata:
        return renamed_metadata(path);
      case Area::optimizer:
        return find_optimizer(path)->name_of(path, rename_);
      case Area::rest:
        return path_text(tree_, path);
    }
    return {};
  }

  /// Rules see the key of the state dict, not what lies below a value.
  std::string renamed_root(const KeyPath& path, const match::SeenPath& seen) const {
    const std::size_t depth = root_.path.size();
    if (path.size() == depth) return {};
    if (!seen.key_is_text) return below_root(path);
    std::string name = model::key_text(*seen.key);
    for (std::size_t i = depth + 1; i < path.size(); ++i)
      name += concat(":", step_text(tree_, path[i]));
    return name;
  }

  /// `_metadata` is keyed by modules: a rule that renames what lies in a module renames it too.
  std::string renamed_metadata(const KeyPath& path) const {
    const std::size_t depth = root_.path.size();
    std::string name;
    for (std::size_t i = depth; i < path.size(); ++i) {
      std::string step = step_text(tree_, path[i]);
      const bool is_module = i == depth + 1 && path[i].type == model::StepType::key &&
                             tree_.is(path[i].key, Kind::text);
      if (is_module) step = model::key_text(renamed_module(tree_.text(path[i].key)));
      name += concat(name.empty() ? "" : ":", step);
    }
    return name;
  }

  std::string renamed_module(std::string_view module) const {
    constexpr std::string_view inside = "weight";
    const std::string entry = module.empty() ? std::string(inside) : concat(module, ".", inside);
    const std::string renamed = renaming_.renamed(entry);
    if (renamed == inside) return {};
    if (!renamed.ends_with(concat(".", inside))) return std::string(module);
    return renamed.substr(0, renamed.size() - inside.size() - 1);
  }

  /// No two leaves of an area may have one name, or a difference between them would be lost. Of two
  /// modules with one name (DistributedDataParallel's own, and what it wraps) the inner counts.
  void refuse_collisions() {
    std::unordered_map<std::string, std::size_t> last;
    std::vector<bool> is_hidden(leaves_.size());
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
      const auto [found, is_new] = last.try_emplace(matching_key(leaves_[i]), i);
      if (is_new) continue;
      if (leaves_[i].area == Area::metadata) {
        is_hidden[std::exchange(found->second, i)] = true;
        continue;
      }
      refuse_one_name_of_two(leaves_[found->second], leaves_[i]);
      // Keys that are shown alike: they are told apart by their order.
      number(leaves_[i], found->first, last, i);
    }
    std::size_t i = 0;
    std::erase_if(leaves_, [&](const Leaf&) { return is_hidden[i++]; });
  }

  /// "name #2" and so on. The last number of each name is remembered: a dict may have many keys
  /// that are shown alike.
  void number(Leaf& leaf, const std::string& key,
              std::unordered_map<std::string, std::size_t>& last, std::size_t index) {
    const std::string name = leaf.name;
    std::size_t& n = last_number_.try_emplace(key, 1).first->second;
    do {
      leaf.name = concat(name, " #", ++n);
    } while (!last.try_emplace(matching_key(leaf), index).second);
  }

  static void refuse_one_name_of_two(const Leaf& first, const Leaf& second) {
    if (second.area != Area::root || first.shown == second.shown) return;
    throw Error(ErrorKind::conflict, concat(quote(first.shown), " and ", quote(second.shown),
                                            " would both become ", quote(second.name)));
  }

  const model::Tree& tree_;
  const model::Root& root_;
  const std::vector<OptimizerNames>& optimizers_;
  Selection& selection_;
  match::Renaming& renaming_;
  Rename rename_ = [this](std::string_view name) { return renaming_.renamed(name); };
  std::unordered_map<std::string, std::size_t> last_number_;  // by matching key
  std::vector<LaterWalk> later_;
  std::vector<model::Child> children_;
  std::vector<Leaf> leaves_;
};

}  // namespace

std::string matching_key(const Leaf& leaf) {
  return concat(static_cast<int>(leaf.area), leaf.name);
}

std::vector<Leaf> collect_leaves(const Side& side, Selection& selection,
                                 match::Renaming& renaming) {
  return Collector(side, selection, renaming).collect();
}

}  // namespace ckpt::diff
