#include "edit/root/dict_edit.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"

namespace ckpt::edit {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Output;
using model::Tree;

namespace {

constexpr auto nowhere = static_cast<std::size_t>(-1);

std::size_t first_place(const Output& output, const Places& places) {
  std::size_t first = nowhere;
  for (const std::string& source : output.sources)
    if (const auto found = places.find(source); found != places.end())
      first = std::min(first, found->second);
  return first;
}

bool is_unchanged(const Output& output) { return output.sources.size() == 1 && !output.operation; }

class Editor {
 public:
  Editor(Tree& tree, const DictEdit& target, const model::RootEdit& edit, const Places& root_places)
      : tree_(tree),
        target_(target),
        edit_(edit),
        root_places_(root_places),
        before_(model::copy_entries(tree, target.dict)) {
    for (std::size_t place = 0; place < before_.size(); ++place) {
      const std::optional<std::string_view> name = name_in_root(before_[place]);
      if (name)
        places_.insert_or_assign(*name, place);
      else
        keep(place);
    }
  }

  EditedEntries run() {
    const bool adds = target_.new_outputs == NewOutputs::added;
    const bool has_new = std::ranges::any_of(
        edit_.outputs, [](const Output& output) { return output.sources.empty(); });
    const bool stays = keeps_order(edit_, root_places_) && !(adds && has_new);
    for (const Output& output : edit_.outputs) {
      if (output.sources.empty() && !adds) continue;
      const std::size_t from = first_place(output, places_);
      placed_.push_back({stays ? from : before_.size(), from, entry_of(output)});
    }
    if (!std::ranges::is_sorted(placed_, {}, &Placed::place))
      std::ranges::stable_sort(placed_, {}, &Placed::place);
    EditedEntries& edited = edited_;
    for (const Placed& one : placed_) {
      edited.entries.push_back(one.entry);
      edited.places.push_back(one.from);
    }
    if (has_own_names_) refuse_one_name_of_two(edited.entries);
    return std::move(edited_);
  }

 private:
  struct Placed {
    std::size_t place;
    std::size_t from;  // where it was before the edit
    Entry entry;
  };

  std::optional<std::string_view> name_in_root(const Entry& entry) const {
    if (!tree_.is(entry.key, Kind::text)) return std::nullopt;
    const std::string_view key = tree_.text(entry.key);
    if (!key.starts_with(target_.prefix)) return std::nullopt;
    const auto found = root_places_.find(key.substr(target_.prefix.size()));
    return found == root_places_.end() ? std::nullopt : std::optional(found->first);
  }

  /// An entry that the edit is not about.
  void keep(std::size_t place) {
    placed_.push_back({place, place, before_[place]});
    has_own_names_ = has_own_names_ || tree_.is(before_[place].key, Kind::text);
  }

  void count_renamed(NodeId value) {
    ++(tree_.is(value, Kind::tensor) ? edited_.renamed_tensors : edited_.renamed_others);
  }

  Entry entry_of(const Output& output) {
    const NodeId value = value_of(output);
    if (output.sources.empty()) return {new_key(output), value};
    const NodeId key = before_[places_.at(output.sources.front())].key;
    if (output.name == output.sources.front()) return {key, value};
    if (is_unchanged(output)) count_renamed(value);
    return {new_key(output), value};
  }

  NodeId new_key(const Output& output) {
    return tree_.add_text(concat(target_.prefix, output.name));
  }

  NodeId value_of(const Output& output) {
    const auto before = [this](const std::string& name) { return before_[places_.at(name)].value; };
    if (is_unchanged(output)) return before(output.sources.front());
    if (edit_.begin_values && !value_after_) value_after_ = edit_.begin_values(tree_, before);
    if (value_after_) return value_after_(output);
    if (!output.operation) throw std::logic_error("a computed output without an operation");
    std::vector<NodeId> sources;
    for (const std::string& source : output.sources) sources.push_back(before(source));
    return output.operation(tree_, sources);
  }

  /// A new name may be that of an entry which only this dict has.
  void refuse_one_name_of_two(const std::vector<Entry>& entries) const {
    std::unordered_set<std::string_view> names;
    for (const Entry& entry : entries)
      if (tree_.is(entry.key, Kind::text) && !names.insert(tree_.text(entry.key)).second)
        throw Error(ErrorKind::conflict,
                    concat("two entries would be called ", quote(tree_.text(entry.key))));
  }

  Tree& tree_;
  const DictEdit& target_;
  const model::RootEdit& edit_;
  const Places& root_places_;
  std::vector<Entry> before_;
  Places places_;  // in this dict, by names of the root
  std::vector<Placed> placed_;
  model::ValueAfter value_after_;
  bool has_own_names_ = false;  // entries under names that are not of the root
  EditedEntries edited_;
};

}  // namespace

Places places_of(const Tree& tree, NodeId state_dict) {
  Places places;
  for (const model::TextEntry& entry : model::text_entries(tree, state_dict))
    places.try_emplace(entry.name, places.size());
  return places;
}

bool keeps_order(const model::RootEdit& edit, const Places& places) {
  std::size_t last = 0;
  for (const Output& output : edit.outputs) {
    const std::size_t place = first_place(output, places);
    if (place == nowhere) continue;
    if (place < last) return false;
    last = place;
  }
  return true;
}

EditedEntries edited_entries(Tree& tree, const DictEdit& target, const model::RootEdit& edit,
                             const Places& root_places) {
  return Editor(tree, target, edit, root_places).run();
}

}  // namespace ckpt::edit
