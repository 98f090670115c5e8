// Grouper sorts the keys that a rule took by the variables that are not joined; BundleRunner
// applies the operations of the rule to the tensors of one group, axis by axis.

#include "match/rules/groups.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "ckpt/base/text.hpp"
#include "match/rules/error.hpp"

namespace ckpt::match {

namespace {

constexpr std::size_t shown_keys = 4;

/// The members of a group while they are collected.
struct Gathered {
  const Hit* first = nullptr;
  std::vector<const Hit*> members = {};
};

class Grouper {
 public:
  Grouper(const CompiledRule& rule, std::span<const KeyFacts> keys)
      : rule_(rule), keys_(keys), key_list_(rule.key_list()) {}

  std::vector<Group> run(const std::vector<Hit>& hits) {
    for (const Hit& hit : hits) gather(hit);
    std::vector<Group> groups;
    groups.reserve(gathered_.size());
    for (const Gathered& gathered : gathered_) groups.push_back(group_of(gathered));
    return groups;
  }

 private:
  void gather(const Hit& hit) {
    const auto [known, is_new] = group_of_name_.try_emplace(identity(hit), gathered_.size());
    if (is_new) gathered_.push_back({.first = &hit});
    gathered_[known->second].members.push_back(&hit);
  }

  /// Equal for all members of a group: the values of the variables that are not joined.
  std::string identity(const Hit& hit) const {
    std::string text = rule_.pairs_keys ? concat(hit.key_template, ";") : "";
    for (VariableId id = 0; id < hit.bindings.size(); ++id) {
      const Binding& binding = hit.bindings[id];
      if (!binding.is_bound || rule_.is_fan_in(id)) continue;
      text += concat(id, ":", binding.number, ":", binding.text.size(), ":", binding.text);
    }
    return text;
  }

  std::int64_t value_of(const Hit& hit, VariableId id) const {
    return key_list_ == id ? static_cast<std::int64_t>(hit.key_template) : hit.bindings[id].number;
  }

  Axis axis_of(const Gathered& gathered, VariableId id) const {
    const Variable& variable = rule_.variables[id];
    if (!variable.range.empty()) return {id, variable.range};
    std::int64_t count = static_cast<std::int64_t>(variable.word_count);
    if (variable.word_count == 0) {
      for (const Hit* hit : gathered.members) count = std::max(count, value_of(*hit, id) + 1);
      // More numbers than keys: at least one of the first numbers is missing.
      count = std::min(count, static_cast<std::int64_t>(gathered.members.size()) + 1);
    }
    Axis axis{id, std::vector<std::int64_t>(static_cast<std::size_t>(count))};
    std::iota(axis.values.begin(), axis.values.end(), std::int64_t{0});
    return axis;
  }

  Group group_of(const Gathered& gathered) const {
    Group group{.shared = gathered.first->bindings, .key_template = gathered.first->key_template};
    for (const VariableId id : rule_.fan_in) group.axes.push_back(axis_of(gathered, id));
    std::unordered_map<std::size_t, const Hit*> member_at;
    for (const Hit* hit : gathered.members) {
      const auto place = place_of(*hit, group.axes);
      if (!place) continue;
      const auto [known, is_new] = member_at.try_emplace(*place, hit);
      if (!is_new) throw_same_place(*known->second, *hit);
    }
    AxisCounter counter(group.axes);
    std::size_t place = 0;
    do {
      const auto member = member_at.find(place++);
      if (member == member_at.end()) throw_missing(gathered, group, counter);
      group.keys.push_back(member->second->key);
    } while (counter.advance());
    if (group.keys.size() < gathered.members.size())
      throw std::logic_error("a group with members outside of its axes");
    return group;
  }

  /// The row-major position along the axes; nothing for a value outside of them.
  std::optional<std::size_t> place_of(const Hit& hit, const std::vector<Axis>& axes) const {
    std::size_t place = 0;
    for (const Axis& axis : axes) {
      const auto found = find_place(axis.values, value_of(hit, axis.variable));
      if (!found) return std::nullopt;
      if (__builtin_mul_overflow(place, axis.values.size(), &place)) return std::nullopt;
      place += *found;
    }
    return place;
  }

  [[noreturn]] void throw_same_place(const Hit& first, const Hit& second) const {
    RuleError error("D12", concat(quote(keys_[first.key].key), " and ",
                                  quote(keys_[second.key].key), " fill the same place"));
    error.keys = {keys_[first.key].key, keys_[second.key].key};
    throw RuleError(error);
  }

