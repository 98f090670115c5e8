// Each offer_...() function proposes ways to group parameters (weights and others, head and
// backbone, one group per layer). A proposal is kept only if the group sizes and all known shapes
// agree.

#include "optim/names/layouts.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>

#include "ckpt/base/text.hpp"
#include "optim/names/names.hpp"

namespace ckpt::optim {

namespace {

using Test = std::function<bool(Index)>;

struct Split {
  std::string text;
  Test is_first;
};

constexpr std::array<std::string_view, 6> position_leaves{"pos_embed",
                                                          "cls_token",
                                                          "dist_token",
                                                          "absolute_pos_embed",
                                                          "relative_position_bias_table",
                                                          "position_embedding"};

/// Modules down to this depth are tried as separate groups.
constexpr std::ptrdiff_t deepest_apart = 3;

class Layouts {
 public:
  Layouts(const Problem& problem, const NameParts& parts, const Indices& trained)
      : problem_(problem), parts_(parts), trained_(trained) {}

  std::vector<FittingLayout> run() {
    if (std::ranges::any_of(problem_.group_of, [](int group) { return group != any_group; })) {
      offer_given();
      return std::move(found_);
    }
    offer_flat();
    if (problem_.groups.size() == 2) offer_two();
    if (problem_.groups.size() == 3) offer_three();
    if (problem_.groups.size() == 3 || problem_.groups.size() == 4) offer_subtree_splits();
    if (problem_.groups.size() > 2) offer_layers();
    return std::move(found_);
  }

 private:
  const Candidate& candidate(Index i) const { return *problem_.candidates[i]; }
  bool is_bias(Index i) const { return candidate(i).name.ends_with("bias"); }
  bool is_norm(Index i) const { return candidate(i).is_in_norm; }
  bool is_matrix(Index i) const { return candidate(i).shape.size() >= 2; }

  std::vector<Split> splits() const {
    const auto is_position = [this](Index i) {
      return std::ranges::find(position_leaves, leaf_of(candidate(i).name)) !=
             position_leaves.end();
    };
    return {
        {"two or more dimensions apart", [this](Index i) { return is_matrix(i); }},
        {"two or more dimensions apart, positions excepted",
         [this, is_position](Index i) { return is_matrix(i) && !is_position(i); }},
        {"biases apart", [this](Index i) { return !is_bias(i); }},
        {"biases and norms apart", [this](Index i) { return !is_bias(i) && !is_norm(i); }},
        {"no decay by name",
         [this](Index i) { return !is_undecayed_by_name(candidate(i).name) && !is_norm(i); }},
        {"norms apart", [this](Index i) { return !is_norm(i); }},
    };
  }

  /// Splits the trained candidates into those in `members` and the others.
  std::pair<Indices, Indices> divide(const Indices& members) const {
    std::vector<bool> is_member(problem_.candidates.size());
    for (const Index i : members) is_member[i] = true;
    return split(trained_, [&](Index i) { return static_cast<bool>(is_member[i]); });
  }

  std::pair<Indices, Indices> split(const Indices& names, const Test& is_first) const {
    std::pair<Indices, Indices> halves;
    for (const Index i : names) (is_first(i) ? halves.first : halves.second).push_back(i);
    return halves;
  }

  void offer(const std::string& text, const std::vector<Indices>& groups) {
    if (groups.size() != problem_.groups.size()) return;
    Indices names;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      if (groups[g].size() != problem_.groups[g].size()) return;
      names.insert(names.end(), groups[g].begin(), groups[g].end());
    }
    if (problem_.fit(names)) found_.push_back({text, std::move(names)});
  }

  void offer_flat() {
    if (problem_.fit(trained_)) found_.push_back({"model order", trained_});
  }

  void offer_given() {
    std::vector<Indices> groups(problem_.groups.size());
    for (const Index i : trained_) {
      const int group = problem_.group_of[i];
      if (group == any_group) return;
      groups[static_cast<std::size_t>(group)].push_back(i);
    }
    offer("groups as given", groups);
  }

  void offer_both_ways(const std::string& text, const Indices& a, const Indices& b) {
    if (a.empty() || b.empty()) return;
    offer(text, {a, b});
    offer(text + ", reversed", {b, a});
  }

