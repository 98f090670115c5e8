// Resolves all optimizers of the file together, because two optimizers do not share a parameter;
// then checks the names against an older checkpoint, if one is given.

#include "ckpt/optim/identify.hpp"

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "optim/find/forms.hpp"
#include "optim/names/clones.hpp"
#include "optim/names/verify_names.hpp"

namespace ckpt::optim {

using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

/// DeepSpeed's model file lists names by group: [{name: shape, ...}, ...].
NodeId find_param_shapes(const Tree& tree) {
  return tree.is(tree.root(), Kind::dict) ? tree.find(tree.root(), "param_shapes") : no_node;
}

std::vector<std::string> names_from_param_shapes(const Tree& tree, NodeId shapes,
                                                 const Optimizer& optimizer) {
  if (shapes == no_node || !is_list_like(tree, shapes)) return {};
  const auto groups = tree.items(shapes);
  if (groups.size() != optimizer.groups.size()) return {};
  std::vector<std::string> names;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (!tree.is(groups[g], Kind::dict)) return {};
    const auto entries = tree.entries(groups[g]);
    if (entries.size() != optimizer.groups[g].slot_count) return {};
    for (const model::Entry& entry : entries) {
      if (!tree.is(entry.key, Kind::text)) return {};
      names.emplace_back(tree.text(entry.key));
    }
  }
  return names;
}

/// Assumes that frozen parameters have no id only if the number of other parameters equals the
/// number of ids.
void keep_frozen_unless_counted_out(std::vector<ModelPart>& parts, std::size_t id_count) {
  for (ModelPart& part : parts) {
    const auto trained = std::ranges::count_if(part.candidates, [](const Candidate& candidate) {
      return !candidate.is_frozen && !candidate.is_likely_buffer;
    });
    if (static_cast<std::size_t>(trained) == id_count) continue;
    for (Candidate& candidate : part.candidates) candidate.is_frozen = false;
  }
}

Question question_of(const Tree& model_tree, NodeId param_shapes, const Optimizer& optimizer,
                     const std::vector<ModelPart>& parts) {
  Question question{.groups = {},
                    .parts = parts,
                    .own_names = optimizer.own_names,
                    .own_names_source = optimizer.own_names_source,
                    .find_clones = make_clone_finder(model_tree),
                    .path = optimizer.path_text};
  keep_frozen_unless_counted_out(question.parts, optimizer.slots.size());
  for (const Group& group : optimizer.groups) {
    question.groups.emplace_back();
    for (std::size_t i = 0; i < group.slot_count; ++i)
      question.groups.back().push_back(optimizer.slots[group.first_slot + i].shape);
  }
  if (question.own_names.empty()) {
    question.own_names = names_from_param_shapes(model_tree, param_shapes, optimizer);
    question.own_names_source = "param_shapes";
  }
  return question;
}

/// Each optimizer is held against each state dict. A file of thousands would take time and memory
/// by the square of its size: beyond some hundreds the names are left open.
constexpr std::size_t few_optimizers = 64;  // are held against any number of state dicts
constexpr std::size_t most_trials = std::size_t{1} << 21;
constexpr std::string_view too_many =
    "there are too many optimizers and state dicts to try each with each";

bool has_too_many(const std::vector<Optimizer>& optimizers, const std::vector<ModelPart>& parts) {
  constexpr std::size_t trials_a_part = 16;  // what a part costs beside its candidates
  constexpr std::size_t bytes_a_trial = 64;  // of its path, which is copied
  if (optimizers.size() <= few_optimizers) return false;
  std::size_t trials = 0;
  for (const ModelPart& part : parts)
    trials += trials_a_part + part.candidates.size() + part.ties.size() +
              part.path.size() / bytes_a_trial;
  return trials > most_trials / optimizers.size();
}

/// Which optimizer the overrides are about.
std::size_t overridden(const std::vector<Identified>& all, const std::vector<std::size_t>& open,
                       const std::optional<std::string>& at) {
  for (std::size_t i = 0; at && i < all.size(); ++i)
    if (all[i].optimizer.path_text == *at) return i;
  if (open.size() == 1) return open.front();
  throw Error(
      ErrorKind::usage,
      concat(counted(open.size(), "optimizer"), " without names in the file: which one is meant"),
      "say it with --at PATH");
}

void require_one_at(const std::vector<Optimizer>& optimizers, const std::string& path) {
  std::vector<std::string> paths;
  for (const Optimizer& optimizer : optimizers) {
    if (optimizer.path_text == path) return;
    paths.push_back(quote(optimizer.path_text));
  }
  throw Error(ErrorKind::usage, concat("--at: no optimizer lies at ", quote(path)),
              paths.empty() ? "there is none in the file" : concat("there is ", join(paths, ", ")));
}

}  // namespace

void require_optimizer_at(const Tree& tree, const std::string& path) {
  require_one_at(find_optimizers(tree), path);
}

std::vector<Identified> identify(const Tree& tree, const Tree& model_tree,
                                 const IdentifyOptions& options) {
  std::vector<Optimizer> optimizers = find_optimizers(tree);
  if (options.at) require_one_at(optimizers, *options.at);
  if (optimizers.empty()) return {};
  std::vector<Identified> all;
  std::vector<std::size_t> asked;  // the optimizers that have ids
  std::vector<std::size_t> open;   // those of `asked` without names of their own
  std::vector<Question> questions;
  const std::vector<ModelPart> parts = find_model_parts(model_tree);
  const NodeId param_shapes = find_param_shapes(model_tree);
  const bool leaves_open = has_too_many(optimizers, parts);
  for (Optimizer& optimizer : optimizers) {
    all.push_back({std::move(optimizer), {}});
    const Optimizer& found = all.back().optimizer;
    if (!found.is_editable()) {
      all.back().resolution.rule = found.problem;
      continue;
    }
    const bool is_tried = !leaves_open || found.path_text == options.at;
    Question question =
        question_of(model_tree, param_shapes, found, is_tried ? parts : std::vector<ModelPart>());
    if (!is_tried && question.own_names.empty()) {
      all.back().resolution.rule = too_many;
      open.push_back(all.size() - 1);
      continue;
    }
    questions.push_back(std::move(question));
    asked.push_back(all.size() - 1);
    if (questions.back().own_names.empty()) open.push_back(asked.back());
  }
  if (!options.overrides.is_empty() && !(asked.empty() && open.empty())) {
    const std::size_t which = overridden(all, open.empty() ? asked : open, options.at);
    if (std::ranges::find(asked, which) == asked.end()) {  // left open above
      questions.push_back(question_of(model_tree, param_shapes, all[which].optimizer, parts));
      asked.push_back(which);
    }
    const auto at = std::ranges::find(asked, which);
    questions[static_cast<std::size_t>(at - asked.begin())].overrides = options.overrides;
  }
  std::vector<Resolution> resolutions = resolve_together(questions);
  for (std::size_t i = 0; i < asked.size(); ++i)
    all[asked[i]].resolution = std::move(resolutions[i]);
  if (options.older)
    for (const std::size_t i : asked)
      verify_names(tree, model_tree, *options.older, options.overrides, all[i]);
  return all;
}

}  // namespace ckpt::optim
