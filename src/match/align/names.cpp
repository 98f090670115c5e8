// The similarity is twice the weight of the common words divided by the weight of all words of both
// keys. The rarer a word, the larger its weight.

#include "match/align/names.hpp"

#include <algorithm>
#include <cmath>

namespace ckpt::match {

namespace {

constexpr double weight_of_tail = 0.25;
constexpr std::size_t tail_words = 3;
constexpr double equal_keys = 1.2;

void count_words(const Side& side, std::vector<std::size_t>& counts) {
  for (const UnitFeatures& features : side.features) {
    const std::vector<std::uint32_t>& words = features.sorted_words;
    for (std::size_t i = 0; i < words.size(); ++i)
      if (i == 0 || words[i] != words[i - 1]) ++counts[words[i]];
  }
}

/// The last words with a weight, each once.
std::vector<std::vector<std::uint32_t>> tails(const Side& side,
                                              const std::vector<double>& weights) {
  std::vector<std::vector<std::uint32_t>> tails;
  for (const UnitFeatures& features : side.features) {
    std::vector<std::uint32_t> words = features.words;
    std::erase_if(words, [&](std::uint32_t word) { return weights[word] == 0; });
    const std::size_t kept = std::min(tail_words, words.size());
    words.erase(words.begin(), words.end() - static_cast<std::ptrdiff_t>(kept));
    std::ranges::sort(words);
    words.erase(std::unique(words.begin(), words.end()), words.end());
    tails.push_back(std::move(words));
  }
  return tails;
}

/// The share of common words among all last words of both keys.
double tail_likeness(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
  const auto common = std::ranges::count_if(
      a, [&](std::uint32_t word) { return std::ranges::find(b, word) != b.end(); });
  const auto all = std::ssize(a) + std::ssize(b) - common;
  return all == 0 ? 0 : static_cast<double>(common) / static_cast<double>(all);
}

}  // namespace

NameLikeness::NameLikeness(const Side& a, const Side& b, const Vocabulary& words,
                           double weight_of_numbers)
    : a_(a), b_(b), weights_(words.size()) {
  std::vector<std::size_t> counts(words.size());
  count_words(a, counts);
  count_words(b, counts);
  const double all = static_cast<double>(a.size() + b.size() + 1);
  for (std::size_t word = 0; word < weights_.size(); ++word) {
    const double rarity =
        std::log(all / static_cast<double>(std::max<std::size_t>(1, counts[word]))) + 0.2;
    weights_[word] = rarity * (words.is_number(word) ? weight_of_numbers : 1);
  }
  for (std::size_t word = 0; word < words.size(); ++word)
    is_kind_.push_back(tells_kind(words.word(word)));
  const auto totals = [&](const Side& side) {
    std::vector<double> sums;
    for (const UnitFeatures& features : side.features) {
      double sum = 0;
      for (const std::uint32_t word : features.words) sum += weights_[word];
      sums.push_back(sum);
    }
    return sums;
  };
  totals_a_ = totals(a);
  totals_b_ = totals(b);
  tails_a_ = tails(a, weights_);
  tails_b_ = tails(b, weights_);
}

double NameLikeness::shared_weight(const UnitFeatures& a, const UnitFeatures& b) const {
  double sum = 0;
  auto i = a.sorted_words.begin();
  auto j = b.sorted_words.begin();
  while (i != a.sorted_words.end() && j != b.sorted_words.end()) {
    if (*i == *j) {
      sum += weights_[*i];
      ++i;
      ++j;
    } else if (*i < *j) {
      ++i;
    } else {
      ++j;
    }
  }
  return sum;
}

bool NameLikeness::shares_word(std::size_t i, std::size_t j) const {
  if (a_.units[i].name == b_.units[j].name) return true;
  const std::vector<std::uint32_t>& other = b_.features[j].sorted_words;
  return std::ranges::any_of(a_.features[i].sorted_words, [&](std::uint32_t word) {
    return weights_[word] > 0 && !is_kind_[word] && std::ranges::binary_search(other, word);
  });
}

double NameLikeness::of(std::size_t i, std::size_t j) const {
  if (a_.units[i].name == b_.units[j].name) return equal_keys;
  const double all = totals_a_[i] + totals_b_[j];
  const double share = all > 0 ? 2 * shared_weight(a_.features[i], b_.features[j]) / all : 0;
  return (1 - weight_of_tail) * share + weight_of_tail * tail_likeness(tails_a_[i], tails_b_[j]);
}

}  // namespace ckpt::match
