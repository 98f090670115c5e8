// Scores how similar two keys are by their words. Rare words count more, numbers count little, and
// the last three words count extra.
#pragma once

#include <vector>

#include "match/align/side.hpp"

namespace ckpt::match {

class NameLikeness {
 public:
  /// `weight_of_numbers` is relative to words; with 0, numbers are ignored.
  NameLikeness(const Side& a, const Side& b, const Vocabulary& words, double weight_of_numbers);

  double of(std::size_t i, std::size_t j) const;
  /// Whether the keys share a word that has a weight and says more than the kind of parameter, or
  /// are equal.
  bool shares_word(std::size_t i, std::size_t j) const;

 private:
  double shared_weight(const UnitFeatures& a, const UnitFeatures& b) const;

  const Side& a_;
  const Side& b_;
  std::vector<double> weights_;  // by word
  std::vector<bool> is_kind_;    // by word
  std::vector<double> totals_a_, totals_b_;
  std::vector<std::vector<std::uint32_t>> tails_a_, tails_b_;
};

}  // namespace ckpt::match
