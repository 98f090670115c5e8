// Averages of the weights beside the model (ema, teacher, ...). An edit of the model is applied to
// each average, including the names in `_metadata` and the order of the keys; an average that
// cannot follow is left unchanged.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/optim/baggage.hpp"
#include "optim/edit/carry_baggage.hpp"
#include "optim/find/path_words.hpp"

namespace ckpt::optim {

using model::Entry;
using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

/// The text in front of the root's names in an average: "" or "module.".
std::optional<std::string> prefix_in(const std::unordered_set<std::string>& names,
                                     const RootEdit& edit) {
  for (const std::string_view prefix : {"", "module.", "ema_model.", "_orig_mod."}) {
    const bool has_all = std::ranges::all_of(edit.outputs, [&](const Output& output) {
      return std::ranges::all_of(output.sources, [&](const std::string& source) {
        return names.contains(concat(prefix, source));
      });
    });
    if (has_all) return std::string(prefix);
  }
  return std::nullopt;
}

/// Whether the sources of the outputs are in the order of the root.
bool is_in_order(const RootEdit& edit, const std::unordered_map<std::string, std::size_t>& places) {
  std::size_t last = 0;
  for (const Output& output : edit.outputs) {
    if (output.sources.empty()) continue;
    const auto place = places.find(output.sources.front());
    if (place == places.end()) continue;
    if (place->second < last) return false;
    last = place->second;
  }
  return true;
}

/// Whether every name stays, at its position.
bool changes_nothing(const RootEdit& edit,
                     const std::unordered_map<std::string, std::size_t>& places) {
  if (edit.outputs.size() != places.size() || !is_in_order(edit, places)) return false;
  return std::ranges::all_of(edit.outputs, [](const Output& output) {
    return output.sources.size() == 1 && output.sources.front() == output.name && !output.operation;
  });
}

/// The entries of an average after the edit of the model.
class AverageEdit {
 public:
  AverageEdit(Tree& tree, NodeId dict, std::string prefix, const RootEdit& edit)
      : tree_(tree), dict_(dict), prefix_(std::move(prefix)), edit_(edit) {}

  /// `root_places` are the names of the model with their positions. Entries that are not of the
  /// model keep their positions, and the average keeps its own order unless the edit reorders the
  /// model.
  void run(const std::unordered_map<std::string, std::size_t>& root_places) {
    const auto span = tree_.entries(dict_);
    const std::vector<Entry> before(span.begin(), span.end());
    std::vector<Placed> placed;
    for (std::size_t place = 0; place < before.size(); ++place) {
      const std::optional<std::string> name = name_in_model(before[place], root_places);
      if (name)
        by_name_[*name] = {place, before[place]};
      else
        placed.push_back({place, before[place]});
    }
    const bool keeps_order = is_in_order(edit_, root_places);
    for (const Output& output : edit_.outputs) {
      if (output.sources.empty()) continue;
      placed.push_back({keeps_order ? first_place(output) : before.size(), entry_of(output)});
    }
    std::ranges::stable_sort(placed, {}, &Placed::place);
    std::vector<Entry> entries;
    for (const Placed& one : placed) entries.push_back(one.entry);
    refuse_one_name_of_two(entries);
    tree_.set_entries(dict_, entries);
  }

 private:
  struct Placed {
    std::size_t place;
    Entry entry;
  };

  /// A new name of the model may be the name of an entry that only the average has.
  void refuse_one_name_of_two(const std::vector<Entry>& entries) const {
    std::unordered_set<std::string_view> names;
    for (const Entry& entry : entries)
      if (tree_.is(entry.key, Kind::text) && !names.insert(tree_.text(entry.key)).second)
        throw Error(ErrorKind::conflict,
                    concat("two entries would be called ", quote(tree_.text(entry.key))));
  }

  std::optional<std::string> name_in_model(
      const Entry& entry, const std::unordered_map<std::string, std::size_t>& root_places) const {
    const std::string_view key = tree_.is(entry.key, Kind::text) ? tree_.text(entry.key) : "";
    if (!tree_.is(entry.key, Kind::text) || !key.starts_with(prefix_)) return std::nullopt;
    std::string name(key.substr(prefix_.size()));
    return root_places.contains(name) ? std::optional(std::move(name)) : std::nullopt;
  }

  std::size_t first_place(const Output& output) const {
    std::size_t first = by_name_.at(output.sources.front()).place;
    for (const std::string& source : output.sources)
      first = std::min(first, by_name_.at(source).place);
    return first;
  }

  Entry entry_of(const Output& output) {
    const Entry& first = by_name_.at(output.sources.front()).entry;
    NodeId value = first.value;
    if (output.operation) {
      std::vector<NodeId> sources;
      for (const std::string& source : output.sources)
        sources.push_back(by_name_.at(source).entry.value);
      value = output.operation(tree_, sources);
    }
    const bool is_same_name = output.name == output.sources.front();
    return {is_same_name ? first.key : tree_.add_text(concat(prefix_, output.name)), value};
  }

  Tree& tree_;
  NodeId dict_;
  std::string prefix_;
  const RootEdit& edit_;
  std::unordered_map<std::string, Placed> by_name_;
};

/// Does nothing when the average shares its attributes with the root, which is renamed later.
void follow_modules(Tree& tree, NodeId dict, const std::string& prefix, const ModelView& model,
                    const RootEdit& edit) {
  if (!edit.follow_modules || !tree.is(dict, Kind::dict)) return;
  const bool is_of_root =
      &model.tree == &tree && tree.attributes(model.root.node) == tree.attributes(dict);
  if (!is_of_root) edit.follow_modules(tree, dict, prefix);
}

}  // namespace

void carry_averages(Tree& tree, const ModelView& model, const RootEdit& edit, CarryReport& report) {
  if (names_an_average(model::path_text(model.tree, model.root.path))) return;
  if (model.root.node == no_node || !model.tree.is(model.root.node, Kind::dict)) return;
  std::unordered_map<std::string, std::size_t> root_places;
  for (const Entry& entry : model.tree.entries(model.root.node))
    if (model.tree.is(entry.key, Kind::text))
      root_places.try_emplace(std::string(model.tree.text(entry.key)), root_places.size());
  if (changes_nothing(edit, root_places)) return;
  for (const Baggage& baggage : find_baggage(tree)) {
    if (baggage.kind != BaggageKind::average_by_name || baggage.node == model.root.node) continue;
    std::unordered_set<std::string> names;
    for (const Entry& entry : tree.entries(baggage.node))
      if (tree.is(entry.key, Kind::text)) names.emplace(tree.text(entry.key));
    const auto prefix = prefix_in(names, edit);
    if (!prefix) {
      report.remarks.push_back(
          concat(quote(baggage.path), ": an average of other names; left as it is"));
      continue;
    }
    within(baggage.path, [&] { AverageEdit(tree, baggage.node, *prefix, edit).run(root_places); });
    follow_modules(tree, baggage.node, *prefix, model, edit);
    report.remarks.push_back(concat(quote(baggage.path), ": edited like the model it averages"));
    report.has_changed = true;
  }
}

}  // namespace ckpt::optim