  void offer_two() {
    for (const Split& rule : splits()) {
      const auto [first, second] = split(trained_, rule.is_first);
      offer_both_ways(rule.text, first, second);
    }
    for (const auto& [module, members] : parts_.modules) {
      if (std::ranges::count(module, '.') >= deepest_apart) continue;
      const auto [inside, outside] = divide(members);
      offer_both_ways(concat("'", module, ".*' apart"), outside, inside);
    }
    for (const auto& [part, members] : parts_.by_part) {
      const auto [inside, outside] = divide(members);
      offer_both_ways(concat("'", part, "' apart"), outside, inside);
    }
  }

  void offer_three() {
    std::array<std::pair<std::string_view, Indices>, 3> kinds{
        {{"weights", {}}, {"norm weights", {}}, {"biases", {}}}};
    for (const Index i : trained_) kinds[is_bias(i) ? 2 : is_norm(i) ? 1 : 0].second.push_back(i);
    std::array<std::size_t, 3> order{0, 1, 2};
    do {
      std::vector<Indices> groups;
      std::vector<std::string> texts;
      for (const std::size_t k : order) {
        groups.push_back(kinds[k].second);
        texts.emplace_back(kinds[k].first);
      }
      offer(join(texts, ", "), groups);
    } while (std::ranges::next_permutation(order).found);
  }

  void offer_subtree_splits() {
    const std::vector<Split> rules = splits();
    for (const auto& [module, members] : parts_.modules) {
      if (std::ranges::count(module, '.') >= deepest_apart) continue;
      const auto [inside, outside] = divide(members);
      for (const Split& rule : rules) {
        const auto [a, b] = split(outside, rule.is_first);
        const auto [c, d] = split(inside, rule.is_first);
        const std::string text = concat("'", module, ".*' apart, ", rule.text);
        for (std::vector<Indices> groups : {std::vector{a, b, c, d}, std::vector{c, d, a, b},
                                            std::vector{a, c, b, d}, std::vector{b, a, d, c}}) {
          std::erase_if(groups, [](const Indices& group) { return group.empty(); });
          offer(text, groups);
        }
      }
    }
  }

  std::optional<int> number_in(const std::string& name) const {
    for (const std::string_view part : ckpt::split(name, '.'))
      if (is_digits(part) && part.size() < 9) return static_cast<int>(*find_integer(part)) + 1;
    return std::nullopt;
  }

  /// 0 in front of the first numbered module, then its number, and the largest number plus one
  /// behind.
  std::vector<int> layers() const {
    std::vector<int> layer_of(problem_.candidates.size());
    bool is_in_stack = false;
    for (const Index i : trained_) {
      const std::optional<int> number = number_in(candidate(i).name);
      is_in_stack = is_in_stack || number.has_value();
      layer_of[i] = number ? *number : is_in_stack ? 1'000'000'000 : 0;
    }
    return layer_of;
  }

  void offer_keyed(const std::string& text, const std::function<int(Index)>& second_key,
                   const std::vector<int>& layer_of) {
    std::map<std::pair<int, int>, std::size_t> group_of_key;
    std::vector<Indices> groups;
    for (const Index i : trained_) {
      const auto [found, is_new] =
          group_of_key.try_emplace({layer_of[i], second_key(i)}, groups.size());
      if (is_new) groups.emplace_back();
      groups[found->second].push_back(i);
    }
    const std::size_t before = found_.size();
    offer(text, groups);
    // When blocks are alike, both may fit; files are written in the order of first occurrence.
    if (found_.size() == before)
      offer(text + ", last first", last_layer_first(std::move(groups), layer_of));
  }

  /// Groups of one layer keep their order.
  static std::vector<Indices> last_layer_first(std::vector<Indices> groups,
                                               const std::vector<int>& layer_of) {
    std::ranges::stable_sort(groups, std::greater{},
                             [&](const Indices& group) { return layer_of[group.front()]; });
    return groups;
  }

  void offer_layers() {
    const std::vector<int> layer_of = layers();
    offer_keyed(
        "one group a layer", [](Index) { return 0; }, layer_of);
    for (const Split& rule : splits())
      offer_keyed(
          concat("one group a layer, ", rule.text),
          [&](Index i) { return rule.is_first(i) ? 1 : 0; }, layer_of);
  }

  const Problem& problem_;
  const NameParts& parts_;
  const Indices& trained_;
  std::vector<FittingLayout> found_;
};

}  // namespace

std::vector<FittingLayout> fitting_layouts(const Problem& problem, const NameParts& parts,
                                           const Indices& trained) {
  return Layouts(problem, parts, trained).run();
}

}  // namespace ckpt::optim
