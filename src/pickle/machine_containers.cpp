// The opcodes that create and fill tuples, lists, dicts and sets.
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "pickle/machine.hpp"

namespace ckpt::pickle {

namespace {

/// Whether `kind` may stand for a value that only its own code knows.
bool is_opaque(Kind kind) { return kind == Kind::global || kind == Kind::persistent; }

}  // namespace

void Machine::throw_wrong_target(NodeId target, std::string_view expected) const {
  const Kind kind = graph_.kind(target);
  if (is_opaque(kind))
    throw Error(ErrorKind::unsupported,
                concat("expected ", expected, ", got ", kind_name(kind), ", which is not changed"));
  throw Error(ErrorKind::malformed, concat("expected ", expected, ", got ", kind_name(kind)));
}

void Machine::note_change(NodeId target, Kind expected) {
  if (!graph_.is(target, expected)) note(Deed::changes, target);
}

/// A scan continues: Python would call append, __setitem__ or add of the target, whatever it is.
void Machine::refuse_target(NodeId target, std::string_view expected) const {
  if (!is_scanning()) throw_wrong_target(target, expected);
}

void Machine::require_hashable(NodeId key) const {
  if (is_scanning()) return;
  const Kind kind = graph_.kind(key);
  if (kind == Kind::list || kind == Kind::dict || kind == Kind::set || kind == Kind::byte_array)
    throw Error(ErrorKind::malformed,
                concat("expected a value that can be a key, got ", kind_name(kind)));
}

void Machine::push_marked_tuple() {
  const NodeId tuple = graph_.add_tuple(stack_.values_above_mark());
  stack_.drop_to_mark();
  stack_.push(tuple);
}

void Machine::push_marked_list() {
  const NodeId list = graph_.add_list();
  append_to(list, stack_.values_above_mark());
  stack_.drop_to_mark();
  stack_.push(list);
}

void Machine::push_marked_dict() {
  const NodeId dict = graph_.add_dict();
  set_items_of(dict, stack_.values_above_mark());
  stack_.drop_to_mark();
  stack_.push(dict);
}

void Machine::push_marked_frozen_set() {
  const std::span<const NodeId> items = stack_.values_above_mark();
  for (const NodeId item : items) require_hashable(item);
  const NodeId set = graph_.add_frozen_set(items);
  stack_.drop_to_mark();
  stack_.push(set);
}

// As in CPython, an empty batch does not look at its target.

void Machine::append() {
  const std::span<const NodeId> operands = stack_.top_values(2);
  append_to(operands[0], operands.subspan(1));
  stack_.drop(1);
}

void Machine::append_marked() {
  append_to(stack_.value_below_mark(), stack_.values_above_mark());
  stack_.drop_to_mark();
}

void Machine::append_to(NodeId target, std::span<const NodeId> items) {
  const bool is_object = graph_.is(target, Kind::object);
  const bool is_allowed = is_object || items.empty() || graph_.is(target, Kind::list);
  note_change(target, Kind::list);
  if (!is_allowed) return refuse_target(target, "a list");
  for (const NodeId item : items) {
    if (is_object)
      graph_.add_step(target, {.kind = StepKind::append, .value = item});
    else
      graph_.append(target, item);
  }
}

void Machine::set_item() {
  const std::span<const NodeId> operands = stack_.top_values(3);
  set_items_of(operands[0], operands.subspan(1));
  stack_.drop(2);
}

void Machine::set_marked_items() {
  set_items_of(stack_.value_below_mark(), stack_.values_above_mark());
  stack_.drop_to_mark();
}

void Machine::set_items_of(NodeId target, std::span<const NodeId> keys_and_values) {
  const bool is_object = graph_.is(target, Kind::object);
  const bool is_allowed = is_object || keys_and_values.empty() || graph_.is(target, Kind::dict);
  note_change(target, Kind::dict);
  if (!is_allowed) return refuse_target(target, "a dict");
  if (keys_and_values.size() % 2 != 0) {
    if (!is_scanning())
      throw Error(ErrorKind::malformed, concat("expected keys and values in pairs, got ",
                                               counted(keys_and_values.size(), "value")));
    note(Parting::odd_items);  // Python 2 drops the last one
  }
  for (std::size_t i = 0; i + 1 < keys_and_values.size(); i += 2) {
    const NodeId key = keys_and_values[i];
    const NodeId value = keys_and_values[i + 1];
    if (is_object) {
      graph_.add_step(target, {StepKind::set_item, key, value});
    } else {
      require_hashable(key);
      graph_.set_item(target, key, value);
    }
  }
}

void Machine::add_marked_items() {
  const NodeId target = stack_.value_below_mark();
  const std::span<const NodeId> items = stack_.values_above_mark();
  const bool is_object = graph_.is(target, Kind::object);
  const bool is_allowed = is_object || items.empty() || graph_.is(target, Kind::set);
  note_change(target, Kind::set);
  if (!is_allowed) refuse_target(target, "a set");
  for (const NodeId item : is_allowed ? items : items.first(0)) {
    if (is_object) {
      graph_.add_step(target, {.kind = StepKind::add, .value = item});
    } else {
      require_hashable(item);
      graph_.append(target, item);
    }
  }
  stack_.drop_to_mark();
}

}  // namespace ckpt::pickle
