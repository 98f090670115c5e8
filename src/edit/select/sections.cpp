#include "ckpt/edit/sections.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <vector>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/module.hpp"
#include "ckpt/model/walk.hpp"

namespace ckpt::edit {

namespace {

using model::Kind;
using model::NodeId;

enum class Part : std::uint8_t { model, optimizer, rest };

bool is_chosen(const SectionChoice& choice, Part part) {
  switch (part) {
    case Part::model:
      return choice.has_model;
    case Part::optimizer:
      return choice.has_optimizer;
    case Part::rest:
      return choice.has_rest;
  }
  return true;
}

/// A place in the tree, and which parts at or below it stay and are dropped.
struct Place {
  NodeId node = model::no_node;
  model::PlaceId id = model::Places::top;
  std::size_t parent = 0;  ///< index of its place; its own for the top
  bool stays = false;
  bool has_section_that_goes = false;
};

class SectionSelector {
 public:
  SectionSelector(const model::Tree& tree, const model::Root& root, const SectionChoice& choice)
      : tree_(tree), root_(root), choice_(choice), sections_(find_sections(tree)) {}

  match::Selection select() {
    visit_all();
    for (std::size_t i = places_.size(); i-- > 1;) {
      Place& parent = places_[places_[i].parent];
      parent.stays = parent.stays || places_[i].stays;
      parent.has_section_that_goes =
          parent.has_section_that_goes || places_[i].has_section_that_goes;
    }
    if (!places_.front().stays)
      throw Error(ErrorKind::conflict, "--sections: nothing of the file would be left",
                  "ckpt info lists its sections");
    for (std::size_t i = 1; i < places_.size(); ++i) collect(i);
    return std::move(selection_);
  }

 private:
  void visit_all() {
    std::vector<std::size_t> open;  // places of the containers around the current node
    model::Walk walk(tree_, tree_.root(), [this](NodeId node) { return is_part(node); });
    while (walk.next()) {
      along_root_.follow(walk.path());
      open.resize(walk.depth());
      places_.push_back({.node = walk.node(),
                         .id = walk.place(selection_.places),
                         .parent = open.empty() ? 0 : open.back()});
      open.push_back(places_.size() - 1);
      if (const std::optional<Part> part = find_part(walk)) {
        places_.back().stays = is_chosen(choice_, *part);
        places_.back().has_section_that_goes = !places_.back().stays && *part != Part::rest;
      }
    }
  }

  /// The part of a value that is not entered: a section, or a value without children.
  std::optional<Part> find_part(model::Walk& walk) {
    const model::Section* section = take_section(walk);
    const bool is_given = root_.choice == model::RootChoice::given;
    const bool is_root = is_given && along_root_.is_at_end(walk.path());
    const bool leads_to_root = is_root || (is_given && along_root_.is_above_end(walk.path()));
    const bool is_tensor = tree_.is(walk.node(), Kind::tensor);
    const bool is_leaf = is_tensor || walk.is_left_out() || !has_children(walk.node());
    if (section != nullptr || is_root || is_tensor) walk.skip_children();
    if (is_root) pass_sections_below_root();
    if (is_root || (section != nullptr && leads_to_root)) return Part::model;
    if (section != nullptr && section->kind == model::SectionKind::optimizer)
      return Part::optimizer;
    if (section != nullptr) return is_given ? Part::rest : Part::model;
    return is_leaf ? std::optional(Part::rest) : std::nullopt;
  }

  bool is_part(NodeId node) const {
    return tree_.is(node, Kind::tensor) || tree_.is(node, Kind::storage) ||
           is_optimizer(tree_, node) || is_module(tree_, node);
  }

  /// The section that starts at the current node; nothing when none does. Sections are in walk
  /// order. A node that is a section is one at every place, and nothing inside a section is
  /// visited.
  const model::Section* take_section(const model::Walk& walk) {
    if (next_section_ == sections_.all.size()) return nullptr;
    const model::Section& next = sections_.all[next_section_];
    if (next.node != walk.node() || sections_.places.depth(next.place) != walk.depth())
      return nullptr;
    ++next_section_;
    return &next;
  }

  /// They are part of the root that is given, and are not visited.
  void pass_sections_below_root() {
    const std::size_t depth = root_.path.size();
    const auto above = [&] {
      return sections_.places.ancestor(sections_.all[next_section_].place, depth);
    };
    if (next_section_ == sections_.all.size() ||
        !has_prefix(sections_.places.path(sections_.all[next_section_].place), root_.path))
      return;
    const model::PlaceId place_of_root = above();
    while (next_section_ < sections_.all.size() && above() == place_of_root) ++next_section_;
  }

  bool has_children(NodeId node) {
    children_.clear();
    model::append_children(tree_, node, children_);
    return !children_.empty();
  }

  void collect(std::size_t index) {
    const Place& place = places_[index];
    const Place& parent = places_[place.parent];
    if (place.stays || !parent.stays) return;
    const model::PathStep& step = selection_.places.step(place.id);
    if (!tree_.is(parent.node, Kind::dict)) {
      if (place.has_section_that_goes)
        throw Error(ErrorKind::conflict,
                    concat(quote(selection_.places.short_text(tree_, place.id)),
                           " lies in a list or an object that stays; only entries of dicts can be "
                           "dropped"));
      return;
    }
    // One edit for all entries of a dict: each goes through the whole dict.
    const auto [edit, is_new] = edit_of_.try_emplace(parent.node, selection_.edits.size());
    if (is_new) selection_.edits.push_back({.node = parent.node});
    selection_.edits[edit->second].dropped.push_back(step);
    selection_.dropped.push_back(
        {.dict = parent.node, .key = step.key, .value = place.node, .place = place.id});
  }

  const model::Tree& tree_;
  const model::Root& root_;
  const SectionChoice& choice_;
  model::Along along_root_{root_.path};
  model::Sections sections_;
  std::size_t next_section_ = 0;
  std::vector<Place> places_;
  std::unordered_map<NodeId, std::size_t> edit_of_;  // of a dict, which of the edits
  std::vector<model::Child> children_;
  match::Selection selection_;
};

}  // namespace

match::Selection select_sections(const model::Tree& tree, const model::Root& root,
                                 const SectionChoice& choice) {
  return SectionSelector(tree, root, choice).select();
}

}  // namespace ckpt::edit
