// Writes a Graph as CPython's pickler would, with a stack of tasks in place of its recursion.
//
// Every value except None, booleans, numbers and the empty tuple gets a memo number. A container
// that can contain itself gets it before its content, any other value when it is complete. A tuple,
// set or object that was completed inside its own content is dropped (POP) and recalled from the
// memo.
//
// Dicts and lists are written in batches of 1000: MARK, items, SETITEMS; a single item with
// SETITEM. CPython has separate code for a list, a dict, and the items of other objects, and they
// differ at the batch limit:
//
//   items          0   1         2..999   1000             1001             2000
//   list           -   single    batch    batch            batch, batch     batch, batch
//   dict           -   single    batch    batch, empty     batch, batch     batch, batch, empty
//   object's own   -   single    batch    batch            batch, single    batch, batch
//
// Source: https://github.com/python/cpython/blob/v3.11.2/Modules/_pickle.c (save, batch_list_exact,
// batch_dict_exact, batch_list, batch_dict, save_reduce)
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "ckpt/pickle/graph.hpp"
#include "pickle/emitter.hpp"

namespace ckpt::pickle {

/// Writes one graph; used once.
class Protocol2Pickler {
 public:
  explicit Protocol2Pickler(const Graph& graph);
  Bytes run();

 private:
  /// What remains to be done for a node after the tasks above it are done.
  enum class Action : std::uint8_t {
    save,
    write_op,
    tuple_items,
    list_items,
    dict_entries,
    end_set,
    end_call,
    steps,
    batch_of_steps,
    newobj_ex_new,
    newobj_ex_partial,
    newobj_ex_args,
    newobj_ex_call,
  };
  struct Task {
    Action action = Action::save;
    Op op = Op::stop;  ///< for write_op
    NodeId node = no_node;
    std::uint32_t position = 0;  ///< of the next item, entry or step
    std::uint32_t end = 0;       ///< for batch_of_steps
  };

  void run_next();
  void push_task(Action action, NodeId node) { tasks_.push_back({.action = action, .node = node}); }
  void push_save(NodeId node) { push_task(Action::save, node); }
  void push_op(Op op) { tasks_.push_back({.action = Action::write_op, .op = op}); }
  void check_proportion() const;

  // ---- values
  void save(NodeId node);
  void save_text(NodeId node);
  void save_global(NodeId node);
  void save_bytes(NodeId node);
  void save_byte_array(NodeId node);
  void remember(NodeId node);
  bool recall(NodeId node);
  /// The memo number of `node`, or of the first of several nodes that are one object in CPython.
  MemoIndex& memo_index(NodeId node);

  // ---- containers
  void start_tuple(NodeId node);
  void continue_tuple(Task& task);
  void end_tuple(NodeId node, std::size_t count);
  void continue_list(Task& task);
  void continue_dict(Task& task);
  void start_set(NodeId node);
  void end_set(NodeId node);

  // ---- objects
  void start_object(NodeId node);
  void end_call(NodeId node);
  void continue_steps(Task& task);
  void continue_batch_of_steps(Task& task);
  void push_step(const Step& step);
  void make_newobj_ex_new(NodeId node);
  void start_newobj_ex_partial(NodeId node);
  void continue_newobj_ex_args(Task& task);
  void write_newobj_ex_call(NodeId node);

  // ---- objects of CPython itself: one object each, however often it is used
  MemoIndex write_named(const Global& global);
  void write_constant(std::string_view text);
  void write_nested_name(const Global& global);
  void write_latin1_call(std::string_view bytes);

  const Graph& graph_;
  Emitter out_;
  std::vector<Task> tasks_;
  std::vector<MemoIndex> memo_;          // by node
  std::array<NodeId, 257> short_bytes_;  // b'' (at 256) and each bytes of length 1 are one object
                                         // in CPython
  std::map<std::pair<std::string_view, std::string_view>, MemoIndex> named_;  // by module and name
  std::map<std::string_view, MemoIndex> constants_;
  std::map<NodeId, MemoIndex> new_of_class_;
  std::map<NodeId, std::size_t> sets_begun_;  // with the value of open_containers_ at that time
  std::size_t open_containers_ = 0;           // lists, dicts and objects with a memo number so far
  std::size_t most_bytes_ = 0;
};

}  // namespace ckpt::pickle
