// Every likely pair votes for the pair of its modules and for the offset between its numbers; then
// every pair is scored by how well it agrees with these votes. Repeated a few times, certain pairs
// decide uncertain ones.
//
//   modules   layers.3 usually goes to block.3: their remaining tensors probably do, too
//   forms     layers.#.norm1 goes to block.#.ln_1 in other layers: probably in this one, too
//   numbers   i - j is mostly 1 (or i + j mostly 11): pairs with this offset are probable
#pragma once

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "match/align/candidates.hpp"

namespace ckpt::match {

/// Pairs of ids, numbered in order of first occurrence.
class PairTable {
 public:
  std::uint32_t id(std::uint32_t a, std::uint32_t b) {
    const std::uint64_t key = (std::uint64_t{a} << 32) | b;
    return ids_.try_emplace(key, static_cast<std::uint32_t>(ids_.size())).first->second;
  }
  std::size_t size() const { return ids_.size(); }

 private:
  std::unordered_map<std::uint64_t, std::uint32_t> ids_;
};

/// The mean of two means: of the largest value per row, and of the largest value per column.
template <class Value>
double mean_of_best(std::size_t rows, std::size_t columns, Value value) {
  std::vector<double> best_of_column(columns);
  double sum_rows = 0, sum_columns = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    double best_of_row = 0;
    for (std::size_t j = 0; j < columns; ++j) {
      const double cell = value(i * columns + j);
      best_of_row = std::max(best_of_row, cell);
      best_of_column[j] = std::max(best_of_column[j], cell);
    }
    sum_rows += best_of_row;
  }
  for (const double best : best_of_column) sum_columns += best;
  return (sum_rows / static_cast<double>(rows) + sum_columns / static_cast<double>(columns)) / 2;
}

/// Votes for pairs of modules.
class ModuleVotes {
 public:
  ModuleVotes(const Side& a, const Side& b, const Candidates& candidates);

  /// Adds up the posteriors, then fills `context` of every pair.
  void vote(Candidates& candidates);

 private:
  struct Cell {
    std::uint32_t vote;
    std::uint32_t name_a, name_b;
  };

  void count(const Candidates& candidates);
  double agreement(std::size_t module_pair) const;
  double jaccard(const Cell& cell) const;

  const Side& a_;
  const Side& b_;
  std::vector<std::uint32_t> module_pair_;                        // by candidate
  std::vector<std::pair<std::uint32_t, std::uint32_t>> modules_;  // by module pair
  std::vector<std::vector<Cell>> cells_;                          // by module pair, row by row
  std::vector<double> votes_, votes_a_, votes_b_;
};

/// Votes for pairs of keys without their numbers.
class FormVotes {
 public:
  FormVotes(const Side& a, const Side& b, const Candidates& candidates);

  /// Adds up the posteriors, then fills `form` of every pair.
  void vote(Candidates& candidates);

 private:
  std::vector<std::uint32_t> form_pair_;  // by candidate
  std::vector<std::pair<std::uint32_t, std::uint32_t>> forms_;
  std::size_t count_a_, count_b_;
};

/// Votes for the offsets (or sums) of numbers at corresponding positions.
class IndexVotes {
 public:
  IndexVotes(const Side& a, const Side& b, const Candidates& candidates);

  /// Adds up the posteriors, then fills `index` of every pair.
  void vote(Candidates& candidates);

 private:
  struct Cell {
    std::uint32_t places, difference, sum;
  };

  double agreement(std::size_t list_pair) const;
  double share(const Cell& cell) const;

  const Side& a_;
  const Side& b_;
  std::vector<std::uint32_t> list_pair_;  // by candidate
  std::vector<std::pair<std::uint32_t, std::uint32_t>> lists_;
  std::vector<std::vector<Cell>> cells_;
  std::vector<double> places_, differences_, sums_;
};

}  // namespace ckpt::match
