// Evidence is measured in bits: the logarithm of how many assignments the shapes exclude.

#include "optim/names/evidence.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace ckpt::optim {

namespace {

/// log2 of the number of ways to choose `chosen` of `of`.
double choice_bits(std::size_t chosen, std::size_t of) {
  double bits = 0;
  for (std::size_t i = 0; i < chosen; ++i)
    bits += std::log2(static_cast<double>(of - i) / static_cast<double>(i + 1));
  return bits;
}

/// log2 of the number of deals if no shape were known.
double all_deals_bits(const Problem& problem) {
  std::map<int, std::size_t> left;  // by assigned group
  for (const int group : problem.group_of) ++left[group];
  double bits = 0;
  for (std::size_t g = 0; g < problem.groups.size(); ++g) {
    std::size_t& of = left[left.contains(any_group) ? any_group : static_cast<int>(g)];
    const std::size_t wanted = problem.groups[g].size();
    bits += choice_bits(wanted, of);
    of -= std::min(of, wanted);
  }
  return bits;
}

}  // namespace

double evidence_bits(const Problem& problem, double deals_bits) {
  return all_deals_bits(problem) - deals_bits;
}

bool are_shapes_mute(const Problem& problem) {
  const std::set<int> shapes(problem.shape_of.begin(), problem.shape_of.end());
  const std::vector<int> wanted = problem.flat();
  return shapes.size() <= 1 ||
         std::ranges::all_of(wanted, [](int shape) { return shape == any_shape; });
}

}  // namespace ckpt::optim
