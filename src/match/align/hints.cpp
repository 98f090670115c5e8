#include "match/align/hints.hpp"

#include <algorithm>

namespace ckpt::match {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool holds_hint(std::string_view key, std::string_view hint) {
  for (std::size_t at = key.find(hint); at != std::string_view::npos && !hint.empty();
       at = key.find(hint, at + 1)) {
    const std::size_t end = at + hint.size();
    const bool cuts_front = at > 0 && is_digit(hint.front()) && is_digit(key[at - 1]);
    const bool cuts_back = end < key.size() && is_digit(hint.back()) && is_digit(key[end]);
    if (!cuts_front && !cuts_back) return true;
  }
  return false;
}

HintFilter::HintFilter(std::span<const AlignHint> hints, const Side& a, const Side& b) {
  if (hints.empty()) return;
  const auto collect = [&](const Side& side, std::string AlignHint::*text) {
    HintsOfUnits of_units(side.size());
    for (std::size_t i = 0; i < side.size(); ++i)
      for (std::uint32_t hint = 0; hint < hints.size(); ++hint)
        if (holds_hint(side.units[i].name, hints[hint].*text)) of_units[i].push_back(hint);
    return of_units;
  };
  of_a_ = collect(a, &AlignHint::a);
  of_b_ = collect(b, &AlignHint::b);
}

bool HintFilter::allows(std::size_t i, std::size_t j) const {
  if (of_a_.empty()) return true;
  const std::vector<std::uint32_t>& a = of_a_[i];
  const std::vector<std::uint32_t>& b = of_b_[j];
  if (a.empty() && b.empty()) return true;
  return std::ranges::any_of(
      a, [&](std::uint32_t hint) { return std::ranges::find(b, hint) != b.end(); });
}

}  // namespace ckpt::match
