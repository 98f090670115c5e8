#include "commands/sections_option.hpp"

#include <algorithm>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::commands {

namespace {

enum class Part { model, optimizer, rest };

Part part_of(const model::Root& root, const std::vector<model::Section>& sections,
             const model::Entry& entry) {
  if (!root.path.empty() && root.path.front().key == entry.key) return Part::model;
  const bool has_optimizer = std::ranges::any_of(sections, [&](const model::Section& section) {
    return section.kind == model::SectionKind::optimizer && !section.path.empty() &&
           section.path.front().key == entry.key;
  });
  return has_optimizer ? Part::optimizer : Part::rest;
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
  const std::vector<model::Section> sections = find_sections(tree);
  for (const model::Entry& entry : tree.entries(tree.root()))
    if (!is_chosen(choice, part_of(root, sections, entry))) entries.push_back(entry);
  return entries;
}

}  // namespace ckpt::commands
