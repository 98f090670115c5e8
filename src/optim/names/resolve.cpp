// Sources of names, in this order: --order, names in the file, then inference for each list of
// candidates (candidate_lists.hpp, explain.hpp). Likely buffers become candidates only when nothing
// fits without them.

#include "ckpt/optim/resolve.hpp"

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "optim/find/path_words.hpp"
#include "optim/names/candidate_lists.hpp"
#include "optim/names/mismatch.hpp"
#include "optim/names/said_names.hpp"

namespace ckpt::optim {

namespace {

std::size_t id_count_of(const Question& question) {
  std::size_t count = 0;
  for (const auto& group : question.groups) count += group.size();
  return count;
}

Problem problem_by_groups(const Question& question, CandidateList& list) {
  const std::vector<std::string>& patterns = question.overrides.groups;
  if (patterns.empty()) return make_problem(list.candidates, question.groups);
  if (patterns.size() != question.groups.size())
    throw Error(ErrorKind::usage,
                concat("--group: ", counted(patterns.size(), "pattern"), ", but the optimizer has ",
                       counted(question.groups.size(), "group")));
  const std::vector<int> group_of = groups_by_pattern(patterns, list.candidates);
  std::vector<const Candidate*> members;
  std::vector<int> groups;
  for (std::size_t i = 0; i < group_of.size(); ++i) {
    if (group_of[i] == any_group) continue;
    members.push_back(list.candidates[i]);
    groups.push_back(group_of[i]);
  }
  list.candidates = members;
  Problem problem = make_problem(std::move(members), question.groups);
  problem.group_of = std::move(groups);
  return problem;
}

Problem problem_of(const Question& question, CandidateList& list) {
  Problem problem = problem_by_groups(question, list);
  problem.child_orders = question.overrides.child_orders;
  return problem;
}

/// Whether a name passes through the child of the module: "0.attn.q.weight" for attn and q.
bool leads_through(const std::string& name, const std::string& module, const std::string& child) {
  const std::string inside =
      module.empty() ? concat('.', child, '.') : concat('.', module, '.', child, '.');
  const std::string dotted = concat('.', name, '.');
  return module.empty() ? dotted.starts_with(inside) : dotted.find(inside) != std::string::npos;
}

void refuse_unknown_children(const Question& question) {
  for (const ChildOrder& said : question.overrides.child_orders)
    for (const std::string& child : said.children) {
      const bool is_known = std::ranges::any_of(question.parts, [&](const ModelPart& part) {
        return std::ranges::any_of(part.candidates, [&](const Candidate& candidate) {
          return leads_through(candidate.name, said.module, child);
        });
      });
      if (!is_known)
        throw Error(ErrorKind::usage, concat("--child-order: no module ", quote(said.module),
                                             " has a child ", quote(child)));
    }
}

/// The result for one candidate list.
struct Attempt {
  std::string part;
  std::size_t candidate_count = 0;
  Explanation explanation;
};

Resolution resolution_of(Attempt attempt) {
  Resolution resolution{
      .level = attempt.explanation.level, .rule = attempt.explanation.rule, .part = attempt.part};
  resolution.candidate_count = attempt.candidate_count;
  resolution.deals = attempt.explanation.deals;
  resolution.can_be = std::move(attempt.explanation.can_be);
  resolution.is_guess = attempt.explanation.is_guess;
  if (resolution.is_settled())
    resolution.names = attempt.explanation.fits.front().names;
  else
    resolution.fits = std::move(attempt.explanation.fits);
  return resolution;
}

std::vector<Attempt> attempts_of(const Question& question, Buffers buffers) {
  std::vector<Attempt> attempts;
  bool has_settled = false;
  for (CandidateList& list : candidate_lists(question.parts, buffers)) {
    if (list.is_joined && has_settled) break;
    apply_overrides(question.overrides, list);
    const Problem problem = problem_of(question, list);
    if (problem.candidates.size() < problem.id_count()) continue;
    Attempt attempt{list.part, problem.candidates.size(),
                    explain(problem, list.order, question.find_clones)};
    if (attempt.explanation.level == Level::none) continue;
    has_settled = has_settled || attempt.explanation.level <= Level::assumed;
    attempts.push_back(std::move(attempt));
  }
  return attempts;
}

bool give_equal_names(const std::vector<Attempt>& attempts) {
  return std::ranges::all_of(attempts, [&](const Attempt& attempt) {
    const auto& fits = attempt.explanation.fits;
    const auto& first = attempts.front().explanation.fits;
    return fits.size() == 1 && first.size() == 1 && fits.front().names == first.front().names;
  });
}

/// Of several state dicts that fit: the one whose path is most similar to the optimizer's; the
/// first when all give the same names.
std::optional<Attempt> find_named_alike(const std::vector<Attempt>& attempts,
                                        const std::string& path) {
  const Attempt* best = nullptr;
  int most = -1;
  bool is_tied = false;
  for (const Attempt& attempt : attempts) {
    const int common = words_in_common(path, attempt.part);
    is_tied = common == most || (is_tied && common < most);
    if (common <= most) continue;
    most = common;
    best = &attempt;
  }
  if ((most < 1 || is_tied) && !give_equal_names(attempts)) return std::nullopt;
  return *best;
}

/// All fitting assignments as one ambiguous result.
Resolution ambiguous_parts(const std::vector<Attempt>& attempts) {
  Resolution resolution{.level = Level::ambiguous, .rule = {}, .part = {}};
  std::vector<std::string> parts;
  for (const Attempt& attempt : attempts) {
    if (!attempt.part.empty()) parts.push_back(quote(attempt.part));
    for (const Fit& fit : attempt.explanation.fits) {
      resolution.fits.push_back(fit);
      if (attempt.part.empty()) continue;
      for (std::string& name : resolution.fits.back().names) name = concat(attempt.part, ':', name);
    }
  }
  resolution.rule = concat("several parts of the file fit: ", join(parts, ", "));
  return resolution;
}

Resolution best_of(std::vector<Attempt> attempts, const std::string& path) {
  std::vector<Attempt> settled;
  std::ranges::copy_if(attempts, std::back_inserter(settled), [](const Attempt& attempt) {
    return attempt.explanation.level <= Level::assumed;
  });
  std::vector<Attempt>& fitting = settled.empty() ? attempts : settled;
  if (fitting.size() == 1) return resolution_of(std::move(fitting.front()));
  if (std::optional<Attempt> alike = find_named_alike(fitting, path)) {
    if (alike->explanation.level == Level::proved && !give_equal_names(fitting)) {
      alike->explanation.level = Level::assumed;
      alike->explanation.rule =
          concat("of the parts that fit, ", quote(alike->part), " is named like the optimizer");
    }
    return resolution_of(std::move(*alike));
  }
  return ambiguous_parts(fitting);
}

Resolution nothing_fits(const Question& question) {
  Resolution resolution;
  std::vector<CandidateList> lists = candidate_lists(question.parts, Buffers::out);
  if (lists.empty()) {
    resolution.rule = "there is no state dict beside it";
    return resolution;
  }
  CandidateList& list = lists.front();
  apply_overrides(question.overrides, list);
  const Problem problem = problem_of(question, list);
  resolution.part = list.part;
  resolution.candidate_count = problem.candidates.size();
  describe_mismatch(problem, flat_shapes(question), resolution);
  return resolution;
}

[[noreturn]] void throw_contradiction(const Resolution& resolution) {
  std::string message = concat("what is said about the ids does not fit them: ", resolution.rule);
  if (const auto& mismatch = resolution.mismatch)
    message += concat("; id number ", mismatch->id, " has shape ", shape_text(mismatch->id_shape),
                      ", ", quote(mismatch->name), " has ", shape_text(mismatch->name_shape));
  throw Error(ErrorKind::conflict, message);
}

}  // namespace

std::string_view level_text(Level level) {
  switch (level) {
    case Level::named:
      return "named";
    case Level::proved:
      return "proved";
    case Level::assumed:
      return "assumed";
    case Level::ambiguous:
      return "ambiguous";
    case Level::none:
      return "none";
  }
  return "none";
}

Resolution resolve(const Question& question) {
  if (!question.overrides.order.empty()) return resolve_by_order(question);
  if (!question.own_names.empty()) return resolve_named(question);
  if (id_count_of(question) == 0) return {.level = Level::named, .rule = "no ids", .part = {}};
  refuse_unknown_children(question);
  std::vector<Attempt> attempts = attempts_of(question, Buffers::out);
  if (attempts.empty()) attempts = attempts_of(question, Buffers::in);
  if (!attempts.empty()) return best_of(std::move(attempts), question.path);
  Resolution resolution = nothing_fits(question);
  if (!question.overrides.is_empty() && resolution.candidate_count > 0)
    throw_contradiction(resolution);
  return resolution;
}

}  // namespace ckpt::optim
