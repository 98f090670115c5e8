// Several optimizers in one file: GAN pairs, Muon beside AdamW. Taken together as one optimizer
// with all groups, they must cover the parameters; often only one assignment remains where each
// alone has many.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "ckpt/optim/resolve.hpp"

namespace ckpt::optim {

namespace {

std::size_t id_count_of(const Question& question) {
  std::size_t count = 0;
  for (const auto& group : question.groups) count += group.size();
  return count;
}

/// Returns false when names of the same state dict overlap.
bool are_disjoint(const std::vector<Resolution>& resolutions) {
  std::unordered_set<std::string> seen;
  for (const Resolution& resolution : resolutions)
    for (const std::string& name : resolution.names)
      if (!seen.insert(resolution.part + ":" + name).second) return false;
  return true;
}

bool are_settled(const std::vector<Resolution>& resolutions) {
  return std::ranges::all_of(resolutions, &Resolution::is_settled);
}

bool can_be_joined(const std::vector<Question>& questions) {
  return std::ranges::all_of(questions, [](const Question& question) {
    return question.own_names.empty() && question.overrides.order.empty() &&
           question.overrides.groups.empty() && id_count_of(question) > 0;
  });
}

Question join_questions(const std::vector<Question>& questions) {
  Question joint = questions.front();
  joint.path.clear();
  for (std::size_t i = 1; i < questions.size(); ++i)
    joint.groups.insert(joint.groups.end(), questions[i].groups.begin(), questions[i].groups.end());
  return joint;
}

/// Whether the optimizers in exchanged order would fit too: then it is unknown which has which
/// parameters.
bool fits_the_other_way(const Resolution& joint, std::vector<Question> questions) {
  if (joint.level == Level::proved) return false;
  std::ranges::reverse(questions);
  const Resolution other = resolve(join_questions(questions));
  return other.level != Level::none;
}

std::vector<Resolution> divide(const Resolution& joint, const std::vector<Question>& questions) {
  std::vector<Resolution> resolutions;
  std::size_t first = 0;
  for (const Question& question : questions) {
    Resolution part = joint;
    const std::size_t count = id_count_of(question);
    const auto begin = joint.names.begin() + static_cast<std::ptrdiff_t>(first);
    part.names.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
    part.rule = "all optimizers together: " + joint.rule;
    part.can_be.clear();
    resolutions.push_back(std::move(part));
    first += count;
  }
  return resolutions;
}

/// Removes the names of settled optimizers from the candidates of the others.
void resolve_the_rest(const std::vector<Question>& questions,
                      std::vector<Resolution>& resolutions) {
  std::unordered_map<std::string, std::unordered_set<std::string>> taken;  // names, by part
  const auto take = [&](const Resolution& known) {
    if (known.is_settled()) taken[known.part].insert(known.names.begin(), known.names.end());
  };
  std::ranges::for_each(resolutions, take);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (resolutions[i].is_settled()) continue;
    Question question = questions[i];
    for (ModelPart& part : question.parts)
      if (const auto names = taken.find(part.path); names != taken.end())
        std::erase_if(part.candidates, [&](const Candidate& candidate) {
          return names->second.contains(candidate.name);
        });
    Resolution again = resolve(question);
    if (!again.is_settled()) continue;
    again.rule += "; parameters of the other optimizers left out";
    if (again.level == Level::proved) again.level = Level::assumed;
    resolutions[i] = std::move(again);
    take(resolutions[i]);
  }
}

}  // namespace

std::vector<Resolution> resolve_together(const std::vector<Question>& questions) {
  std::vector<Resolution> resolutions;
  for (const Question& question : questions) resolutions.push_back(resolve(question));
  if (questions.size() < 2 || (are_settled(resolutions) && are_disjoint(resolutions)))
    return resolutions;
  if (can_be_joined(questions)) {
    const Resolution joint = resolve(join_questions(questions));
    const bool covers_all = joint.is_settled() && joint.candidate_count == joint.names.size();
    if (covers_all && !fits_the_other_way(joint, questions)) return divide(joint, questions);
  }
  resolve_the_rest(questions, resolutions);
  return resolutions;
}

}  // namespace ckpt::optim
