// Which units could be the same by shape and kind, and what names and order say of each such pair.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "match/align/side.hpp"

namespace ckpt::match {

struct Candidate {
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  ShapeRelation relation = ShapeRelation::same;
  double name = 0;           ///< likeness of the words, 0 to 1; 1.2 for equal keys
  double plain_name = 0;     ///< without the numbers
  bool shares_word = false;  ///< other than numbers and the kind of parameter
  bool has_equal_content = false;
  double position = 0;   ///< likeness of the rank among its like, and in the file
  double alignment = 0;  ///< on the best monotone alignment of the two files
  bool is_aligned = false;
  double structure = 0;  ///< likeness of what the modules around hold
  double context = 0;    ///< votes on modules
  double form = 0;       ///< votes on keys without their numbers
  double index = 0;      ///< votes on numbers
  double score = 0;
  double posterior = 0;

  /// What modules and numbers say together.
  double surroundings() const { return context + index; }
};

double shape_score(ShapeRelation relation);

/// All pairs of a problem, sorted by a, then b, and the same by b.
class Candidates {
 public:
  Candidates(std::vector<Candidate> pairs, std::size_t count_a, std::size_t count_b);

  std::vector<Candidate>& pairs() { return pairs_; }
  const std::vector<Candidate>& pairs() const { return pairs_; }
  /// Positions in pairs().
  std::span<const std::uint32_t> of_a(std::size_t a) const { return slice(order_a_, first_a_, a); }
  std::span<const std::uint32_t> of_b(std::size_t b) const { return slice(order_b_, first_b_, b); }
  std::size_t count_a() const { return first_a_.size() - 1; }
  std::size_t count_b() const { return first_b_.size() - 1; }

 private:
  static std::span<const std::uint32_t> slice(const std::vector<std::uint32_t>& order,
                                              const std::vector<std::uint32_t>& first,
                                              std::size_t i) {
    return std::span(order).subspan(first[i], first[i + 1] - first[i]);
  }

  std::vector<Candidate> pairs_;
  std::vector<std::uint32_t> order_a_, first_a_, order_b_, first_b_;
};

/// hints: see AlignHint. The cues context and index are left for the votes.
Candidates find_candidates(const Side& a, const Side& b, const Vocabulary& words,
                           std::span<const AlignHint> hints);

/// How the shapes fit, or nothing.
std::optional<ShapeRelation> find_relation(const AlignUnit& a, const AlignUnit& b);

}  // namespace ckpt::match
