// rearrange("(h p d) ... -> (p h d) ..."): a reshape splits the dimensions of the left side, a
// permutation reorders them, and a reshape joins them to the groups of the right side.
#include <algorithm>
#include <map>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/text.hpp"
#include "match/rules/error.hpp"
#include "match/rules/steps.hpp"

namespace ckpt::match {

namespace {

class Rearrangement {
 public:
  Rearrangement(const CompiledOp& op, const Shape& shape)
      : op_(op), shape_(shape), sizes_(op.pattern_sizes) {}

  StepId apply(StepId input, StepBuilder& steps) {
    take_apart();
    const StepId apart = steps.reshape(input, apart_);
    Shape together;
    const std::vector<std::size_t> order = put_together(together);
    return steps.reshape(steps.permute(apart, order), std::move(together));
  }

 private:
  static bool is_rest(const std::vector<std::string>& group) {
    return group.size() == 1 && group.front() == "...";
  }

  void take_apart() {
    const bool has_rest = std::ranges::any_of(op_.left, is_rest);
    const std::size_t named = op_.left.size() - (has_rest ? 1 : 0);
    if (named > shape_.size() || (!has_rest && named != shape_.size()))
      throw RuleError("D15",
                      concat("the left side of the pattern has ", counted(named, "dim"),
                             has_rest ? " or more" : "", ", the tensor is ", shape_text(shape_)));
    rest_ = shape_.size() - named;
    std::size_t next = 0;
    for (const auto& group : op_.left) {
      if (is_rest(group)) {
        for (std::size_t i = 0; i < rest_; ++i) add(rest_name(i), shape_[next++]);
      } else {
        split_dimension(group, shape_[next++]);
      }
    }
  }

  static std::string rest_name(std::size_t i) { return concat("...", i); }

  void add(const std::string& name, std::int64_t size) {
    sizes_[name] = size;
    names_.push_back(name);
    apart_.push_back(size);
  }

  void split_dimension(const std::vector<std::string>& group, std::int64_t size) {
    std::int64_t known = 1;
    const std::string* unknown = nullptr;
    for (const std::string& name : group) {
      if (name == "1") continue;
      if (const auto found = sizes_.find(name); found != sizes_.end()) {
        known = checked_multiply(known, found->second, "sizes of a pattern");
      } else if (unknown) {
        throw RuleError("D15", concat("the sizes of ", *unknown, " and ", name, " are unknown"),
                        concat("give one of them: rearrange(..., ", *unknown, "=N)"));
      } else {
        unknown = &name;
      }
    }
    if (unknown) {
      if (known < 1 || size % known != 0)
        throw RuleError("D15", concat("a dim of ", size, " is not divisible by ", known));
      sizes_[*unknown] = size / known;
    } else if (known != size) {
      throw RuleError("D15", concat("a dim is ", size, ", its axes give ", known));
    }
    for (const std::string& name : group)
      if (name != "1") add(name, sizes_.at(name));
  }

  /// The positions of the axes of the right side, and the sizes of its groups.
  std::vector<std::size_t> put_together(Shape& together) const {
    std::vector<std::size_t> order;
    const auto take = [&](const std::string& name) {
      const auto place = std::ranges::find(names_, name) - names_.begin();
      order.push_back(static_cast<std::size_t>(place));
      return apart_[order.back()];
    };
    for (const auto& group : op_.right) {
      if (is_rest(group)) {
        for (std::size_t i = 0; i < rest_; ++i) together.push_back(take(rest_name(i)));
        continue;
      }
      std::int64_t size = 1;
      for (const std::string& name : group)
        if (name != "1") size *= take(name);
      together.push_back(size);
    }
    return order;
  }

  const CompiledOp& op_;
  const Shape& shape_;
  std::map<std::string, std::int64_t> sizes_;
  std::size_t rest_ = 0;
  std::vector<std::string> names_;
  Shape apart_;
};

}  // namespace

StepId apply_rearrange(const CompiledOp& op, StepId input, StepBuilder& steps) {
  const Shape shape = steps.shape(input);
  return Rearrangement(op, shape).apply(input, steps);
}

}  // namespace ckpt::match
