#include "ckpt/model/sections.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/module.hpp"
#include "ckpt/model/walk.hpp"

namespace ckpt::model {

namespace {

/// In order of preference.
constexpr std::array<std::string_view, 10> usual_names{
    "state_dict", "model_state_dict", "model",     "module", "params_ema", "params",
    "net",        "network",          "generator", "ema"};

/// As torch.get_rng_state() and torch.cuda.get_rng_state() give them, the latter also before 1.10.
constexpr std::array<std::int64_t, 3> random_state_sizes{5056, 16, 816};

bool is_random_state(const Tensor& tensor) {
  return tensor.dtype == DType::uint8 && tensor.layout.shape.size() == 1 &&
         std::ranges::find(random_state_sizes, tensor.layout.shape[0]) != random_state_sizes.end();
}

/// How many tensors a dict maps texts to, where these are at least half of its values and not all
/// of them states of random number generators; else 0.
std::size_t count_named_tensors(const Tree& tree, NodeId id) {
  if (!tree.is(id, Kind::dict)) return 0;
  std::size_t tensors = 0;
  std::size_t random_states = 0;
  for (const Entry& entry : tree.entries(id)) {
    if (!tree.is(entry.key, Kind::text)) return 0;
    if (!tree.is(entry.value, Kind::tensor)) continue;
    ++tensors;
    if (is_random_state(tree.tensor(entry.value))) ++random_states;
  }
  return tensors > random_states && tensors * 2 >= tree.entries(id).size() ? tensors : 0;
}

/// What values are, of which large dicts are looked at once however many places they lie in.
class Values {
 public:
  explicit Values(const Tree& tree) : tree_(tree) {}

  std::size_t named_tensors(NodeId id) {
    if (!is_large(id)) return count_named_tensors(tree_, id);
    const auto [known, is_new] = named_tensors_.try_emplace(id, 0);
    if (is_new) known->second = count_named_tensors(tree_, id);
    return known->second;
  }
  bool is_optimizer(NodeId id) {
    if (!is_large(id)) return model::is_optimizer(tree_, id);
    const auto [known, is_new] = optimizers_.try_emplace(id, false);
    if (is_new) known->second = model::is_optimizer(tree_, id);
    return known->second;
  }
  bool is_state_dict(NodeId id);

 private:
  static constexpr std::size_t large = 64;  // entries

  bool is_large(NodeId id) const {
    return tree_.is(id, Kind::dict) && tree_.entries(id).size() >= large;
  }
  bool has_usual_name(NodeId dict);
  bool has_more_below(NodeId dict, std::size_t tensors);
  bool is_checkpoint(NodeId dict, std::size_t tensors);

