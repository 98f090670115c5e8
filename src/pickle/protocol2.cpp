// The loop over tasks, and the choice of the function that writes each kind of value.
#include "pickle/protocol2.hpp"

#include <stdexcept>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/pickle/pickler.hpp"

namespace ckpt::pickle {

namespace {

/// An upper estimate of the content of `graph` in bytes.
std::size_t content_bytes(const Graph& graph) {
  constexpr std::size_t per_node = 64;
  constexpr std::size_t per_reference = 16;
  std::size_t total = 0;
  for (std::uint32_t index = 0; index < graph.size(); ++index) {
    const NodeId node{index};
    total += per_node;
    switch (graph.kind(node)) {
      case Kind::big_integer:
      case Kind::text:
      case Kind::raw_text:
      case Kind::bytes:
      case Kind::byte_array:
        total += graph.text(node).size();
        break;
      case Kind::tuple:
      case Kind::list:
      case Kind::set:
      case Kind::frozen_set:
        total += per_reference * graph.items(node).size();
        break;
      case Kind::dict:
        total += 2 * per_reference * graph.entries(node).size();
        break;
      case Kind::global:
        total += graph.global(node).module.size() + graph.global(node).name.size();
        break;
      case Kind::object:
        total += 2 * per_reference * graph.object(node).steps.size();
        break;
      case Kind::none:
      case Kind::boolean:
      case Kind::integer:
      case Kind::real:
      case Kind::persistent:
        break;
    }
  }
  return total;
}

}  // namespace

Bytes pickle(const Graph& graph) { return Protocol2Pickler(graph).run(); }

Protocol2Pickler::Protocol2Pickler(const Graph& graph)
    : graph_(graph), memo_(graph.size(), no_memo_index) {
  constexpr std::size_t factor = 16;
  constexpr std::size_t always_bytes = 1 << 20;
  most_bytes_ = always_bytes + factor * content_bytes(graph);
  short_bytes_.fill(no_node);
}

Bytes Protocol2Pickler::run() {
  if (graph_.root() == no_node) throw std::logic_error("pickle graph: no root to write");
  out_.protocol(2);
  push_save(graph_.root());
  while (!tasks_.empty()) run_next();
  out_.op(Op::stop);
  return out_.take();
}

void Protocol2Pickler::run_next() {
  Task& task = tasks_.back();
  const NodeId node = task.node;
  switch (task.action) {
    case Action::tuple_items:
      return continue_tuple(task);
    case Action::list_items:
      return continue_list(task);
    case Action::dict_entries:
      return continue_dict(task);
    case Action::steps:
      return continue_steps(task);
    case Action::batch_of_steps:
      return continue_batch_of_steps(task);
    case Action::newobj_ex_args:
      return continue_newobj_ex_args(task);
    case Action::save:
      tasks_.pop_back();
      return save(node);
    case Action::write_op:
      out_.op(task.op);
      return tasks_.pop_back();
    case Action::end_set:
      tasks_.pop_back();
      return end_set(node);
    case Action::end_call:
      tasks_.pop_back();
      return end_call(node);
    case Action::newobj_ex_new:
      tasks_.pop_back();
      return make_newobj_ex_new(node);
    case Action::newobj_ex_partial:
      tasks_.pop_back();
      return start_newobj_ex_partial(node);
    case Action::newobj_ex_call:
      tasks_.pop_back();
      return write_newobj_ex_call(node);
  }
}

/// A big integer is written again at each reference, and a tuple again at each level of a cycle:
/// without this check a small file could ask for terabytes of output.
void Protocol2Pickler::check_proportion() const {
  if (out_.size_bytes() > most_bytes_)
    throw Error(ErrorKind::limit,
                concat("the pickle is out of proportion to its content: expected at most ",
                       most_bytes_, " bytes"));
}

MemoIndex& Protocol2Pickler::memo_index(NodeId node) {
  if (graph_.is(node, Kind::bytes) && graph_.text(node).size() <= 1) {
    const std::string_view bytes = graph_.text(node);
    NodeId& first = short_bytes_[bytes.empty() ? 256 : static_cast<std::uint8_t>(bytes[0])];
    if (first == no_node) first = node;
    node = first;
  }
  return memo_[static_cast<std::size_t>(node)];
}

void Protocol2Pickler::remember(NodeId node) { memo_index(node) = out_.put(); }

bool Protocol2Pickler::recall(NodeId node) {
  const MemoIndex index = memo_index(node);
  if (index == no_memo_index) return false;
  out_.get(index);
  return true;
}

void Protocol2Pickler::save(NodeId node) {
  check_proportion();
  if (recall(node)) return;
  switch (graph_.kind(node)) {
    case Kind::none:
      return out_.op(Op::none);
    case Kind::boolean:
      return out_.boolean(graph_.boolean(node));
    case Kind::integer:
      return out_.integer(graph_.integer(node));
    case Kind::big_integer:
      return out_.long_integer(graph_.text(node));
    case Kind::real:
      return out_.real(graph_.real(node));
    case Kind::persistent:
      push_op(Op::binpersid);
      return push_save(graph_.persistent_id(node));
    case Kind::text:
    case Kind::raw_text:
      return save_text(node);
    case Kind::bytes:
      return save_bytes(node);
    case Kind::byte_array:
      return save_byte_array(node);
    case Kind::global:
      return save_global(node);
    case Kind::tuple:
      return start_tuple(node);
    case Kind::list:
      out_.op(Op::empty_list);
      remember(node);
      ++open_containers_;
      return push_task(Action::list_items, node);
    case Kind::dict:
      out_.op(Op::empty_dict);
      remember(node);
      ++open_containers_;
      return push_task(Action::dict_entries, node);
    case Kind::set:
    case Kind::frozen_set:
      return start_set(node);
    case Kind::object:
      return start_object(node);
  }
}

}  // namespace ckpt::pickle
