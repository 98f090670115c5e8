// Checks how axes pass through the operations of a rule: an axis that occurs only on the left must
// be joined once, an axis that occurs only on the right must be created once.
#include <algorithm>
#include <array>

#include "ckpt/base/text.hpp"
#include "match/rules/compile.hpp"
#include "match/rules/error.hpp"

namespace ckpt::match {

namespace {

std::string axes_text(const CompiledRule& compiled, const std::vector<VariableId>& axes) {
  std::vector<std::string> texts;
  for (const VariableId id : axes) texts.push_back(variable_text(compiled.variables[id]));
  return join(texts, ", ");
}

class Flow {
 public:
  Flow(CompiledRule& compiled, const Names& names)
      : compiled_(compiled), names_(names), open_(compiled.fan_in) {}

  void run() {
    for (const OpCall& call : compiled_.rule->ops) {
      const auto axis = named_axis(call);
      CompiledOp op = compile_op(
          call, names_, axis ? std::optional<std::string_view>(call.args[0]) : std::nullopt);
      if (is_join(op.kind) || is_split(op.kind)) op.axis = take_axis(op, axis);
      compiled_.ops.push_back(std::move(op));
    }
    refuse_left_over();
  }

 private:
  /// The axis that the call names as its first argument; nothing when it names none.
  std::optional<VariableId> named_axis(const OpCall& call) const {
    constexpr std::array along_axes{"cat", "stack", "same", "split", "unstack", "copy"};
    if (std::ranges::find(along_axes, call.name) == along_axes.end() || call.args.empty())
      return std::nullopt;
    if (names_.values.contains(call.args.front())) return std::nullopt;
    const auto found = std::ranges::find(compiled_.variables, call.args.front(), &Variable::name);
    if (found == compiled_.variables.end()) return std::nullopt;
    return static_cast<VariableId>(found - compiled_.variables.begin());
  }

  VariableId take_axis(const CompiledOp& op, std::optional<VariableId> named) {
    std::vector<VariableId> pool = is_join(op.kind) ? open_ : std::vector<VariableId>();
    if (is_split(op.kind))
      for (const VariableId id : compiled_.fan_out)
        if (std::ranges::find(open_, id) == open_.end()) pool.push_back(id);
    if (!named && pool.size() != 1) throw_no_axis(op, pool);
    const VariableId axis = named ? *named : pool.front();
    if (std::ranges::find(pool, axis) == pool.end())
      throw RuleError("E05", concat(op.name, ": ", variable_text(compiled_.variables[axis]),
                                    is_join(op.kind) ? " is no axis that is open here"
                                                     : " is no axis that is still to be made"));
    if (is_join(op.kind)) {
      std::erase(open_, axis);
    } else {
      refuse_endless(op, compiled_.variables[axis]);
      open_.push_back(axis);
    }
    return axis;
  }

  [[noreturn]] void throw_no_axis(const CompiledOp& op, const std::vector<VariableId>& pool) const {
    if (pool.empty())
      throw RuleError("E05", concat(op.name, ": there is no open axis"),
                      is_join(op.kind) ? "a list or number on the left only is what is joined"
                                       : "a list or number on the right only is what is made");
    throw RuleError("E05",
                    concat(op.name, ": more than one axis is open: ", axes_text(compiled_, pool)),
                    concat("name it: ", op.name, "(axis, ...)"));
  }

  static void refuse_endless(const CompiledOp& op, const Variable& axis) {
    const bool is_closed = axis.word_count > 0 || op.count.has_value();
    if (op.kind != OpKind::unstack && !is_closed)
      throw RuleError("E05", concat(op.name, ": into how many is not known"),
                      concat("give ", variable_text(axis), " a range, {", axis.name, ":0..3}, or ",
                             op.name, "(0, n=4)"));
  }

  void refuse_left_over() const {
    std::vector<VariableId> unjoined;
    std::vector<VariableId> unmade;
    for (const VariableId id : open_)
      if (std::ranges::find(compiled_.fan_out, id) == compiled_.fan_out.end())
        unjoined.push_back(id);
    for (const VariableId id : compiled_.fan_out)
      if (std::ranges::find(open_, id) == open_.end()) unmade.push_back(id);
    if (unjoined.empty() && unmade.empty()) return;
    if (unmade.empty())
      throw RuleError("E05",
                      concat("left over: ", axes_text(compiled_, unjoined), " only on the left"),
                      "join it with cat, stack or same");
    if (unjoined.empty())
      throw RuleError("E05",
                      concat("left over: ", axes_text(compiled_, unmade), " only on the right"),
                      "make it with split, unstack or copy");
    throw RuleError("E05",
                    concat("left over: ", axes_text(compiled_, unjoined), " only on the left, ",
                           axes_text(compiled_, unmade), " only on the right"),
                    "join with cat, stack or same; make with split, unstack or copy");
  }

  CompiledRule& compiled_;
  const Names& names_;
  std::vector<VariableId> open_;
};

}  // namespace

void compile_flow(CompiledRule& compiled, const Names& names) { Flow(compiled, names).run(); }

}  // namespace ckpt::match
