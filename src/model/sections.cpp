#include "ckpt/model/sections.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/walk.hpp"

namespace ckpt::model {

namespace {

/// In order of preference.
constexpr std::array<std::string_view, 10> usual_names{
    "state_dict", "model_state_dict", "model",     "module", "params_ema", "params",
    "net",        "network",          "generator", "ema"};

const Section* find_named(const Tree& tree, const std::vector<Section>& sections,
                          std::string_view name) {
  for (const Section& section : sections)
    if (section.kind == SectionKind::state_dict && section.path.size() == 1 &&
        section.path[0].type == StepType::key && tree.is_text(section.path[0].key, name))
      return &section;
  return nullptr;
}

const Section* find_largest(const std::vector<Section>& sections) {
  const Section* largest = nullptr;
  for (const Section& section : sections)
    if (section.kind == SectionKind::state_dict &&
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
  if (!tree.is(id, Kind::dict)) return false;
  std::size_t tensors = 0;
  for (const Entry& entry : tree.entries(id)) {
    if (!tree.is(entry.key, Kind::text)) return false;
    if (tree.is(entry.value, Kind::tensor)) ++tensors;
  }
  return tensors > 0 && tensors * 2 >= tree.entries(id).size();
}

bool is_optimizer(const Tree& tree, NodeId id) {
  const NodeId state = tree.find(id, "state");
  const NodeId groups = tree.find(id, "param_groups");
  return state != no_node && groups != no_node && tree.is(state, Kind::dict) &&
         tree.is(groups, Kind::list);
}

std::vector<Section> find_sections(const Tree& tree) {
  std::vector<Section> sections;
  StorageCounter counter(tree);
  bool is_inside = false;
  Walk walk(tree, tree.root(), [&](NodeId node) {
    return tree.is(node, Kind::tensor) || tree.is(node, Kind::storage) || is_optimizer(tree, node);
  });
  while (walk.next()) {
    is_inside = is_inside && walk.depth() > sections.back().path.size();
    if (!is_inside) {
      const bool found_optimizer = is_optimizer(tree, walk.node());
      is_inside = found_optimizer || is_state_dict(tree, walk.node());
      if (!is_inside) continue;
      sections.push_back({found_optimizer ? SectionKind::optimizer : SectionKind::state_dict,
                          walk.node(), walk.path()});
    }
    if (tree.is(walk.node(), Kind::tensor)) ++sections.back().tensor_count;
    sections.back().storage_bytes += counter.new_bytes(walk.node(), sections.size());
  }
  return sections;
}

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
