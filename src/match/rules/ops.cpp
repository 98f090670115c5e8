// Compiles operations: looks up their names in a table and turns their arguments into numbers.
// apply.cpp says what these numbers mean for tensors.
#include <algorithm>
#include <array>
#include <tuple>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/rule_checks.hpp"
#include "match/rules/compile.hpp"
#include "match/rules/error.hpp"
#include "match/rules/text.hpp"

namespace ckpt::match {

namespace {

/// The arguments after the axis:  d dimension, x number, l list, a arrow "n to m", r range a:b, p
/// pattern, t dtype; ? the following may be omitted, * the last one may be repeated.
struct OpRow {
  std::string_view name;
  OpKind kind;
  std::string_view args;
  std::string_view usage;
};

constexpr std::array op_rows{
    OpRow{"cat", OpKind::cat, "d?l", "cat(0), cat(axis, 0) or cat(0, [sizes])"},
    OpRow{"stack", OpKind::stack, "d", "stack(0) or stack(axis, 0)"},
    OpRow{"same", OpKind::same, "", "same or same(axis)"},
    OpRow{"split", OpKind::split, "d?l", "split(0), split(axis, 0) or split(0, [sizes])"},
    OpRow{"unstack", OpKind::unstack, "d", "unstack(0) or unstack(axis, 0)"},
    OpRow{"copy", OpKind::copy, "", "copy or copy(axis)"},
    OpRow{"t", OpKind::transpose, "", "t"},
    OpRow{"permute", OpKind::permute, "d*", "permute(1, 0, 2)"},
    OpRow{"rearrange", OpKind::rearrange, "p", "rearrange(\"(h p) ... -> (p h) ...\", h=2)"},
    OpRow{"rope_half", OpKind::rope_half, "x?x",
          "rope_half(head_size) or rope_half(head_size, rot)"},
    OpRow{"rope_pair", OpKind::rope_pair, "x?x",
          "rope_pair(head_size) or rope_pair(head_size, rot)"},
    OpRow{"squeeze", OpKind::squeeze, "d*", "squeeze(2, 3)"},
    OpRow{"unsqueeze", OpKind::unsqueeze, "d*", "unsqueeze(0)"},
    OpRow{"reorder", OpKind::reorder, "dl", "reorder(0, [1, 0])"},
    OpRow{"roll", OpKind::roll, "dx", "roll(0, -1)"},
    OpRow{"slice", OpKind::slice, "dr", "slice(0, 1:10)"},
    OpRow{"pad", OpKind::pad, "da", "pad(0, 50257 to 50304)"},
    OpRow{"crop", OpKind::crop, "da", "crop(0, 50304 to 50257)"},
    OpRow{"add", OpKind::add, "f", "add(1)"},
    OpRow{"mul", OpKind::multiply, "f", "mul(0.5)"},
    OpRow{"cast", OpKind::cast, "t", "cast(bf16)"},
};

const OpRow& row_of_op(std::string_view name) {
  for (const OpRow& row : op_rows)
    if (row.name == name) return row;
  const std::vector<std::string> known = operation_names();
  std::string hint = did_you_mean(find_closest(name, known));
  if (hint.empty()) hint = concat("operations are ", join(known, ", "));
  throw RuleError("E02", concat("unknown operation ", quote(name)), std::move(hint));
}

class OpCompiler {
 public:
  OpCompiler(const OpCall& call, const OpRow& row, const Names& names)
      : call_(call), row_(row), names_(names) {
    op_.kind = row.kind;
    op_.name = row.name;
  }

  CompiledOp compile(std::span<const std::string> args) {
    std::size_t next = 0;
    bool is_optional = false;
    for (std::size_t i = 0; i < row_.args.size(); ++i) {
      const char form = row_.args[i];
      if (form == '?') {
        is_optional = true;
      } else if (form == '*') {
        while (next < args.size()) take(row_.args[i - 1], args[next++]);
      } else if (next < args.size()) {
        take(form, args[next++]);
      } else if (!is_optional) {
        fail_usage();
      }
    }
    if (next < args.size()) fail_usage();
    take_named();
    check();
    return std::move(op_);
  }

 private:
  [[noreturn]] void fail_usage() const {
    throw RuleError("E01", concat("cannot read ", quote(to_text(call_))),
                    concat("it is written ", row_.usage));
  }

  std::int64_t whole(std::string_view text, std::string_view what) const {
    return to_whole(evaluate(text, names_), concat(what, " of ", row_.name));
  }

  void take(char form, const std::string& arg) {
    switch (form) {
      case 'd':
        op_.numbers.push_back(whole(arg, "a dimension"));
        return;
      case 'x':
        op_.numbers.push_back(whole(arg, "an argument"));
        return;
      case 'f':
        op_.number = to_real(evaluate(arg, names_));
        return;
      case 'l':
        return take_list(arg);
      case 'a':
        return take_arrow(arg);
      case 'r':
        return take_range(arg);
      case 'p':
        std::tie(op_.left, op_.right) = parse_rearrangement(arg);
        return;
      default:
        return take_dtype(arg);
    }
  }

  void take_list(std::string_view arg) {
    if (arg.size() < 2 || arg.front() != '[' || arg.back() != ']') fail_usage();
    for (const std::string_view piece : split_outside(arg.substr(1, arg.size() - 2), ','))
      op_.sizes.push_back(whole(piece, "a size"));
  }

