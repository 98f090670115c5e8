#include "optim/names/mismatch.hpp"

#include <algorithm>
#include <set>

#include "ckpt/base/text.hpp"
#include "optim/names/layouts.hpp"

namespace ckpt::optim {

namespace {

/// The first flat id whose shape no candidate has.
std::optional<Index> find_foreign_id(const Problem& problem) {
  const std::set<int> offered(problem.shape_of.begin(), problem.shape_of.end());
  const std::vector<int> wanted = problem.flat();
  for (Index i = 0; i < wanted.size(); ++i)
    if (wanted[i] != any_shape && !offered.contains(wanted[i])) return i;
  return std::nullopt;
}

/// Describes what would fit if every group listed its members in another order.
std::string other_order(const Problem& problem) {
  if (problem.candidates.size() != problem.id_count()) return {};
  Indices names(problem.candidates.size());
  for (Index i = 0; i < names.size(); ++i) names[i] = i;
  Indices reversed(names.rbegin(), names.rend());
  if (!fitting_layouts(problem, name_parts(problem), reversed).empty())
    return "the ids fit the parameters in reverse order; --order with a reversed list would say so";
  std::ranges::sort(names, {}, [&](Index i) { return problem.name(i); });
  if (!fitting_layouts(problem, name_parts(problem), names).empty())
    return "the ids fit the parameters sorted by name; --order with a sorted list would say so";
  return {};
}

/// The message for an id whose shape no parameter has.
std::string foreign_rule(const Problem& problem, Index id, const Shape& shape) {
  const std::set<int> offered(problem.shape_of.begin(), problem.shape_of.end());
  const bool shares_none = std::ranges::none_of(
      problem.flat(), [&](int wanted) { return wanted == any_shape || offered.contains(wanted); });
  if (shares_none) return "this optimizer belongs to another model: no shape is in both";
  return concat("no parameter has the shape ", shape_text(shape), " of id number ", id,
                ": the optimizer is of another model, or of another form of this one");
}

std::optional<Mismatch> first_break(const Problem& problem,
                                    const std::vector<std::optional<Shape>>& id_shapes) {
  const std::vector<int> wanted = problem.flat();
  for (Index i = 0; i < wanted.size() && i < problem.candidates.size(); ++i)
    if (!problem.fits(i, wanted[i]))
      return Mismatch{i, problem.name(i), *id_shapes[i], problem.candidates[i]->shape};
  return std::nullopt;
}

}  // namespace

void describe_mismatch(const Problem& problem, const std::vector<std::optional<Shape>>& id_shapes,
                       Resolution& resolution) {
  if (const std::optional<Index> foreign = find_foreign_id(problem)) {
    resolution.is_of_another_model = true;
    resolution.rule = foreign_rule(problem, *foreign, *id_shapes[*foreign]);
    return;
  }
  resolution.advice = other_order(problem);
  resolution.mismatch = first_break(problem, id_shapes);
  resolution.rule = concat("no assignment of ", counted(id_shapes.size(), "id"), " to ",
                           counted(problem.candidates.size(), "parameter"), " fits");
}

}  // namespace ckpt::optim
