#include "optim/trainable_sets.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <unordered_map>

#include "optim/names.hpp"

namespace ckpt::optim {

namespace {

/// Names under each module, in the order in which modules first occur.
struct Modules {
  std::vector<std::string> order;
  std::unordered_map<std::string, Indices> names_of;
};

/// More modules than this are not looked at one by one: a name of a thousand dots is no module
/// tree.
constexpr std::size_t most_parts_of_a_name = 64;
constexpr std::size_t most_pair_steps = 50'000'000;

Modules modules_of(const Problem& problem) {
  Modules modules;
  for (Index i = 0; i < problem.candidates.size(); ++i) {
    const std::string& name = problem.name(i);
    std::size_t parts = 0;
    for (std::size_t dot = name.find('.'); dot != std::string::npos && parts < most_parts_of_a_name;
         dot = name.find('.', dot + 1), ++parts) {
      const auto [found, is_new] = modules.names_of.try_emplace(name.substr(0, dot));
      if (is_new) modules.order.push_back(found->first);
      found->second.push_back(i);
    }
  }
  return modules;
}

Indices everything(std::size_t count) {
  Indices all(count);
  for (Index i = 0; i < count; ++i) all[i] = i;
  return all;
}

Indices without(std::size_t count, const Indices& removed) {
  Indices rest;
  std::ranges::set_difference(everything(count), removed, std::back_inserter(rest));
  return rest;
}

class Sets {
 public:
  Sets(const Problem& problem) : count_(problem.candidates.size()), wanted_(problem.id_count()) {}

  void add_only(const std::string& text, const Indices& names) {
    if (names.size() == wanted_) found_.push_back({concat("only ", text, " trained"), names});
  }
  void add_frozen(const std::string& text, const Indices& names) {
    if (count_ - names.size() == wanted_)
      found_.push_back({concat(text, " frozen"), without(count_, names)});
  }
  void add(std::string text, Indices names) {
    if (names.size() == wanted_) found_.push_back({std::move(text), std::move(names)});
  }
  bool can_be_frozen_or_only(std::size_t size) const {
    return size == wanted_ || count_ - size == wanted_;
  }
  std::size_t count() const { return count_; }
  std::vector<TrainableSet> take() { return std::move(found_); }

