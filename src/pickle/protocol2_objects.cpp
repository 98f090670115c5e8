// Writes objects: the call that creates them, then their steps.
#include "ckpt/base/error.hpp"
#include "pickle/protocol2.hpp"

namespace ckpt::pickle {

namespace {

constexpr std::uint32_t batch_size = 1000;

/// The end of the run of steps of the same kind as steps[start], at most one batch.
std::uint32_t find_batch_end(const std::vector<Step>& steps, std::uint32_t start) {
  std::uint32_t end = start + 1;
  while (end < steps.size() && end - start < batch_size && steps[end].kind == steps[start].kind)
    ++end;
  return end;
}

}  // namespace

void Protocol2Pickler::start_object(NodeId node) {
  const Object& object = graph_.object(node);
  if (object.construction == Construction::newobj_ex) {
    // Protocol 2 lacks NEWOBJ_EX: CPython writes partial(cls.__new__, cls, *args, **keywords)().
    write_named({"functools", "partial"});
    push_task(Action::newobj_ex_partial, node);
    if (const auto found = new_of_class_.find(object.callable); found != new_of_class_.end())
      return out_.get(found->second);
    write_named({"builtins", "getattr"});
    push_task(Action::newobj_ex_new, node);
    return push_save(object.callable);
  }
  push_task(Action::end_call, node);
  push_save(object.args);
  push_save(object.callable);
}

void Protocol2Pickler::end_call(NodeId node) {
  const bool is_object = graph_.is(node, Kind::object);
  const bool is_newobj = is_object && graph_.object(node).construction == Construction::newobj;
  out_.op(is_newobj ? Op::newobj : Op::reduce);
  if (memo_index(node) != no_memo_index) {
    out_.op(Op::pop);
    recall(node);
    return;
  }
  remember(node);
  ++open_containers_;
  if (is_object && !graph_.object(node).steps.empty()) push_task(Action::steps, node);
}

void Protocol2Pickler::continue_steps(Task& task) {
  const std::vector<Step>& steps = graph_.object(task.node).steps;
  const std::uint32_t start = task.position;
  if (start == steps.size()) return tasks_.pop_back();
  const Step& first = steps[start];
  if (first.kind == StepKind::add)
    throw Error(ErrorKind::unsupported,
                "items added to an object: protocol 2 has no opcode for it");
  if (first.kind == StepKind::build) {
    ++task.position;
    push_op(Op::build);
    return push_step(first);
  }
  const std::uint32_t end = find_batch_end(steps, start);
  task.position = end;
  if (end - start == 1) {
    push_op(first.kind == StepKind::append ? Op::append : Op::setitem);
    return push_step(first);
  }
  out_.op(Op::mark);
  tasks_.push_back(
      {.action = Action::batch_of_steps, .node = task.node, .position = start, .end = end});
}

void Protocol2Pickler::continue_batch_of_steps(Task& task) {
  const std::vector<Step>& steps = graph_.object(task.node).steps;
  if (task.position < task.end) return push_step(steps[task.position++]);
  out_.op(steps[task.end - 1].kind == StepKind::append ? Op::appends : Op::setitems);
  tasks_.pop_back();
}

void Protocol2Pickler::push_step(const Step& step) {
  push_save(step.value);
  if (step.kind == StepKind::set_item) push_save(step.key);
}

/// Writes getattr(cls, '__new__'). CPython has one such function object per class, whose `cls` was
/// just written.
void Protocol2Pickler::make_newobj_ex_new(NodeId node) {
  write_constant("__new__");
  out_.op(Op::tuple2);
  out_.put();
  out_.op(Op::reduce);
  new_of_class_[graph_.object(node).callable] = out_.put();
}

/// Writes partial(new); its state (new, (cls, *args), keywords, None) follows and holds the rest.
void Protocol2Pickler::start_newobj_ex_partial(NodeId node) {
  const Object& object = graph_.object(node);
  out_.op(Op::tuple1);
  out_.put();
  out_.op(Op::reduce);
  out_.put();
  out_.op(Op::mark);
  out_.get(new_of_class_.at(object.callable));
  push_task(Action::newobj_ex_call, node);
  push_save(object.keywords);
  push_task(Action::newobj_ex_args, node);
}

void Protocol2Pickler::continue_newobj_ex_args(Task& task) {
  const Object& object = graph_.object(task.node);
  const std::span<const NodeId> args = graph_.items(object.args);
  const std::uint32_t position = task.position++;
  const bool needs_mark = args.size() >= 3;
  if (position == 0) {
    if (needs_mark) out_.op(Op::mark);
    return push_save(object.callable);
  }
  if (position <= args.size()) return push_save(args[position - 1]);
  constexpr std::array ops = {Op::tuple1, Op::tuple2, Op::tuple3};
  out_.op(needs_mark ? Op::tuple : ops[args.size()]);
  out_.put();
  tasks_.pop_back();
}

void Protocol2Pickler::write_newobj_ex_call(NodeId node) {
  out_.op(Op::none);
  out_.op(Op::tuple);
  out_.put();
  out_.op(Op::build);
  out_.op(Op::empty_tuple);
  end_call(node);
}

}  // namespace ckpt::pickle
