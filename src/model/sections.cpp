#include "ckpt/model/sections.hpp"

#include <algorithm>
#include <array>
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
bool has_usual_name(const Tree& tree, NodeId dict) {
  const bool may_be_averaged = names_modules(tree, dict);
  return std::ranges::any_of(usual_names, [&](std::string_view name) {
    const NodeId value = tree.find(dict, name);
    if (value == no_node) return false;
    if (is_module(tree, value)) return true;
    if (count_named_tensors(tree, value) == 0) return false;
    const std::string_view first = tree.text(tree.entries(value)[0].key);
    return !may_be_averaged || tree.find(dict, first) == no_node;
  });
}

/// Whether more than the tensors of a dict lies one level below, in what no module holds.
bool has_more_below(const Tree& tree, NodeId dict, std::size_t tensors) {
  std::size_t tensors_below = 0;
  for (const Entry& entry : tree.entries(dict)) {
    if (is_optimizer(tree, entry.value) || is_module(tree, entry.value)) return true;
    if (!is_name_in_module(tree.text(entry.key)))
      tensors_below += count_named_tensors(tree, entry.value);
  }
  return tensors_below > tensors;
}

/// Whether a dict with that many tensors among its values is a checkpoint all the same.
///
///   {model: {w}, mean, std}           a checkpoint, by the usual name
///   {weights: {w, b, c}, mean}        a checkpoint, by the numbers of tensors
///   {fc.w, fc.b, epoch, optimizer}    a state dict, with training state beside its tensors
///   {w, b, fc._extra_state: {a}}      a state dict
bool is_checkpoint(const Tree& tree, NodeId dict, std::size_t tensors) {
  return has_usual_name(tree, dict) ||
         (!names_modules(tree, dict) && has_more_below(tree, dict, tensors));
}

/// Everything but an optimizer can be the root.
bool can_be_root(const Section& section) { return section.kind != SectionKind::optimizer; }

const Section* find_named(const Tree& tree, const std::vector<Section>& sections,
                          std::string_view name) {
  for (const Section& section : sections)
    if (can_be_root(section) && section.path.size() == 1 && section.path[0].type == StepType::key &&
        tree.is_text(section.path[0].key, name))
      return &section;
  return nullptr;
}

const Section* find_largest(const std::vector<Section>& sections) {
  const Section* largest = nullptr;
  for (const Section& section : sections)
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

bool is_state_dict(const Tree& tree, NodeId id) {
  const std::size_t tensors = count_named_tensors(tree, id);
  return tensors > 0 && !is_checkpoint(tree, id, tensors);
}

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
        budget_(tree) {}

  std::vector<Section> find() {
    bool is_inside = false;
    while (walk_.next()) {
      is_inside = is_inside && walk_.depth() > sections_.back().path.size();
      if (!is_inside && is_module(tree_, walk_.node())) {
        add_module();
        walk_.skip_children();
      } else if (is_inside || begins_section()) {
        is_inside = true;
        count(walk_.node());
      }
    }
    return std::move(sections_);
  }

 private:
  static bool is_part(const Tree& tree, NodeId node) {
    return tree.is(node, Kind::tensor) || tree.is(node, Kind::storage) ||
           is_optimizer(tree, node) || is_module(tree, node);
  }

  bool begins_section() {
    const bool found_optimizer = is_optimizer(tree_, walk_.node());
    if (!found_optimizer && !is_state_dict(tree_, walk_.node())) return false;
    sections_.push_back({found_optimizer ? SectionKind::optimizer : SectionKind::state_dict,
                         walk_.node(), walk_.path()});
    return true;
  }

  /// Of a module its state dict counts. Without a tensor in it (an activation, a loss) it is none.
  void add_module() {
    const std::vector<ModuleTensor> state = state_of_module(tree_, walk_.node(), budget_);
    if (state.empty()) return;
    sections_.push_back({SectionKind::module, walk_.node(), walk_.path()});
    for (const ModuleTensor& tensor : state) count(tensor.node);
  }

  void count(NodeId node) {
    if (tree_.is(node, Kind::tensor)) ++sections_.back().tensor_count;
    sections_.back().storage_bytes += counter_.new_bytes(node, sections_.size());
  }

  const Tree& tree_;
  Walk walk_;
  StorageCounter counter_;
  NameBudget budget_;
  std::vector<Section> sections_;
};

}  // namespace

std::vector<Section> find_sections(const Tree& tree) { return SectionFinder(tree).find(); }

std::uint64_t storage_bytes_below(const Tree& tree, NodeId start) {
  StorageCounter counter(tree);
  std::uint64_t bytes = 0;
  Walk walk(tree, start, holders_of_bytes(tree));
  while (walk.next()) bytes += counter.new_bytes(walk.node(), 1);
  return bytes;
}

Root find_root(const Tree& tree) {
  if (is_state_dict(tree, tree.root())) return {tree.root(), {}, RootChoice::top};
  const std::vector<Section> sections = find_sections(tree);
  if (sections.size() == 1 && sections[0].path.empty() && can_be_root(sections[0]))
    return {tree.root(), {}, RootChoice::top};
  for (const std::string_view name : usual_names)
    if (const Section* section = find_named(tree, sections, name))
      return {section->node, section->path, RootChoice::usual_name};
  if (const Section* section = find_largest(sections))
    return {section->node, section->path, RootChoice::largest};
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
