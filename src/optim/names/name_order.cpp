#include "optim/names/name_order.hpp"

#include "optim/names/names.hpp"

namespace ckpt::optim {

namespace {

/// Whether numbers are sorted as text: "layers.10.weight" in front of "layers.2.weight".
bool has_numbers_as_texts(const std::string& before, const std::string& after) {
  const std::vector<std::string_view> a = split(before, '.');
  const std::vector<std::string_view> b = split(after, '.');
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (a[i] == b[i]) continue;
    if (!is_digits(a[i]) || !is_digits(b[i])) return false;
    const auto first = find_integer(a[i]);
    const auto second = find_integer(b[i]);
    return first && second && *first > *second;
  }
  return false;
}

bool has_bias_first(std::string_view before, std::string_view after) {
  return leaf_of(after) == "weight" && leaf_of(before) == "bias" &&
         parent_of(after) == parent_of(before);
}

}  // namespace

NameOrder name_order(const Problem& problem) {
  const std::size_t count = problem.candidates.size();
  bool is_telling = false;
  for (std::size_t i = 1; i < count; ++i) {
    const std::string& before = problem.name(static_cast<Index>(i - 1));
    const std::string& name = problem.name(static_cast<Index>(i));
    if (!(before < name)) return NameOrder::as_registered;
    is_telling = is_telling || has_bias_first(before, name) || has_numbers_as_texts(before, name);
  }
  if (count < 4) return NameOrder::as_registered;
  return is_telling ? NameOrder::sorted : NameOrder::perhaps_sorted;
}

}  // namespace ckpt::optim
