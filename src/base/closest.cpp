#include "ckpt/base/closest.hpp"

#include <algorithm>
#include <numeric>

#include "ckpt/base/text.hpp"

namespace ckpt {

namespace {

/// Damerau-Levenshtein distance: insertions, deletions, replacements, and swaps of neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last, last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swap) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = last;
    std::swap(last, row);
  }
  return last[b.size()];
}

struct Scored {
  std::size_t distance;
  const std::string* candidate;
};

}  // namespace

std::vector<std::string> find_closest(std::string_view word,
                                      const std::vector<std::string>& candidates,
                                      std::size_t most) {
  // Both texts may come from files, and the distance takes time proportional to their product.
  constexpr std::size_t longest_bytes = 200;
  const std::size_t allowed = std::max<std::size_t>(1, word.size() / 3);
  std::vector<Scored> near;
  for (const std::string& candidate : candidates) {
    const bool is_suffix = !word.empty() && candidate.ends_with(word);
    const std::size_t gap = candidate.size() > word.size() ? candidate.size() - word.size()
                                                           : word.size() - candidate.size();
    if (is_suffix) near.push_back({0, &candidate});
    if (is_suffix || gap > allowed || candidate.size() > longest_bytes) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance <= allowed) near.push_back({distance, &candidate});
  }
  std::ranges::stable_sort(near, {}, &Scored::distance);
  std::vector<std::string> closest;
  for (const Scored& scored : near) {
    if (closest.size() == most) break;
    closest.push_back(*scored.candidate);
  }
  return closest;
}

std::vector<std::string> find_misspelled(std::string_view word,
                                         const std::vector<std::string>& candidates) {
  const auto bare = [](std::string_view text) {
    return text.substr(std::min(text.find_first_not_of('-'), text.size()));
  };
  const std::string_view typed = bare(word);
  const std::size_t allowed = std::max<std::size_t>(1, typed.size() / 4);
  std::vector<std::string> closest;
  for (const std::string& candidate : find_closest(word, candidates, candidates.size())) {
    const std::string_view known = bare(candidate);
    const bool begin_alike =
        typed.substr(0, 1) == known.substr(0, 1) ||
        (typed.size() > 1 && known.size() > 1 && typed[0] == known[1] && typed[1] == known[0]);
    if (begin_alike && edit_distance(typed, known) <= allowed) closest.push_back(candidate);
  }
  return closest;
}

std::string did_you_mean(const std::vector<std::string>& closest) {
  if (closest.empty()) return {};
  std::string out = "did you mean ";
  for (std::size_t i = 0; i < closest.size(); ++i) {
    if (i > 0) out += i + 1 == closest.size() ? " or " : ", ";
    out += quote(closest[i]);
  }
  return out + "?";
}

}  // namespace ckpt
