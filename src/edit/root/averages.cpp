#include "edit/root/averages.hpp"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/optim/baggage.hpp"
#include "edit/root/dict_edit.hpp"
#include "edit/root/module_names.hpp"

namespace ckpt::edit {

using model::Kind;
using model::NodeId;
using model::Output;
using model::Tree;

namespace {

/// "" or "module.": what stands before the root's names in an average.
std::optional<std::string> prefix_in(const std::unordered_set<std::string_view>& names,
                                     const model::RootEdit& edit) {
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

/// Every name is there as before, at its place.
bool changes_nothing(const model::RootEdit& edit, const Places& places) {
  if (edit.outputs.size() != places.size() || !keeps_order(edit, places)) return false;
  return std::ranges::all_of(edit.outputs, [](const Output& output) {
    return output.sources.size() == 1 && output.sources.front() == output.name && !output.operation;
  });
}

class Averages {
 public:
  Averages(Tree& tree, const optim::ModelView& model, const model::RootEdit& edit,
           const Places& root_places, optim::CarryReport& report)
      : tree_(tree),
        edit_(edit),
        root_places_(root_places),
        report_(report),
        module_names_(model.tree, model.root.node, edit) {
    // Attributes that are the root's too are edited with the root.
    if (&model.tree == &tree) renamed_.insert(tree.attributes(model.root.node));
  }

  void edit(const optim::Baggage& average) {
    const auto prefix = prefix_in(names_in(average.node), edit_);
    if (!prefix) {
      report_.remarks.push_back(
          concat(quote(average.path), ": an average of other names; left as it is"));
      return;
    }
    const EditedEntries edited = within(average.path, [&] {
      return edited_entries(
          tree_, {.dict = average.node, .prefix = *prefix, .new_outputs = NewOutputs::left_out},
          edit_, root_places_);
    });
    tree_.set_entries(average.node, edited.entries);
    if (renamed_.insert(tree_.attributes(average.node)).second)
      rename_modules(tree_, average.node, module_names_, *prefix);
    report_.remarks.push_back(concat(quote(average.path), ": edited like the model it averages"));
    report_.has_changed = true;
  }

 private:
  std::unordered_set<std::string_view> names_in(NodeId dict) const {
    std::unordered_set<std::string_view> names;
    for (const model::TextEntry& entry : model::text_entries(tree_, dict)) names.insert(entry.name);
    return names;
  }

  Tree& tree_;
  const model::RootEdit& edit_;
  const Places& root_places_;
  optim::CarryReport& report_;
  ModuleNames module_names_;
  std::unordered_set<NodeId> renamed_;  // attributes whose modules have their new names
};

}  // namespace

void edit_averages(Tree& tree, const optim::ModelView& model, const model::RootEdit& edit,
                   optim::CarryReport& report) {
  if (optim::names_an_average(model::path_text(model.tree, model.root.path))) return;
  if (model.root.node == model::no_node || !model.tree.is(model.root.node, Kind::dict)) return;
  std::vector<optim::Baggage> averages = optim::find_baggage(tree);
  std::erase_if(averages, [&](const optim::Baggage& one) {
    return one.kind != optim::BaggageKind::average_by_name || one.node == model.root.node;
  });
  if (averages.empty()) return;
  const Places root_places = places_of(model.tree, model.root.node);
  if (changes_nothing(edit, root_places)) return;
  Averages edited(tree, model, edit, root_places, report);
  for (const optim::Baggage& average : averages) edited.edit(average);
}

}  // namespace ckpt::edit
