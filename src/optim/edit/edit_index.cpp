// Maps each old name to its outputs, names tied to it included, and answers the questions that
// plans ask about the edit: what is dropped, what is new, whether the order changes.

#include "optim/edit/edit_index.hpp"

#include <algorithm>

#include "ckpt/base/text.hpp"
#include "ckpt/model/module.hpp"

namespace ckpt::optim {

using model::Kind;
using model::NodeId;
using model::Tree;

EditIndex::EditIndex(const ModelView& model, const RootEdit& edit)
    : root_path_(model::path_text(model.tree, model.root.path)), edit_(edit) {
  if (model.root.node != model::no_node && model.tree.is(model.root.node, Kind::dict)) {
    part_ = make_model_part(model.tree, model.root.node);
    for (const model::Entry& entry : model.tree.entries(model.root.node))
      if (model.tree.is(entry.key, Kind::text))
        place_.try_emplace(std::string(model.tree.text(entry.key)), place_.size());
  }
  note_prefixes(model);
  index_sources(edit);
  index_ties();
  find_character(edit);
}

/// The part "" is all parts joined; names in it start with the path of their part. A root inside a
/// pickled module is not a part of its own.
void EditIndex::note_prefixes(const ModelView& model) {
  prefixes_.emplace("", concat(root_path_, ':'));
  prefixes_.insert_or_assign(root_path_, "");
  const auto place = model::find_place_in_module(model.tree, model.root);
  if (!place) return;
  const std::string module = model::path_text(model.tree, place->module);
  prefixes_.insert_or_assign("", concat(module, ':', place->prefix));
  prefixes_.insert_or_assign(module, place->prefix);
}

void EditIndex::index_sources(const RootEdit& edit) {
  for (const Output& output : edit.outputs) {
    for (const std::string& source : output.sources) outputs_[source].push_back(&output);
    if (output.sources.empty()) added_.push_back(&output);
  }
}

/// The entry of a tied parameter stays while one of its names stays, under the first of these
/// names.
void EditIndex::index_ties() {
  for (const auto& [first, other] : part_.ties) {
    const auto found = outputs_.find(other);
    if (found == outputs_.end()) {
      if (const auto kept = outputs_.find(first); kept != outputs_.end()) {
        const std::vector<const Output*> outputs = kept->second;
        outputs_[other] = outputs;
      }
      continue;
    }
    const std::vector<const Output*> tied = found->second;
    std::vector<const Output*>& outputs = outputs_[first];
    const bool is_plain = std::ranges::all_of(tied, [](const Output* output) {
      return !output->operation && output->sources.size() == 1;
    });
    if (outputs.empty()) {
      outputs = tied;
    } else if (is_plain && outputs.size() == 1 && !outputs.front()->operation &&
               new_place(*tied.front()) < new_place(*outputs.front())) {
      outputs = {tied.front()};
    }
  }
}

void EditIndex::find_character(const RootEdit& edit) {
  std::size_t last = 0;
  bool is_first = true;
  for (const Candidate& candidate : part_.candidates) {
    const std::vector<const Output*>& outputs = outputs_of(candidate.name);
    if (outputs.empty()) drops_ = drops_ || !candidate.is_likely_buffer;
    for (const Output* output : outputs)
      computes_ = computes_ || output->operation || output->is_fresh ||
                  output->sources.size() > 1 || outputs.size() > 1;
    if (outputs.empty()) continue;
    const std::size_t place = new_place(*outputs.front());
    reorders_ = reorders_ || (!is_first && place < last);
    last = place;
    is_first = false;
  }
  computes_ = computes_ || std::ranges::any_of(edit.outputs, [](const Output& output) {
                return output.sources.empty();
              });
}

const std::vector<const Output*>& EditIndex::outputs_of(const std::string& name) const {
  static const std::vector<const Output*> nothing;
  const auto found = outputs_.find(name);
  return found == outputs_.end() ? nothing : found->second;
}

std::size_t EditIndex::old_place(const std::string& name) const {
  const auto found = place_.find(name);
  return found == place_.end() ? place_.size() : found->second;
}

std::size_t EditIndex::new_place(const Output& output) const {
  return static_cast<std::size_t>(&output - edit_.outputs.data());
}

std::optional<std::string> EditIndex::in_root(const Resolution& resolution,
                                              const std::string& name) const {
  if (name.empty()) return std::nullopt;
  const auto prefix = prefixes_.find(resolution.part);
  if (prefix == prefixes_.end() || !name.starts_with(prefix->second)) return std::nullopt;
  std::string key = name.substr(prefix->second.size());
  if (knows(key)) return key;
  return std::nullopt;
}

}  // namespace ckpt::optim
