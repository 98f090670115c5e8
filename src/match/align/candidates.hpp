// Lists the pairs of units that can be the same by shape and kind, with scores for name and order.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "match/align/side.hpp"

namespace ckpt::match {

/// A pair of units that may correspond, with the score of each cue.
struct Candidate {
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  ShapeRelation relation = ShapeRelation::same;
  double name = 0;           ///< similarity of the words, 0 to 1; 1.2 for equal keys
  double plain_name = 0;     ///< without the numbers
  bool shares_word = false;  ///< a word other than numbers and the kind of parameter
  bool has_equal_content = false;
  double position = 0;   ///< similarity of the ranks in the block and in the file
  double alignment = 0;  ///< whether the pair is on the best monotone alignment of both files
  bool is_aligned = false;
  double structure = 0;  ///< similarity of the content of the surrounding modules
  double context = 0;    ///< votes for the pair of modules
  double form = 0;       ///< votes for the pair of keys without numbers
  double index = 0;      ///< votes for the offset between the numbers
  double score = 0;
  double posterior = 0;

  /// What modules and numbers say together.
  double surroundings() const { return context + index; }
};

double shape_score(ShapeRelation relation);

/// All candidate pairs, sorted by a, then b; with an index by b.
class Candidates {
 public:
  Candidates(std::vector<Candidate> pairs, std::size_t count_a, std::size_t count_b);

  std::vector<Candidate>& pairs() { return pairs_; }
  const std::vector<Candidate>& pairs() const { return pairs_; }
  /// Indices into pairs().
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

/// `hints`: see AlignHint. The scores context and index are filled later by the votes.
Candidates find_candidates(const Side& a, const Side& b, const Vocabulary& words,
                           std::span<const AlignHint> hints);

/// How the shapes relate; nothing when they do not fit.
std::optional<ShapeRelation> find_relation(const AlignUnit& a, const AlignUnit& b);

}  // namespace ckpt::match
