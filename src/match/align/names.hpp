// How alike two keys are by their words: rare words count more, numbers little, the last three
// words extra.
#pragma once

#include <vector>

#include "match/align/side.hpp"

namespace ckpt::match {

class NameLikeness {
 public:
  /// weight_of_numbers: to that of words; with 0 numbers are not even looked at.
  NameLikeness(const Side& a, const Side& b, const Vocabulary& words, double weight_of_numbers);

  double of(std::size_t i, std::size_t j) const;
  /// One that weighs anything and does not only tell the kind of parameter; or they are equal.
  bool shares_word(std::size_t i, std::size_t j) const;

 private:
  double shared_weight(const UnitFeatures& a, const UnitFeatures& b) const;

  const Side& a_;
  const Side& b_;
  std::vector<double> weights_;  // of words
  std::vector<bool> is_kind_;    // of words
  std::vector<double> totals_a_, totals_b_;
  std::vector<std::vector<std::uint32_t>> tails_a_, tails_b_;
};

}  // namespace ckpt::match
