// Modules are recognised by their attributes (_parameters, _buffers, _modules), not by their class,
// which may be any subclass. The walk uses an explicit stack; names are limited by a budget.

#include "ckpt/model/module.hpp"

#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/model/walk.hpp"

namespace ckpt::model {

namespace {

/// A module that is used many times, as ModuleList([block] * 1000), has many names in few bytes of
/// the file. Names may take this many bytes for any file, and more for a larger file.
constexpr std::size_t usual_most_bytes = std::size_t{64} << 20;
constexpr std::size_t most_bytes_a_value = 256;

NodeId find_dict(const Tree& tree, NodeId id, std::string_view name) {
  const NodeId found = find_attribute(tree, id, name);
  return found != no_node && tree.is(found, Kind::dict) ? found : no_node;
}

/// The texts of a set, in whatever form the pickler wrote it.
std::unordered_set<std::string> texts_below(const Tree& tree, NodeId id) {
  std::unordered_set<std::string> texts;
  if (id == no_node) return texts;
  Walk walk(tree, id);
  while (walk.next())
    if (tree.is(walk.node(), Kind::text)) texts.emplace(tree.text(walk.node()));
  return texts;
}

/// Visits a module before its children, with an explicit stack.
class ModuleWalk {
 public:
  ModuleWalk(const Tree& tree, NameBudget& budget) : tree_(tree), budget_(budget) {}

  /// Once per instance.
  void go_through(NodeId module) {
    enter(module, "");
    while (!open_.empty()) {
      Frame& frame = open_.back();
      if (frame.next_child == frame.children.size()) {
        open_nodes_.erase(frame.node);
        open_.pop_back();
        continue;
      }
      const Child child = frame.children[frame.next_child++];
      enter(child.node, child.prefix);
    }
  }

  std::vector<ModuleTensor>& tensors() { return tensors_; }
  std::vector<ModulePlace>& modules() { return modules_; }

 private:
  struct Child {
    NodeId node = no_node;
    std::string prefix;
  };
  struct Frame {
    NodeId node = no_node;
    std::vector<Child> children;
    std::size_t next_child = 0;
  };

  /// A module that contains itself is not entered again.
  void enter(NodeId module, const std::string& prefix) {
    if (!is_module(tree_, module) || !open_nodes_.insert(module).second) return;
    spend(prefix.size());
    modules_.push_back({prefix.substr(0, prefix.empty() ? 0 : prefix.size() - 1), module});
    add_tensors(find_dict(tree_, module, "_parameters"), prefix, Role::parameter, {});
    add_tensors(find_dict(tree_, module, "_buffers"), prefix, Role::buffer,
                texts_below(tree_, find_attribute(tree_, module, "_non_persistent_buffers_set")));
    Frame frame{.node = module, .children = {}};
    for (const Entry& entry : tree_.entries(find_dict(tree_, module, "_modules")))
      if (tree_.is(entry.key, Kind::text))
        frame.children.push_back({entry.value, concat(prefix, tree_.text(entry.key), '.')});
    open_.push_back(std::move(frame));
  }

  void spend(std::size_t text_bytes) {
    const std::size_t bytes = text_bytes + sizeof(ModuleTensor);
    if (bytes > budget_.bytes_left)
      throw Error(ErrorKind::limit, "modules within modules unfold to too many names");
    budget_.bytes_left -= bytes;
  }

  void add_tensors(NodeId dict, const std::string& prefix, Role role,
                   const std::unordered_set<std::string>& left_out) {
    if (dict == no_node) return;
    for (const TextEntry entry : text_entries(tree_, dict)) {
      if (!tree_.is(entry.value, Kind::tensor)) continue;
      const std::string name(entry.name);
      spend(prefix.size() + name.size());
      if (!left_out.contains(name)) tensors_.push_back({concat(prefix, name), entry.value, role});
    }
  }

