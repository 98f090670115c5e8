// The opcodes that name things or would call them: globals, persistent ids, objects.
#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/pickle/name_limit.hpp"
#include "pickle/machine.hpp"
#include "pickle/string_text.hpp"

namespace ckpt::pickle {

namespace {

/// Whether a value of this kind may be the result of code that only its own file knows.
bool is_unknown(Kind kind) {
  return kind == Kind::object || kind == Kind::global || kind == Kind::persistent;
}

[[noreturn]] void throw_wrong_operand(std::string_view what, std::string_view expected, Kind got) {
  throw Error(ErrorKind::malformed,
              concat(what, ": expected ", expected, ", got ", kind_name(got)));
}

/// How much of a name a scan keeps: enough to see that the name is too long.
constexpr std::size_t kept_name_bytes = longest_name_bytes + 1;

void require_name(std::string_view name, std::string_view what) {
  if (name.empty()) throw Error(ErrorKind::malformed, concat(what, " is empty"));
  if (name.size() > longest_name_bytes)
    throw Error(ErrorKind::limit, concat(what, ": expected at most ", longest_name_bytes,
                                         " bytes, got ", name.size()));
  if (!is_strict_utf8(name))
    throw Error(ErrorKind::malformed, concat(what, ": expected UTF-8, got ", quote(name)));
}

}  // namespace

/// For a name that does not end, Python's own unpickler and those of Python 2 take all remaining
/// bytes.
std::string_view Machine::read_name_line(std::string_view what) {
  const bool may_end_here = is_scanning() && options_.extent == Extent::whole;
  return may_end_here ? reader_.take_line_or_rest(what) : reader_.take_line(what);
}

NodeId Machine::read_global() {
  const std::string_view module = read_name_line("module");
  const std::string_view name = read_name_line("name");
  if (!is_scanning()) {
    require_name(module, "module");
    require_name(name, "name");
  }
  const NodeId global =
      graph_.add_global(module.substr(0, kept_name_bytes), name.substr(0, kept_name_bytes));
  note(Deed::names, global);
  return global;
}

void Machine::push_global() { stack_.push(read_global()); }

void Machine::push_stack_global() {
  const std::span<const NodeId> operands = stack_.top_values(2);
  const NodeId global = add_stack_global(operands[0], operands[1]);
  stack_.drop(2);
  stack_.push(global);
  note(Deed::names, global);
}

NodeId Machine::add_stack_global(NodeId module, NodeId name) {
  for (const NodeId operand : {module, name}) {
    const Kind kind = graph_.kind(operand);
    if (kind == Kind::text || kind == Kind::raw_text) continue;
    // The result of a call may be a string.
    if (is_scanning() && is_unknown(kind)) return graph_.add_global(computed_name, computed_name);
    throw_wrong_operand("module and name", "strings", kind);
  }
  if (!is_scanning()) {
    require_name(graph_.text(module), "module");
    require_name(graph_.text(name), "name");
  }
  return graph_.add_global(cut_name(module), cut_name(name));
}

/// `text` itself, or a shortened copy that all uses of the same text share.
NodeId Machine::cut_name(NodeId text) {
  if (graph_.text(text).size() <= longest_name_bytes) return text;
  const auto [known, is_new] = cut_names_.try_emplace(text, no_node);
  if (is_new)
    known->second =
        graph_.add_text(graph_.kind(text), graph_.text(text).substr(0, kept_name_bytes));
  return known->second;
}

void Machine::push_persistent_line() {
  const std::string_view line = reader_.take_line("id");
  const bool is_ascii = std::ranges::all_of(line, [](char byte) { return (byte & 0x80) == 0; });
  if (!is_ascii && !is_scanning())
    throw Error(ErrorKind::malformed, concat("expected ASCII, got ", quote(line)));
  if (!is_ascii) note(Parting::python2_text);
  const Kind kind = is_ascii ? Kind::text : Kind::raw_text;
  stack_.push(graph_.add_persistent(graph_.add_text(kind, line)));
  note(Deed::asks_host, stack_.top());
}

void Machine::push_persistent() {
  stack_.push(graph_.add_persistent(stack_.pop()));
  note(Deed::asks_host, stack_.top());
}

void Machine::require_callable(NodeId callable) const {
  const Kind kind = graph_.kind(callable);
  if (!is_unknown(kind)) throw_wrong_operand("callable", "a global or an object", kind);
}

void Machine::push_reduce() {
  const std::span<const NodeId> operands = stack_.top_values(2);
  const NodeId callable = operands[0];
  const NodeId args = operands[1];
  require_callable(callable);
  // An object may be a tuple: torch.Size and named tuples are.
  const bool can_be_tuple = graph_.is(args, Kind::tuple) || is_unknown(graph_.kind(args));
  if (!can_be_tuple && !is_scanning())
    throw_wrong_operand("arguments", "a tuple", graph_.kind(args));
  stack_.drop(2);
  stack_.push(graph_.add_object({Construction::reduce, callable, args, no_node, {}}));
  note(Deed::calls, stack_.top());
}

void Machine::push_newobj() {
  const std::span<const NodeId> operands = stack_.top_values(2);
  const NodeId callable = operands[0];
  const NodeId args = operands[1];
  require_callable(callable);
  if (!graph_.is(args, Kind::tuple) && !is_scanning())
    throw_wrong_operand("arguments", "a tuple", graph_.kind(args));
  stack_.drop(2);
  stack_.push(graph_.add_object({Construction::newobj, callable, args, no_node, {}}));
  note(Deed::calls, stack_.top());
}

void Machine::push_newobj_ex() {
  const std::span<const NodeId> operands = stack_.top_values(3);
  const NodeId callable = operands[0];
  const NodeId args = operands[1];
  const NodeId keywords = operands[2];
  require_callable(callable);
  if (!graph_.is(args, Kind::tuple) && !is_scanning())
    throw_wrong_operand("arguments", "a tuple", graph_.kind(args));
  if (!graph_.is(keywords, Kind::dict) && !is_scanning())
    throw_wrong_operand("keywords", "a dict", graph_.kind(keywords));
  stack_.drop(3);
  stack_.push(graph_.add_object({Construction::newobj_ex, callable, args, keywords, {}}));
  note(Deed::calls, stack_.top());
}

void Machine::push_instance(NodeId callable, std::span<const NodeId> args) {
  // CPython creates an instance without arguments by __new__ only.
  const auto construction = args.empty() ? Construction::newobj : Construction::reduce;
  const NodeId arg_tuple = graph_.add_tuple(args);
  stack_.drop_to_mark();
  stack_.push(graph_.add_object({construction, callable, arg_tuple, no_node, {}}));
  note(Deed::calls, stack_.top());
}

void Machine::push_inst() {
  const NodeId callable = read_global();
  push_instance(callable, stack_.values_above_mark());
}

void Machine::push_obj() {
  const std::span<const NodeId> operands = stack_.values_above_mark();
  if (operands.empty())
    throw Error(ErrorKind::malformed, "expected a class above the mark, got none");
  require_callable(operands[0]);
  push_instance(operands[0], operands.subspan(1));
}

void Machine::build() {
  const std::span<const NodeId> operands = stack_.top_values(2);
  const NodeId target = operands[0];
  const bool is_object = graph_.is(target, Kind::object);
  if (!is_object && !is_scanning()) throw_wrong_target(target, "an object");
  note(Deed::builds, target, operands[1]);
  if (is_object) graph_.add_step(target, {.kind = StepKind::build, .value = operands[1]});
  stack_.drop(1);
}

}  // namespace ckpt::pickle
