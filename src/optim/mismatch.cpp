#include "optim/mismatch.hpp"

#include <algorithm>
#include <set>

#include "ckpt/base/text.hpp"
#include "optim/layouts.hpp"

namespace ckpt::optim {

namespace {

bool shares_a_shape(const Problem& problem) {
  const std::set<int> offered(problem.shape_of.begin(), problem.shape_of.end());
  return std::ranges::any_of(
      problem.flat(), [&](int wanted) { return wanted == any_shape || offered.contains(wanted); });
}

/// What would fit if every group listed its members otherwise.
std::string other_order(const Problem& problem) {
  if (problem.candidates.size() != problem.id_count()) return {};
  Indices names(problem.candidates.size());
  for (Index i = 0; i < names.size(); ++i) names[i] = i;
  Indices reversed(names.rbegin(), names.rend());
  if (!fitting_layouts(problem, reversed).empty())
    return "the ids fit the parameters in reverse order; --order with a reversed list would say so";
  std::ranges::sort(names, {}, [&](Index i) { return problem.name(i); });
  if (!fitting_layouts(problem, names).empty())
    return "the ids fit the parameters sorted by name; --order with a sorted list would say so";
  return {};
}

}  // namespace

void describe_mismatch(const Problem& problem, Resolution& resolution) {
  resolution.advice = other_order(problem);
  if (!shares_a_shape(problem)) {
    resolution.rule = "this optimizer belongs to another model: no shape is in both";
    return;
  }
  const std::vector<int> wanted = problem.flat();
  for (Index i = 0; i < wanted.size() && i < problem.candidates.size(); ++i) {
    if (problem.fits(i, wanted[i])) continue;
    resolution.mismatch = Mismatch{i, problem.name(i), {}, problem.candidates[i]->shape};
    break;
  }
  resolution.rule = concat("no assignment of ", counted(wanted.size(), "id"), " to ",
                           counted(problem.candidates.size(), "parameter"), " fits");
}

}  // namespace ckpt::optim