  const Tree& tree_;
  std::unordered_map<NodeId, std::size_t> named_tensors_;
  std::unordered_map<NodeId, bool> optimizers_;
  std::unordered_map<NodeId, bool> state_dicts_;
};

/// The key of an entry of a module, whatever its value: "fc._extra_state", "fc.weight".
bool is_name_in_module(std::string_view key) {
  return key == "_extra_state" || key.find('.') != std::string_view::npos;
}

/// Whether most tensors of a dict are called as those of modules are: "fc.weight", not "mean".
bool names_modules(const Tree& tree, NodeId dict) {
  std::size_t tensors = 0;
  std::size_t in_modules = 0;
  for (const Entry& entry : tree.entries(dict)) {
    if (!tree.is(entry.value, Kind::tensor)) continue;
    ++tensors;
    if (is_name_in_module(tree.text(entry.key))) ++in_modules;
  }
  return in_modules * 2 > tensors;
}

/// Whether a state dict or a module lies in `dict` under a usual name. A dict of the same names is
/// an average of the tensors beside it.
bool Values::has_usual_name(NodeId dict) {
  const bool may_be_averaged = names_modules(tree_, dict);
  return std::ranges::any_of(usual_names, [&](std::string_view name) {
    const NodeId value = tree_.find(dict, name);
    if (value == no_node) return false;
    if (is_module(tree_, value)) return true;
    if (named_tensors(value) == 0) return false;
    const std::string_view first = tree_.text(tree_.entries(value)[0].key);
    return !may_be_averaged || tree_.find(dict, first) == no_node;
  });
}

/// Whether more than the tensors of a dict lies one level below, in what no module holds.
bool Values::has_more_below(NodeId dict, std::size_t tensors) {
  std::size_t tensors_below = 0;
  for (const Entry& entry : tree_.entries(dict)) {
    if (is_optimizer(entry.value) || is_module(tree_, entry.value)) return true;
    if (!is_name_in_module(tree_.text(entry.key))) tensors_below += named_tensors(entry.value);
  }
  return tensors_below > tensors;
}

/// Whether a dict with that many tensors among its values is a checkpoint all the same.
///
///   {model: {w}, mean, std}           a checkpoint, by the usual name
///   {weights: {w, b, c}, mean}        a checkpoint, by the numbers of tensors
///   {fc.w, fc.b, epoch, optimizer}    a state dict, with training state beside its tensors
///   {w, b, fc._extra_state: {a}}      a state dict
bool Values::is_checkpoint(NodeId dict, std::size_t tensors) {
  return has_usual_name(dict) || (!names_modules(tree_, dict) && has_more_below(dict, tensors));
}

bool Values::is_state_dict(NodeId id) {
  const auto ask = [&] {
    const std::size_t tensors = named_tensors(id);
    return tensors > 0 && !is_checkpoint(id, tensors);
  };
  if (!is_large(id)) return ask();
  const auto [known, is_new] = state_dicts_.try_emplace(id, false);
  if (is_new) known->second = ask();
  return known->second;
}

/// Everything but an optimizer can be the root.
bool can_be_root(const Section& section) { return section.kind != SectionKind::optimizer; }

const Section* find_named(const Tree& tree, const Sections& sections, std::string_view name) {
  for (const Section& section : sections.all) {
    if (!can_be_root(section) || sections.places.depth(section.place) != 1) continue;
    const PathStep& step = sections.places.step(section.place);
    if (step.type == StepType::key && tree.is_text(step.key, name)) return &section;
  }
  return nullptr;
}

const Section* find_largest(const Sections& sections) {
  const Section* largest = nullptr;
  for (const Section& section : sections.all)
    if (can_be_root(section) &&
        (largest == nullptr || section.storage_bytes > largest->storage_bytes))
      largest = &section;
  return largest;
}

/// Counts each storage once a section, for any number of sections in one pass.
class StorageCounter {
 public:
  explicit StorageCounter(const Tree& tree) : tree_(tree), last_section_(tree.storages().size()) {}

  /// Bytes of the storage that `node` refers to, if `section` (from 1) has not counted it yet.
  std::uint64_t new_bytes(NodeId node, std::size_t section) {
    StorageId id = no_storage;
    if (tree_.is(node, Kind::tensor)) id = tree_.tensor(node).storage;
    if (tree_.is(node, Kind::storage)) id = tree_.storage(node);
    if (id == no_storage) return 0;
    const std::size_t last = std::exchange(last_section_[static_cast<std::size_t>(id)], section);
    return last == section ? 0 : tree_.storage_of(id).size_bytes();
  }

 private:
  const Tree& tree_;
  std::vector<std::size_t> last_section_;
};

}  // namespace

bool is_state_dict(const Tree& tree, NodeId id) { return Values(tree).is_state_dict(id); }

bool is_optimizer(const Tree& tree, NodeId id) {
  const NodeId state = tree.find(id, "state");
  const NodeId groups = tree.find(id, "param_groups");
  return state != no_node && groups != no_node && tree.is(state, Kind::dict) &&
         tree.is(groups, Kind::list);
}

namespace {

/// Finds the sections of a tree one after the other, and counts what they hold.
class SectionFinder {
 public:
  explicit SectionFinder(const Tree& tree)
      : tree_(tree),
        walk_(tree, tree.root(), [&tree](NodeId node) { return is_part(tree, node); }),
        counter_(tree),
        budget_(tree),
        values_(tree) {}

