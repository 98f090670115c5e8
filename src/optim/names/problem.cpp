#include "optim/names/problem.hpp"

namespace ckpt::optim {

std::size_t Problem::id_count() const {
  std::size_t count = 0;
  for (const std::vector<int>& group : groups) count += group.size();
  return count;
}

std::vector<int> Problem::flat() const {
  std::vector<int> wanted;
  for (const std::vector<int>& group : groups)
    wanted.insert(wanted.end(), group.begin(), group.end());
  return wanted;
}

bool Problem::fit(const Indices& names) const {
  std::size_t id = 0;
  for (const std::vector<int>& group : groups)
    for (const int wanted : group)
      if (!fits(names[id++], wanted)) return false;
  return true;
}

std::vector<std::string> Problem::names(const Indices& indices) const {
  std::vector<std::string> names;
  names.reserve(indices.size());
  for (const Index i : indices) names.push_back(name(i));
  return names;
}

Problem make_problem(std::vector<const Candidate*> candidates,
                     const std::vector<std::vector<std::optional<Shape>>>& groups) {
  Problem problem;
  std::map<Shape, int> number_of;
  const auto number = [&](const Shape& shape) {
    return number_of.try_emplace(shape, static_cast<int>(number_of.size())).first->second;
  };
  for (const Candidate* candidate : candidates)
    problem.shape_of.push_back(number(candidate->shape));
  problem.group_of.assign(candidates.size(), any_group);
  problem.candidates = std::move(candidates);
  for (const auto& group : groups) {
    problem.groups.emplace_back();
    for (const std::optional<Shape>& shape : group)
      problem.groups.back().push_back(shape ? number(*shape) : any_shape);
  }
  return problem;
}

}  // namespace ckpt::optim
