// The pickle machine. Each opcode, or family of opcodes, is one member function: it reads the
// argument behind the opcode, changes the stack and the graph, and throws Error without a place;
// run() adds "byte N: OPCODE".
//
// What is refused, and the order in which operands are taken, follow CPython's unpickler. Where
// only a real call could tell whether an operand is right (is the result a list?), the machine
// assumes that it is. In scanning mode, the machine notes what would happen and continues wherever
// some unpickler might.
//
// Source: https://github.com/python/cpython/blob/v3.11.2/Modules/_pickle.c
#pragma once

#include <concepts>
#include <unordered_map>

#include "ckpt/base/bytes.hpp"
#include "ckpt/pickle/graph.hpp"
#include "ckpt/pickle/scan.hpp"
#include "ckpt/pickle/unpickle.hpp"
#include "pickle/framed_reader.hpp"
#include "pickle/memo.hpp"
#include "pickle/stack.hpp"

namespace ckpt::pickle {

/// Executes one pickle; run() for a Graph, run_scan() for a Scan.
class Machine {
 public:
  explicit Machine(ByteView bytes) : reader_(bytes), stack_(Marks::fence) {}
  Machine(ByteView bytes, Scan& scan, const ScanOptions& options)
      : reader_(bytes, options.framing),
        stack_(Marks::may_be_crossed),
        scan_(&scan),
        options_(options) {}
  Unpickled run();
  void run_scan();

  // Control.
  void set_protocol();
  void open_frame();
  void stop();
  template <std::unsigned_integral Code>
  void push_extension() {
    push_extension_of(reader_.read<Code>("code"));
  }
  void push_buffer();
  void make_buffer_read_only();

  // Stack and memo.
  void push_mark() { stack_.push_mark(); }
  void pop() { stack_.pop_value_or_mark(); }
  void pop_to_mark();
  void duplicate() { stack_.push(stack_.top()); }
  void put_line();
  template <std::unsigned_integral Index>
  void put() {
    memo_.put(reader_.read<Index>("index"), stack_.top());
  }
  void memoize() { memo_.put(memo_.size(), stack_.top()); }
  void get_line();
  template <std::unsigned_integral Index>
  void get() {
    push_remembered(reader_.read<Index>("index"));
  }

  // Numbers and constants.
  void push_none() { stack_.push(graph_.add_none()); }
  template <bool value>
  void push_boolean() {
    stack_.push(graph_.add_boolean(value));
  }
  template <std::unsigned_integral Number>
  void push_unsigned() {
    stack_.push(graph_.add_integer(reader_.read<Number>("value")));
  }
  void push_int32() { stack_.push(graph_.add_integer(reader_.read_i32("value"))); }
  void push_int_line();
  void push_long_line();
  void push_long1();
  void push_long4();
  void push_float_line();
  void push_binfloat();

  // Text and bytes.
  template <Kind kind, std::unsigned_integral Length>
  void push_text() {
    const std::uint64_t length = reader_.read<Length>("length");
    const bool is_copied = kind == Kind::bytes || kind == Kind::byte_array;
    push_text_of(kind,
                 is_copied ? reader_.take_copied(length, "value") : reader_.take(length, "value"));
  }
  void push_binstring();
  void push_string_line();
  void push_unicode_line();

  // Containers.
  void push_empty_tuple() { stack_.push(graph_.add_tuple({})); }
  void push_empty_list() { stack_.push(graph_.add_list()); }
  void push_empty_dict() { stack_.push(graph_.add_dict()); }
  void push_empty_set() { stack_.push(graph_.add_set()); }
  template <std::size_t count>
  void push_tuple_of() {
    const NodeId tuple = graph_.add_tuple(stack_.top_values(count));
    stack_.drop(count);
    stack_.push(tuple);
  }
  void push_marked_tuple();
  void push_marked_list();
  void push_marked_dict();
  void push_marked_frozen_set();
  void append();
  void append_marked();
  void set_item();
  void set_marked_items();
  void add_marked_items();

  // Globals, calls and references.
  void push_global();
  void push_stack_global();
  void push_persistent_line();
  void push_persistent();
  void push_reduce();
  void push_newobj();
  void push_newobj_ex();
  void push_inst();
  void push_obj();
  void build();

 private:
  void execute_next();
  bool is_scanning() const { return scan_ != nullptr; }
  void note(Deed deed, NodeId node, NodeId value = no_node);
  void note(Parting parting);
  void note_partings_of_opcode();
  void push_extension_of(std::uint64_t code);
  void push_remembered(std::uint64_t index);
  void push_remembered(NodeId value, std::string_view index);
  void push_integer(std::string_view twos_complement);
  void push_text_of(Kind kind, ByteView value);
  template <class Push>
  void push_from_line(Push&& push);
  template <class Parse>
  void push_text_line(Kind kind, Parse&& parse);
  std::string named_index(std::string_view line);
  void note_index(std::uint64_t index, std::string_view line);
  std::string_view read_name_line(std::string_view what);
  NodeId read_global();
  NodeId add_stack_global(NodeId module, NodeId name);
  NodeId cut_name(NodeId text);
  void append_to(NodeId target, std::span<const NodeId> items);
  void set_items_of(NodeId target, std::span<const NodeId> keys_and_values);
  void push_instance(NodeId callable, std::span<const NodeId> args);
  void note_change(NodeId target, Kind expected);
  void refuse_target(NodeId target, std::string_view expected) const;
  void require_callable(NodeId callable) const;
  void require_hashable(NodeId key) const;
  [[noreturn]] void throw_wrong_target(NodeId target, std::string_view expected) const;

  FramedReader reader_;
  Graph graph_;
  Stack stack_;
  Memo memo_;
  std::uint8_t protocol_ = 0;
  bool is_stopped_ = false;
  Scan* scan_ = nullptr;
  ScanOptions options_;
  std::unordered_map<NodeId, NodeId> cut_names_;  // when scanning: over-long texts that were used
                                                  // as names
  std::uint8_t opcode_code_ = 0;
  std::size_t opcode_offset_ = 0;
  std::string_view opcode_name_;  // "" while the opcode is not known
};

}  // namespace ckpt::pickle