  Sections find() {
    bool is_inside = false;
    while (walk_.next()) {
      is_inside = is_inside && walk_.depth() > found_.places.depth(found_.all.back().place);
      if (!is_inside && is_module(tree_, walk_.node())) {
        add_module();
        walk_.skip_children();
      } else if (is_inside || begins_section()) {
        is_inside = true;
        count(walk_.node());
      }
    }
    return std::move(found_);
  }

 private:
  static bool is_part(const Tree& tree, NodeId node) {
    return tree.is(node, Kind::tensor) || tree.is(node, Kind::storage) ||
           is_optimizer(tree, node) || is_module(tree, node);
  }

  bool begins_section() {
    const bool found_optimizer = values_.is_optimizer(walk_.node());
    if (!found_optimizer && !values_.is_state_dict(walk_.node())) return false;
    add(found_optimizer ? SectionKind::optimizer : SectionKind::state_dict);
    return true;
  }

  /// Of a module its state dict counts. Without a tensor in it (an activation, a loss) it is none.
  void add_module() {
    const std::vector<ModuleTensor> state = state_of_module(tree_, walk_.node(), budget_);
    if (state.empty()) return;
    add(SectionKind::module);
    for (const ModuleTensor& tensor : state) count(tensor.node);
  }

  void add(SectionKind kind) {
    found_.all.push_back({kind, walk_.node(), walk_.place(found_.places)});
  }

  void count(NodeId node) {
    if (tree_.is(node, Kind::tensor)) ++found_.all.back().tensor_count;
    found_.all.back().storage_bytes += counter_.new_bytes(node, found_.all.size());
  }

  const Tree& tree_;
  Walk walk_;
  StorageCounter counter_;
  NameBudget budget_;
  Values values_;
  Sections found_;
};

}  // namespace

Sections find_sections(const Tree& tree) { return SectionFinder(tree).find(); }

std::uint64_t storage_bytes_below(const Tree& tree, NodeId start) {
  StorageCounter counter(tree);
  std::uint64_t bytes = 0;
  Walk walk(tree, start, holders_of_bytes(tree));
  while (walk.next()) bytes += counter.new_bytes(walk.node(), 1);
  return bytes;
}

Root find_root(const Tree& tree) {
  if (is_state_dict(tree, tree.root())) return {tree.root(), {}, RootChoice::top};
  const Sections sections = find_sections(tree);
  const auto path_of = [&](const Section& section) { return sections.places.path(section.place); };
  if (sections.all.size() == 1 && sections.all[0].place == Places::top &&
      can_be_root(sections.all[0]))
    return {tree.root(), {}, RootChoice::top};
  for (const std::string_view name : usual_names)
    if (const Section* section = find_named(tree, sections, name))
      return {section->node, path_of(*section), RootChoice::usual_name};
  if (const Section* section = find_largest(sections))
    return {section->node, path_of(*section), RootChoice::largest};
  return {tree.root(), {}, RootChoice::none};
}

Root root_at(const Tree& tree, std::string_view path) {
  const NodeId wanted = path.empty() ? tree.root() : find_path(tree, tree.root(), path);
  if (wanted == no_node) {
    const auto is_dict = [&](NodeId node) { return tree.is(node, Kind::dict); };
    throw Error(ErrorKind::usage, concat("nothing lies at ", quote(path)),
                did_you_mean(find_closest(path, paths_to_suggest(tree, tree.root(), is_dict))));
  }
  Walk walk(tree, tree.root(), [&](NodeId node) { return node == wanted; });
  while (walk.next() && walk.node() != wanted) continue;
  return {wanted, walk.path(), RootChoice::given};
}

std::string shown_path(const Tree& tree, const Root& root, const KeyPath& path) {
  const bool is_direct = path.size() == root.path.size() + 1 && has_prefix(path, root.path);
  return is_direct ? step_text(tree, path.back()) : path_text(tree, path);
}

}  // namespace ckpt::model
