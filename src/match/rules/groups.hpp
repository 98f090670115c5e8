// Collects the keys that a rule matches into groups. A group is one application of the rule (layer
// 7, weight); it must be complete along every axis that is joined.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "match/rules/match.hpp"
#include "match/rules/steps.hpp"

namespace ckpt::match {

/// A key that a rule matched.
struct Hit {
  std::size_t key = 0;
  std::size_t key_template = 0;
  Bindings bindings = {};
};

/// An axis with the values along it, in order.
struct Axis {
  VariableId variable = 0;
  std::vector<std::int64_t> values = {};
};

/// One application of a rule: the keys that its operations turn into tensors of the target.
struct Group {
  Bindings shared = {};                ///< the variables that all members have in common
  std::size_t key_template = 0;        ///< where templates are paired: the index of the pair
  std::vector<Axis> axes = {};         ///< the fan-in of the rule
  std::vector<std::size_t> keys = {};  ///< row-major along the axes
};

/// The groups in the order of their first key. Throws RuleError D13 for the first incomplete group,
/// D12 when two keys have the same position.
std::vector<Group> make_groups(const CompiledRule& rule, const std::vector<Hit>& hits,
                               std::span<const KeyFacts> keys);

/// Tensors along axes: the value that the operations of a rule transform.
struct Bundle {
  std::vector<Axis> axes = {};
  std::vector<StepId> parts = {};  ///< row-major
};

/// The subject of an error message: "'q.weight' 8x2 and 2 more".
using SubjectText = std::function<std::string()>;

/// The bundle after all operations of the rule. Throws RuleError D15: "split on SUBJECT: ...".
Bundle run_ops(const CompiledRule& rule, Bundle bundle, StepBuilder& steps,
               const SubjectText& subject);

/// Counts through all combinations of the values of some axes, the last one fastest.
class AxisCounter {
 public:
  explicit AxisCounter(const std::vector<Axis>& axes) : axes_(axes), place_(axes.size()) {}
  std::int64_t value(std::size_t axis) const { return axes_[axis].values[place_[axis]]; }
  bool advance();

 private:
  const std::vector<Axis>& axes_;
  std::vector<std::size_t> place_;
};

}  // namespace ckpt::match