  const Tree& tree_;
  NameBudget& budget_;
  std::vector<Frame> open_;
  std::unordered_set<NodeId> open_nodes_;
  std::vector<ModuleTensor> tensors_;
  std::vector<ModulePlace> modules_;
};

}  // namespace

/// The class in cls.__new__(cls), or in copyreg._reconstructor(cls, ...) of protocols 0 and 1.
NodeId class_of_module(const Tree& tree, NodeId module) {
  const Object& object = tree.object(module);
  const bool is_made_by_call = object.construction == Construction::reduce &&
                               tree.is(object.args, Kind::tuple) &&
                               !tree.items(object.args).empty();
  return is_made_by_call ? tree.items(object.args)[0] : object.callable;
}

NodeId find_attribute(const Tree& tree, NodeId object, std::string_view name) {
  if (!tree.is(object, Kind::object)) return no_node;
  for (const Step& step : tree.object(object).steps)
    if (step.kind == StepKind::build)
      if (const NodeId found = tree.find(step.value, name); found != no_node) return found;
  return no_node;
}

bool is_module(const Tree& tree, NodeId id) {
  return find_dict(tree, id, "_parameters") != no_node &&
         find_dict(tree, id, "_modules") != no_node;
}

NameBudget::NameBudget(const Tree& tree)
    : bytes_left(usual_most_bytes + tree.size() * most_bytes_a_value) {}

std::vector<ModuleTensor> state_of_module(const Tree& tree, NodeId module) {
  NameBudget budget(tree);
  return state_of_module(tree, module, budget);
}

std::vector<ModuleTensor> state_of_module(const Tree& tree, NodeId module, NameBudget& budget) {
  ModuleWalk walk(tree, budget);
  walk.go_through(module);
  return std::move(walk.tensors());
}

std::vector<ModulePlace> modules_of(const Tree& tree, NodeId module, NameBudget& budget) {
  ModuleWalk walk(tree, budget);
  walk.go_through(module);
  return std::move(walk.modules());
}

PlacedModules outermost_modules(const Tree& tree, const KeyPath& opened) {
  PlacedModules modules;
  Along along_opened(opened);
  Walk walk(tree, tree.root(), [&](NodeId node) { return is_module(tree, node); });
  while (walk.next()) {
    along_opened.follow(walk.path());
    if (!is_module(tree, walk.node()) || along_opened.is_above_end(walk.path())) continue;
    modules.all.push_back({walk.node(), walk.place(modules.places)});
    walk.skip_children();
  }
  return modules;
}

std::unordered_map<NodeId, std::string> paths_in_modules(const Tree& tree) {
  std::unordered_map<NodeId, std::string> paths;
  NameBudget budget(tree);
  const PlacedModules modules = outermost_modules(tree);
  for (const PlacedModule& module : modules.all) {
    const std::string path = modules.places.short_text(tree, module.place);
    for (const ModuleTensor& tensor : state_of_module(tree, module.node, budget))
      paths.try_emplace(tensor.node, concat(path, path.empty() ? "" : ":", key_text(tensor.name)));
  }
  return paths;
}

std::optional<Root> find_module_around(const Tree& tree, const Root& root) {
  Walk walk(tree, tree.root());
  while (walk.next()) {
    if (!leads_to(root.path, walk.path())) {
      walk.skip_children();
    } else if (is_module(tree, walk.node())) {
      return Root{walk.node(), walk.path(), root.choice};
    }
  }
  return std::nullopt;
}

std::optional<PlaceInModule> find_place_in_module(const Tree& tree, const Root& root) {
  const std::optional<Root> module = find_module_around(tree, root);
  if (!module || module->path.size() == root.path.size()) return std::nullopt;
  const auto is_key = [&](const PathStep& step, std::string_view text) {
    return step.type == StepType::key && tree.is_text(step.key, text);
  };
  PlaceInModule place{module->path, ""};
  auto step = root.path.begin() + static_cast<std::ptrdiff_t>(module->path.size());
  for (; root.path.end() - step > 2; step += 2) {
    const NodeId name = step[1].key;
    if (!is_key(*step, "_modules") || step[1].type != StepType::key || !tree.is(name, Kind::text))
      return std::nullopt;
    place.prefix += concat(tree.text(name), '.');
  }
  const bool is_last = root.path.end() - step == 1;
  if (!is_last || (!is_key(*step, "_parameters") && !is_key(*step, "_buffers")))
    return std::nullopt;
  return place;
}

}  // namespace ckpt::model