 private:
  std::size_t count_;
  std::size_t wanted_;
  std::vector<TrainableSet> found_;
};

void add_subtrees(const Problem& problem, const Modules& modules, Sets& sets) {
  std::vector<std::pair<Index, std::string>> starts;
  for (const std::string& module : modules.order) {
    const Indices& names = modules.names_of.at(module);
    sets.add_frozen(concat('\'', module, ".*'"), names);
    sets.add_only(concat('\'', module, ".*'"), names);
    if (starts.empty() || starts.back().first != names.front())
      starts.emplace_back(names.front(), module);
  }
  const std::size_t count = problem.candidates.size();
  const Indices all = everything(count);
  for (const auto& [start, module] : starts) {
    if (start == 0 || !sets.can_be_frozen_or_only(start)) continue;
    sets.add(concat("all before '", module, "' frozen"), Indices(all.begin() + start, all.end()));
    sets.add(concat("all from '", module, "' on frozen"),
             Indices(all.begin(), all.begin() + start));
  }
}

constexpr std::array<std::string_view, 10> known_parts{
    "bias", "weight", "head", "heads", "classifier", "fc", "lm_head", "attn", "attention", "mlp"};

bool is_known(std::string_view part) {
  return std::ranges::find(known_parts, part) != known_parts.end() || part == "self_attn" ||
         part == "wte" || part == "wpe" || part.starts_with("lora_") ||
         part.starts_with("adapter") || part.starts_with("embed") || looks_like_norm(part) ||
         to_lower(part).find("norm") != std::string::npos ||
         part.find('*') != std::string_view::npos;
}

/// The families that people train or freeze as one, beside the parts of names themselves.
std::vector<std::string> families_of(const Candidate& candidate) {
  std::vector<std::string> families;
  for (const std::string_view part : split(candidate.name, '.')) {
    if (part.starts_with("lora_")) families.emplace_back("lora_*");
    if (part.starts_with("adapter")) families.emplace_back("adapter*");
    if (part.starts_with("embed") || part.ends_with("embeddings") || part == "wte" ||
        part == "wpe" || part == "pos_embed")
      families.emplace_back("embeddings*");
  }
  if (candidate.is_in_norm) families.emplace_back("norms*");
  return families;
}

using Classes = std::map<std::string, Indices>;

Classes classes_of(const Problem& problem) {
  Classes classes;
  const auto add = [&](std::string key, Index i) {
    Indices& names = classes[std::move(key)];
    if (names.empty() || names.back() != i) names.push_back(i);
  };
  for (Index i = 0; i < problem.candidates.size(); ++i) {
    std::size_t parts = 0;
    for (const std::string_view part : split(problem.name(i), '.'))
      if (!is_digits(part) && parts++ < most_parts_of_a_name) add(std::string(part), i);
    for (std::string& family : families_of(*problem.candidates[i])) add(std::move(family), i);
  }
  return classes;
}

std::string shown(std::string_view part) { return concat("'", part, "'"); }

void add_classes(const Classes& classes, int tier, Sets& sets) {
  for (const auto& [part, names] : classes) {
    if (is_known(part) != (tier == 3)) continue;
    sets.add_frozen(shown(part), names);
    sets.add_only(shown(part), names);
  }
}

/// Pairs of known parts; pairs of any parts would explain almost everything.
void add_known_pairs(const Classes& all_classes, Sets& sets) {
  Classes classes;
  std::ranges::copy_if(all_classes, std::inserter(classes, classes.end()),
                       [](const auto& one) { return is_known(one.first); });
  if (classes.size() * classes.size() * sets.count() > most_pair_steps) return;
  for (auto a = classes.begin(); a != classes.end(); ++a) {
    for (auto b = std::next(a); b != classes.end(); ++b) {
      if (a->second.size() == sets.count() || b->second.size() == sets.count()) continue;
      Indices both;
      std::ranges::set_union(a->second, b->second, std::back_inserter(both));
      if (!sets.can_be_frozen_or_only(both.size())) continue;
      sets.add_only(concat(shown(a->first), " and ", shown(b->first)), both);
      sets.add_frozen(concat(shown(a->first), " and ", shown(b->first)), both);
    }
  }
}

/// As common as a subtree: where both fit, neither is taken.
void add_biases(const Problem& problem, Sets& sets) {
  Indices biases;
  for (Index i = 0; i < problem.candidates.size(); ++i)
    if (leaf_of(problem.name(i)).ends_with("bias")) biases.push_back(i);
  if (!biases.empty()) sets.add_only(shown("bias"), biases);
}

void add_everything(const Problem& problem, const FindClones& find_clones, Sets& sets) {
  const std::size_t count = problem.candidates.size();
  sets.add("all parameters", everything(count));
  if (count <= problem.id_count() || !find_clones) return;
  const Indices clones = find_clones(problem);
  if (!clones.empty()) sets.add("all parameters, cloned ties once", without(count, clones));
}

}  // namespace

std::vector<TrainableSet> trainable_sets(const Problem& problem, int tier,
                                         const FindClones& find_clones) {
  Sets sets(problem);
  if (tier == 1) add_everything(problem, find_clones, sets);
  if (problem.candidates.size() > problem.id_count()) {
    if (tier == 2) add_subtrees(problem, modules_of(problem), sets);
    if (tier == 2) add_biases(problem, sets);
    const Classes classes = tier >= 3 ? classes_of(problem) : Classes{};
    if (tier >= 3) add_classes(classes, tier, sets);
    if (tier == 3) add_known_pairs(classes, sets);
  }
  return sets.take();
}

}  // namespace ckpt::optim
