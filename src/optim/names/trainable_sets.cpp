// Each kind of set has a doubt: the evidence (in bits) that it needs to be believed. A rule that
// people use often needs little, a rule that could be made up for any set needs much.

#include "optim/names/trainable_sets.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>

#include "optim/names/name_sets.hpp"
#include "optim/names/names.hpp"

namespace ckpt::optim {

namespace {

constexpr std::size_t most_pair_steps = 50'000'000;

/// The evidence that a rule needs. What people freeze most often needs least; a rule that could be
/// made up for any set of names needs much, because one of them always fits by chance.
constexpr double doubt_of_start = 4;
constexpr double doubt_of_module = 7;
constexpr double doubt_of_each_level = 3;
constexpr double doubt_of_biases = 12;
constexpr double doubt_of_known_part = 16;
constexpr double doubt_of_made_up_rule = 24;
constexpr double never_believed = std::numeric_limits<double>::infinity();

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
  explicit Sets(const Problem& problem)
      : count_(problem.candidates.size()), wanted_(problem.id_count()) {}

  void add(TrainableSet set) {
    if (set.names.size() == wanted_) found_.push_back(std::move(set));
  }
  void add_only(const std::string& text, const Indices& names, double doubt_bits) {
    if (names.size() == wanted_)
      found_.push_back({concat("only ", text, " trained"), names, doubt_bits});
  }
  void add_frozen(const std::string& text, const Indices& names, double doubt_bits) {
    if (count_ - names.size() == wanted_)
      found_.push_back({concat(text, " frozen"), without(count_, names), doubt_bits});
  }
  void add_both(const std::string& text, const Indices& names, double doubt_bits) {
    add_frozen(text, names, doubt_bits);
    add_only(text, names, doubt_bits);
  }

  bool can_be_frozen_or_only(std::size_t size) const {
    return size == wanted_ || count_ - size == wanted_;
  }
  std::size_t count() const { return count_; }
  std::size_t wanted() const { return wanted_; }
  std::vector<TrainableSet> take() { return std::move(found_); }

 private:
  std::size_t count_;
  std::size_t wanted_;
  std::vector<TrainableSet> found_;
};

std::size_t depth_of(const std::string& module) {
  return static_cast<std::size_t>(std::ranges::count(module, '.'));
}

/// The number of levels that contain everything (wrappers and the like); they do not count as
/// levels.
std::size_t shared_levels(const std::vector<ModuleMembers>& modules, std::size_t count) {
  std::size_t levels = 0;
  for (const ModuleMembers& module : modules) levels += module.members.size() == count;
  return levels;
}

void add_frozen_before(const std::string& place, Index start, double doubt_bits, Sets& sets) {
  const Indices all = everything(sets.count());
  sets.add({concat("all before '", place, "' frozen"), Indices(all.begin() + start, all.end()),
            doubt_bits});
}

void add_frozen_from(const std::string& place, Index start, double doubt_bits, Sets& sets) {
  const Indices all = everything(sets.count());
  sets.add({concat("all from '", place, "' on frozen"), Indices(all.begin(), all.begin() + start),
            doubt_bits});
}

void add_modules(const std::vector<ModuleMembers>& modules, Sets& sets) {
  const std::size_t shared = shared_levels(modules, sets.count());
  Index last_start = 0;
  for (const auto& [module, members] : modules) {
    const std::size_t depth = depth_of(module);
    const double doubt_of_depth =
        doubt_of_each_level * static_cast<double>(depth > shared ? depth - shared : 0);
    sets.add_both(concat('\'', module, ".*'"), members, doubt_of_module + doubt_of_depth);
    const Index start = members.front();
    if (start == last_start || !sets.can_be_frozen_or_only(start)) continue;
    last_start = start;
    add_frozen_before(module, start, doubt_of_start + doubt_of_depth, sets);
    add_frozen_from(module, start, doubt_of_module + doubt_of_depth, sets);
  }
}

/// Also at a position inside a module.
void add_any_start(const Problem& problem, Sets& sets) {
  const auto first_trained = static_cast<Index>(sets.count() - sets.wanted());
  const auto first_frozen = static_cast<Index>(sets.wanted());
  add_frozen_before(problem.name(first_trained), first_trained, never_believed, sets);
  add_frozen_from(problem.name(first_frozen), first_frozen, never_believed, sets);
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

using Classes = std::map<std::string, Indices>;

std::string shown(std::string_view part) { return concat("'", part, "'"); }

void add_classes(const Classes& classes, Sets& sets) {
  for (const auto& [part, names] : classes)
    sets.add_both(shown(part), names, is_known(part) ? doubt_of_known_part : doubt_of_made_up_rule);
}

/// Pairs of known parts only: pairs of any parts would explain almost everything.
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
      sets.add_both(concat(shown(a->first), " and ", shown(b->first)), both, doubt_of_made_up_rule);
    }
  }
}

/// As common as freezing a subtree.
void add_biases(const Problem& problem, Sets& sets) {
  Indices biases;
  for (Index i = 0; i < problem.candidates.size(); ++i)
    if (leaf_of(problem.name(i)).ends_with("bias")) biases.push_back(i);
  sets.add_only(shown("bias"), biases, doubt_of_biases);
}

void add_numbers(const Problem& problem, Sets& sets) {
  const std::pair sizes{sets.wanted(), sets.count() - sets.wanted()};
  for (const NumberedTail& tail : numbered_tails(problem, sizes))
    sets.add_both(tail.text, tail.members, doubt_of_made_up_rule);
}

}  // namespace

std::vector<TrainableSet> whole_sets(const Problem& problem, const FindClones& find_clones) {
  Sets sets(problem);
  sets.add({"all parameters", everything(sets.count())});
  if (sets.count() > sets.wanted() && find_clones) {
    const Indices clones = find_clones(problem);
    if (!clones.empty())
      sets.add({"all parameters, cloned ties once", without(sets.count(), clones)});
  }
  return sets.take();
}

std::vector<TrainableSet> frozen_sets(const Problem& problem, const NameParts& parts) {
  Sets sets(problem);
  if (sets.count() <= sets.wanted() || sets.wanted() == 0) return {};
  add_modules(parts.modules, sets);
  add_biases(problem, sets);
  add_classes(parts.by_part, sets);
  add_known_pairs(parts.by_part, sets);
  add_numbers(problem, sets);
  add_any_start(problem, sets);
  return sets.take();
}

}  // namespace ckpt::optim
