// The loop, and the opcodes that only move values: control, stack, memo.
#include "pickle/machine.hpp"

#include <optional>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "pickle/number_text.hpp"
#include "pickle/opcode_table.hpp"

namespace ckpt::pickle {

Unpickled unpickle(ByteView bytes) { return Machine(bytes).run(); }

Scan scan(ByteView bytes, std::size_t most_objects) {
  Scan scan;
  scan.first_offsets.fill(Scan::not_seen);
  Machine(bytes, scan, most_objects).run_scan();
  return scan;
}

std::string_view opcode_name(std::uint8_t code) { return find_opcode(code).name; }

Unpickled Machine::run() {
  // One handler around the loop: a within() an opcode would build millions of places for nothing.
  try {
    while (!is_stopped_) execute_next();
  } catch (Error& error) {
    if (!opcode_name_.empty()) error.add_place(opcode_name_);
    error.add_place(concat("byte ", opcode_offset_));
    throw;
  }
  return {std::move(graph_), protocol_, reader_.position()};
}

void Machine::run_scan() {
  try {
    Unpickled whole = run();
    scan_->size_bytes = whole.size_bytes;
    scan_->graph = std::move(whole.graph);
  } catch (const Error& error) {
    scan_->broken = error;
    scan_->size_bytes = opcode_offset_;
    scan_->graph = std::move(graph_);
  }
  scan_->protocol = protocol_;
}

void Machine::note(Deed deed, NodeId node, NodeId value) {
  if (is_scanning()) scan_->sites.push_back({deed, opcode_code_, node, value, opcode_offset_});
}

void Machine::execute_next() {
  opcode_offset_ = reader_.position();
  opcode_name_ = {};
  if (reader_.is_at_end())
    throw Error(ErrorKind::malformed, "expected an opcode, got the end of the pickle");
  if (graph_.size() > most_objects_)
    throw Error(ErrorKind::limit, concat("holds more than ", most_objects_, " objects"));
  const std::uint8_t code = reader_.read_u8("opcode");
  const Opcode& opcode = find_opcode(code);
  if (opcode.execute == nullptr)
    throw Error(ErrorKind::malformed, concat("opcode ", hex_text(code), " is not a pickle opcode"));
  opcode_name_ = opcode.name;
  opcode_code_ = code;
  if (is_scanning() && scan_->first_offsets[code] == Scan::not_seen)
    scan_->first_offsets[code] = opcode_offset_;
  (this->*opcode.execute)();
}

void Machine::set_protocol() {
  constexpr std::uint8_t latest = 5;
  protocol_ = reader_.read_u8("protocol");
  // weights_only of torch takes any.
  if (protocol_ > latest && !is_scanning())
    throw Error(ErrorKind::unsupported,
                concat("expected a protocol up to ", latest, ", got ", protocol_));
}

void Machine::check_frame() {
  // Frames tell a reader how much to buffer; everything is in memory here.
  const std::uint64_t length = reader_.read_u64("length");
  if (length > reader_.remaining() && !is_scanning())
    throw Error(ErrorKind::malformed, concat("expected a frame of ", counted(length, "byte"),
                                             ", got ", reader_.remaining()));
}

void Machine::stop() {
  // Whatever else is on the stack is ignored, as CPython does.
  graph_.set_root(stack_.pop());
  is_stopped_ = true;
}

void Machine::push_extension_of(std::uint64_t code) {
  if (!is_scanning())
    throw Error(ErrorKind::unsupported,
                "a number in the extension registry of the program that wrote it");
  stack_.push(graph_.add_global(extension_registry, concat("code ", code)));
  note(Deed::names, stack_.top());
}

namespace {

[[noreturn]] void throw_buffer() {
  throw Error(ErrorKind::unsupported, "a buffer that is kept outside of the pickle");
}

}  // namespace

void Machine::push_buffer() {
  if (!is_scanning()) throw_buffer();
  stack_.push(graph_.add_persistent(graph_.add_none()));
}

void Machine::make_buffer_read_only() {
  if (!is_scanning()) throw_buffer();
}

void Machine::pop_to_mark() {
  stack_.values_above_mark();
  stack_.drop_to_mark();
}

std::uint64_t Machine::read_index_line() {
  const std::string_view line = reader_.take_until('\n', "index");
  if (const std::optional<std::uint64_t> index = find_index(line)) return *index;
  throw Error(ErrorKind::malformed, concat("expected an index, got ", quote(line)));
}

void Machine::put_line() { memo_.put(read_index_line(), stack_.top()); }
void Machine::get_line() { push_remembered(read_index_line()); }

void Machine::push_remembered(std::uint64_t index) {
  const NodeId value = memo_.find(index);
  if (value == no_node)
    throw Error(ErrorKind::malformed, concat("expected an index that was put before, got ", index));
  stack_.push(value);
}

}  // namespace ckpt::pickle
