// Writes tuples, lists, dicts and sets.
#include "ckpt/base/error.hpp"
#include "pickle/protocol2.hpp"

namespace ckpt::pickle {

namespace {

constexpr std::uint32_t batch_size = 1000;
constexpr std::size_t most_unmarked = 3;  // TUPLE1 to TUPLE3 need no MARK

Op tuple_op(std::size_t count) {
  constexpr std::array ops = {Op::empty_tuple, Op::tuple1, Op::tuple2, Op::tuple3};
  return count <= most_unmarked ? ops[count] : Op::tuple;
}

}  // namespace

void Protocol2Pickler::start_tuple(NodeId node) {
  const std::size_t count = graph_.items(node).size();
  if (count == 0) return out_.op(Op::empty_tuple);
  if (count > most_unmarked) out_.op(Op::mark);
  push_task(Action::tuple_items, node);
}

void Protocol2Pickler::continue_tuple(Task& task) {
  const std::span<const NodeId> items = graph_.items(task.node);
  if (task.position < items.size()) return push_save(items[task.position++]);
  const NodeId node = task.node;
  tasks_.pop_back();
  end_tuple(node, items.size());
}

void Protocol2Pickler::end_tuple(NodeId node, std::size_t count) {
  if (memo_index(node) == no_memo_index) {
    out_.op(tuple_op(count));
    return remember(node);
  }
  if (count > most_unmarked)
    out_.op(Op::pop_mark);
  else
    for (std::size_t i = 0; i < count; ++i) out_.op(Op::pop);
  recall(node);
}

void Protocol2Pickler::continue_list(Task& task) {
  const std::span<const NodeId> items = graph_.items(task.node);
  const std::uint32_t position = task.position;
  const bool is_single = items.size() == 1;
  const bool is_batch_end = position % batch_size == 0 || position == items.size();
  if (!is_single && position > 0 && is_batch_end) out_.op(Op::appends);
  if (position == items.size()) {
    if (is_single) out_.op(Op::append);
    return tasks_.pop_back();
  }
  if (!is_single && is_batch_end) out_.op(Op::mark);
  ++task.position;
  push_save(items[position]);
}

void Protocol2Pickler::continue_dict(Task& task) {
  const std::span<const Entry> entries = graph_.entries(task.node);
  const std::uint32_t position = task.position;
  const bool is_single = entries.size() == 1;
  const bool is_batch_end = position % batch_size == 0;
  if (!is_single && position > 0 && is_batch_end) out_.op(Op::setitems);
  // CPython does not test for the end after a full batch of a dict, so an empty batch follows.
  if (!is_single && is_batch_end && !entries.empty()) out_.op(Op::mark);
  if (position == entries.size()) {
    if (!entries.empty()) out_.op(is_single ? Op::setitem : Op::setitems);
    return tasks_.pop_back();
  }
  ++task.position;
  push_save(entries[position].value);
  push_save(entries[position].key);
}

/// A set is written as a call of its type with a list, so unlike a list it gets its number only
/// when it is complete. A set that is met inside itself is started again; that ends only if each
/// round gives more values a number.
void Protocol2Pickler::start_set(NodeId node) {
  const auto [begun, is_first] = sets_begun_.try_emplace(node, open_containers_);
  if (!is_first && begun->second == open_containers_)
    throw Error(ErrorKind::malformed, "a set contains itself, as no set in Python can");
  begun->second = open_containers_;
  const bool is_frozen = graph_.is(node, Kind::frozen_set);
  write_named({"builtins", is_frozen ? "frozenset" : "set"});
  out_.op(Op::empty_list);
  out_.put();
  push_task(Action::end_set, node);
  push_task(Action::list_items, node);
}

void Protocol2Pickler::end_set(NodeId node) {
  out_.op(Op::tuple1);
  out_.put();
  end_call(node);
}

}  // namespace ckpt::pickle
