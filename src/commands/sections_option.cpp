#include "commands/sections_option.hpp"

#include <unordered_set>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::commands {

namespace {

enum class Part { model, optimizer, rest };

using Keys = std::unordered_set<model::NodeId>;

/// The keys at the top below which an optimizer lies.
Keys keys_of_optimizers(const model::Tree& tree) {
  Keys keys;
  for (const model::Section& section : find_sections(tree))
    if (section.kind == model::SectionKind::optimizer && !section.path.empty())
      keys.insert(section.path.front().key);
  return keys;
}

Part part_of(const model::Root& root, const Keys& of_optimizers, const model::Entry& entry) {
  if (!root.path.empty() && root.path.front().key == entry.key) return Part::model;
  return of_optimizers.contains(entry.key) ? Part::optimizer : Part::rest;
}

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

}  // namespace

SectionChoice parse_sections(const std::string& words) {
  SectionChoice choice{.has_model = false, .has_optimizer = false, .has_rest = false};
  for (const std::string_view word : split(words, ',')) {
    if (word == "model") {
      choice.has_model = true;
    } else if (word == "optimizer") {
      choice.has_optimizer = true;
    } else if (word == "rest") {
      choice.has_rest = true;
    } else {
      throw Error(ErrorKind::usage,
                  concat("expected some of model, optimizer, rest, got ", quote(word)),
                  did_you_mean(find_closest(word, {"model", "optimizer", "rest"})));
    }
  }
  return choice;
}

std::vector<model::Entry> left_out(const model::Tree& tree, const model::Root& root,
                                   const SectionChoice& choice) {
  std::vector<model::Entry> entries;
  if (root.path.empty() || !tree.is(tree.root(), model::Kind::dict)) return entries;
  const Keys of_optimizers = keys_of_optimizers(tree);
  for (const model::Entry& entry : tree.entries(tree.root()))
    if (!is_chosen(choice, part_of(root, of_optimizers, entry))) entries.push_back(entry);
  return entries;
}

}  // namespace ckpt::commands