  [[noreturn]] void throw_missing(const Gathered& gathered, const Group& group,
                                  const AxisCounter& counter) const {
    Bindings bindings = group.shared;
    std::size_t key_template = group.key_template;
    for (std::size_t i = 0; i < group.axes.size(); ++i) {
      const VariableId id = group.axes[i].variable;
      if (key_list_ == id) {
        key_template = static_cast<std::size_t>(counter.value(i));
      } else {
        bindings[id] = {.is_bound = true, .number = counter.value(i)};
      }
    }
    const std::string missing = render(rule_.from[key_template], bindings, rule_.variables);
    RuleError error("D13", concat("incomplete group: ", quote(missing), " is missing"),
                    hint_of(gathered));
    error.keys = {missing};
    throw RuleError(error);
  }

  std::string hint_of(const Gathered& gathered) const {
    std::vector<std::string> present;
    for (std::size_t i = 0; i < std::min(gathered.members.size(), shown_keys); ++i)
      present.push_back(keys_[gathered.members[i]->key].key);
    const std::size_t more = gathered.members.size() - present.size();
    return concat("there are ", join(present, ", "),
                  more > 0 ? concat(" and ", more, " more") : std::string());
  }

  const CompiledRule& rule_;
  std::span<const KeyFacts> keys_;
  std::optional<VariableId> key_list_;
  std::vector<Gathered> gathered_;
  std::unordered_map<std::string, std::size_t> group_of_name_;
};

class BundleRunner {
 public:
  BundleRunner(const CompiledRule& rule, StepBuilder& steps) : rule_(rule), steps_(steps) {}

  Bundle run(const CompiledOp& op, Bundle bundle) {
    if (is_join(op.kind)) return joined(op, bundle);
    if (is_split(op.kind)) return split(op, std::move(bundle));
    for (StepId& part : bundle.parts) part = apply_unary(op, part, steps_);
    return bundle;
  }

 private:
  Bundle joined(const CompiledOp& op, const Bundle& bundle) {
    const auto axis = std::ranges::find(bundle.axes, op.axis, &Axis::variable);
    const std::size_t count = axis->values.size();
    std::size_t inner = 1;
    for (auto later = axis + 1; later != bundle.axes.end(); ++later) inner *= later->values.size();
    Bundle result{.axes = bundle.axes};
    result.axes.erase(result.axes.begin() + (axis - bundle.axes.begin()));
    for (std::size_t block = 0; block < bundle.parts.size(); block += count * inner)
      for (std::size_t i = 0; i < inner; ++i) {
        std::vector<StepId> inputs;
        for (std::size_t k = 0; k < count; ++k)
          inputs.push_back(bundle.parts[block + k * inner + i]);
        result.parts.push_back(apply_join(op, std::move(inputs), steps_));
      }
    return result;
  }

  Bundle split(const CompiledOp& op, Bundle bundle) {
    const Axis axis = made_axis(op, bundle.parts.front());
    Bundle result{.axes = std::move(bundle.axes)};
    for (const StepId part : bundle.parts)
      for (const StepId piece : apply_split(op, part, axis.values.size(), steps_))
        result.parts.push_back(piece);
    result.axes.push_back(axis);
    return result;
  }

  Axis made_axis(const CompiledOp& op, StepId first) const {
    const Variable& variable = rule_.variables[op.axis];
    if (!variable.range.empty()) return {op.axis, variable.range};
    std::int64_t count = static_cast<std::int64_t>(variable.word_count);
    if (count == 0)
      count = op.count ? *op.count : steps_.size(first, steps_.axis(first, op.numbers[0]));
    if (count < 1 || count > most_parts)
      throw RuleError(
          "D15",
          concat(op.name, " would make ",
                 counted(static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0)), "tensor")));
    Axis axis{op.axis, std::vector<std::int64_t>(static_cast<std::size_t>(count))};
    std::iota(axis.values.begin(), axis.values.end(), std::int64_t{0});
    return axis;
  }

  static constexpr std::int64_t most_parts = 1'000'000;

  const CompiledRule& rule_;
  StepBuilder& steps_;
};

}  // namespace

bool AxisCounter::advance() {
  for (std::size_t i = place_.size(); i-- > 0;) {
    if (++place_[i] < axes_[i].values.size()) return true;
    place_[i] = 0;
  }
  return false;
}

std::vector<Group> make_groups(const CompiledRule& rule, const std::vector<Hit>& hits,
                               std::span<const KeyFacts> keys) {
  return Grouper(rule, keys).run(hits);
}

Bundle run_ops(const CompiledRule& rule, Bundle bundle, StepBuilder& steps,
               const SubjectText& subject) {
  BundleRunner runner(rule, steps);
  for (const CompiledOp& op : rule.ops) {
    try {
      bundle = runner.run(op, std::move(bundle));
    } catch (RuleError& error) {
      error.add_place(concat(op.name, " on ", subject()));
      throw;
    }
  }
  return bundle;
}

}  // namespace ckpt::match
