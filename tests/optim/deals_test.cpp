#include "optim/names/deals.hpp"

#include <doctest/doctest.h>

#include "optim/builders.hpp"

using namespace ckpt::optim;
using namespace ckpt::optim::testing;

namespace {

std::optional<Deals> deals_of(const std::vector<Candidate>& candidates,
                              const std::vector<std::vector<std::optional<Shape>>>& groups) {
  std::vector<const Candidate*> pointers;
  for (const Candidate& candidate : candidates) pointers.push_back(&candidate);
  return count_deals(make_problem(pointers, groups));
}

std::vector<Candidate> equal(std::size_t count) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < count; ++i)
    candidates.push_back({.name = std::to_string(i), .shape = {4}});
  return candidates;
}

}  // namespace

TEST_CASE("eight equal tensors and five ids: 8 over 5") {
  const std::vector<std::optional<Shape>> ids(5, Shape{4});
  CHECK(deals_of(equal(8), {ids})->count == 56);
}

TEST_CASE("without spare candidates none may be skipped") {
  const std::vector<std::optional<Shape>> two(2, Shape{4});
  CHECK(deals_of(equal(4), {two, two})->count == 6);
  CHECK(deals_of(equal(4), {{Shape{4}, Shape{4}, Shape{4}, Shape{4}}})->count == 1);
}

TEST_CASE("what an id can be is collected over all deals") {
  std::vector<Candidate> candidates = equal(2);
  candidates.push_back({.name = "c", .shape = {5}});
  const auto deals = deals_of(candidates, {{Shape{4}, Shape{5}}});
  CHECK(deals->count == 2);
  CHECK(deals->can_be == std::vector<Indices>{{0, 1}, {2}});
}

TEST_CASE("unknown shapes fit everything, others only themselves") {
  CHECK(deals_of(equal(3), {{std::nullopt, Shape{4}, std::nullopt}})->count == 1);
  CHECK(deals_of(equal(3), {{std::nullopt, Shape{5}, std::nullopt}})->count == 0);
  CHECK(deals_of(equal(1), {{Shape{4}, Shape{4}}})->count == 0);
}

TEST_CASE("counts saturate, and too many groups are not counted") {
  const std::vector<std::optional<Shape>> ids(100, Shape{4});
  CHECK(deals_of(equal(200), {ids})->count == UINT64_MAX);
  const std::vector<std::optional<Shape>> one(1, Shape{4});
  CHECK_FALSE(deals_of(equal(5), {one, one, one, one, one}));
}