  void take_arrow(const std::string& arg) {
    const std::size_t to = arg.find(" to ");
    if (to == std::string::npos) fail_usage();
    op_.numbers.push_back(whole(std::string_view(arg).substr(0, to), "a size"));
    op_.numbers.push_back(whole(std::string_view(arg).substr(to + 4), "a size"));
  }

  void take_range(const std::string& arg) {
    const std::size_t colon = arg.find(':');
    if (colon == std::string::npos) fail_usage();
    const std::string_view first = trimmed(std::string_view(arg).substr(0, colon));
    const std::string_view end = trimmed(std::string_view(arg).substr(colon + 1));
    if (!first.empty()) op_.first = whole(first, "the start");
    if (!end.empty()) op_.end = whole(end, "the end");
  }

  void take_dtype(const std::string& arg) {
    const auto dtype = model::find_dtype(arg);
    if (!dtype)
      throw RuleError("E02", concat("unknown dtype ", quote(arg)), "such as f32, f16, bf16, i64");
    op_.dtype = *dtype;
  }

  void take_named() {
    for (const auto& [name, value] : call_.named) {
      if (op_.kind == OpKind::rearrange) {
        op_.pattern_sizes[name] = whole(value, name);
      } else if (name == "n" && (is_split(op_.kind) || is_join(op_.kind))) {
        op_.count = whole(value, "n");
      } else {
        fail_usage();
      }
    }
  }

  void check() const {
    const bool wants_some = row_.args.ends_with('*');
    if (wants_some && op_.numbers.empty()) fail_usage();
    if (op_.kind == OpKind::reorder) check_order(op_.sizes);
    if (op_.kind == OpKind::permute) check_order(op_.numbers);
    if (op_.kind == OpKind::rearrange) check_pattern();
  }

  void check_order(std::vector<std::int64_t> order) const {
    std::ranges::sort(order);
    for (std::size_t i = 0; i < order.size(); ++i)
      if (order[i] != static_cast<std::int64_t>(i))
        throw RuleError("E01",
                        concat(quote(to_text(call_)), " is no order of 0..", order.size() - 1));
  }

  void check_pattern() const {
    const auto axes = [](const AxisGroups& pattern) {
      std::vector<std::string> all;
      for (const auto& group : pattern)
        for (const std::string& name : group)
          if (name != "1") all.push_back(name);
      std::ranges::sort(all);
      return all;
    };
    const std::vector<std::string> left = axes(op_.left);
    if (std::ranges::adjacent_find(left) != left.end())
      throw RuleError("E01", concat(quote(call_.args.front()), " names an axis twice"));
    if (left != axes(op_.right))
      throw RuleError("E01",
                      concat(quote(call_.args.front()), ": the two sides have different axes"));
  }

  const OpCall& call_;
  const OpRow& row_;
  const Names& names_;
  CompiledOp op_;
};

AxisGroups parse_side(std::string_view text) {
  AxisGroups groups;
  bool is_grouped = false;
  std::string spaced;
  for (const char c : text)
    spaced += c == '(' || c == ')' ? concat(" ", c, " ") : std::string(1, c);
  for (const std::string_view word : split(spaced, ' ')) {
    if (word.empty()) continue;
    if (word == "(" && !is_grouped) {
      groups.emplace_back();
      is_grouped = true;
    } else if (word == ")" && is_grouped) {
      is_grouped = false;
    } else if (word == "..." && !is_grouped) {
      groups.push_back({"..."});
    } else if (word == "1" || is_identifier(word)) {
      if (!is_grouped) groups.emplace_back();
      groups.back().emplace_back(word);
    } else {
      throw RuleError("E01", concat("cannot read ", quote(word), " in the pattern ", quote(text)));
    }
  }
  if (is_grouped) throw RuleError("E01", concat("a ) is missing in the pattern ", quote(text)));
  return groups;
}

}  // namespace

std::vector<std::string> operation_names() {
  std::vector<std::string> names;
  for (const OpRow& row : op_rows) names.emplace_back(row.name);
  return names;
}

bool is_join(OpKind kind) {
  return kind == OpKind::cat || kind == OpKind::stack || kind == OpKind::same;
}

bool is_split(OpKind kind) {
  return kind == OpKind::split || kind == OpKind::unstack || kind == OpKind::copy;
}

std::pair<AxisGroups, AxisGroups> parse_rearrangement(std::string_view text) {
  text = trimmed(text);
  if (text.size() < 2 || text.front() != '"' || text.back() != '"')
    throw RuleError("E01", concat("expected a pattern in double quotes, got ", quote(text)));
  text = text.substr(1, text.size() - 2);
  const std::size_t arrow = text.find("->");
  if (arrow == std::string_view::npos)
    throw RuleError("E01", concat("expected -> in the pattern ", quote(text)));
  return {parse_side(text.substr(0, arrow)), parse_side(text.substr(arrow + 2))};
}

CompiledOp compile_op(const OpCall& call, const Names& names,
                      std::optional<std::string_view> axis_name) {
  const OpRow& row = row_of_op(call.name);
  std::span<const std::string> args = call.args;
  if (axis_name) args = args.subspan(1);
  return OpCompiler(call, row, names).compile(args);
}

}  // namespace ckpt::match
