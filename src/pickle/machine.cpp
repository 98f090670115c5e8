// The main loop, and the opcodes that only move values: control, stack, memo.
#include "pickle/machine.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "pickle/number_text.hpp"
#include "pickle/opcode_table.hpp"

namespace ckpt::pickle {

Unpickled unpickle(ByteView bytes) { return Machine(bytes).run(); }

Scan scan(ByteView bytes, const ScanOptions& options) {
  Scan scan;
  scan.first_offsets.fill(Scan::not_seen);
  scan.first_partings.fill(Scan::not_seen);
  Machine(bytes, scan, options).run_scan();
  return scan;
}

std::string_view opcode_name(std::uint8_t code) { return find_opcode(code).name; }

Unpickled Machine::run() {
  // One handler around the whole loop: a within() for each opcode would build millions of texts for
  // nothing.
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
    if (options_.framing != Framing::in_line && reader_.is_in_frame())
      scan_->size_bytes += reader_.remaining_in_frame();
    scan_->graph = std::move(whole.graph);
  } catch (const Error& error) {
    note_partings_of_opcode();
    scan_->broken = error;
    const bool lacks_opcode = reader_.is_at_end() && reader_.position() == opcode_offset_;
    scan_->is_cut_off = reader_.has_met_end() || lacks_opcode;
    scan_->size_bytes = opcode_offset_;
    scan_->graph = std::move(graph_);
  }
  scan_->protocol = protocol_;
  scan_->has_memo = !memo_.is_empty();
}

void Machine::note(Deed deed, NodeId node, NodeId value) {
  if (is_scanning()) scan_->sites.push_back({deed, opcode_code_, node, value, opcode_offset_});
}

void Machine::note(Parting parting) {
  if (!is_scanning()) return;
  std::size_t& first = scan_->first_partings[static_cast<std::size_t>(parting)];
  first = std::min(first, opcode_offset_);
}

/// Notes partings that the reader and the stack know only after an opcode was executed or failed.
void Machine::note_partings_of_opcode() {
  if (reader_.is_torn()) note(Parting::torn_argument);
  if (stack_.has_crossed_mark()) note(Parting::crossed_mark);
}

void Machine::execute_next() {
  opcode_offset_ = reader_.position();
  opcode_name_ = {};
  if (reader_.is_at_end())
    throw Error(ErrorKind::malformed, "expected an opcode, got the end of the pickle");
  if (graph_.size() > options_.most_objects)
    throw Error(ErrorKind::limit, concat("holds more than ", options_.most_objects, " objects"));
  const std::uint8_t code = reader_.read_u8("opcode");
  const Opcode& opcode = find_opcode(code);
  if (opcode.execute == nullptr)
    throw Error(ErrorKind::malformed, concat("opcode ", hex_text(code), " is not a pickle opcode"));
  opcode_name_ = opcode.name;
  opcode_code_ = code;
  if (is_scanning() && scan_->first_offsets[code] == Scan::not_seen)
    scan_->first_offsets[code] = opcode_offset_;
  (this->*opcode.execute)();
  if (is_scanning()) {
    ++scan_->opcode_count;
    note_partings_of_opcode();
  }
}

void Machine::set_protocol() {
  constexpr std::uint8_t latest = 5;
  protocol_ = reader_.read_u8("protocol");
  // torch's weights_only accepts any protocol number.
  if (protocol_ > latest && !is_scanning())
    throw Error(ErrorKind::unsupported,
                concat("expected a protocol up to ", latest, ", got ", protocol_));
}

void Machine::open_frame() {
  // A frame tells a reader how much to buffer. Here everything is in memory.
  const std::uint64_t length = reader_.read_u64("length");
  if (length > reader_.remaining() && !is_scanning())
    throw Error(ErrorKind::malformed, concat("expected a frame of ", counted(length, "byte"),
                                             ", got ", reader_.remaining()));
  if (reader_.is_in_frame()) note(Parting::nested_frame);
  reader_.open_frame(length);
}

void Machine::stop() {
  // CPython ignores whatever else is on the stack.
  graph_.set_root(stack_.pop());
  if (reader_.is_in_frame()) note(Parting::frame_beyond_stop);
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

/// Python's own unpickler accepts an index of any size, that of Python 2 accepts any line as an
/// index, and readers may disagree whether "+7" and "7" are the same index.
std::string Machine::named_index(std::string_view line) {
  if (!is_scanning())
    throw Error(ErrorKind::malformed, concat("expected an index, got ", quote(line)));
  note(Parting::index);
  return index_key(line);
}

void Machine::note_index(std::uint64_t index, std::string_view line) {
  if (is_scanning() && concat(index) != line) note(Parting::index);
}

void Machine::put_line() {
  const std::string_view line = reader_.take_line("index");
  const std::optional<std::uint64_t> index = find_index(line);
  if (!index) return memo_.put(named_index(line), stack_.top());
  note_index(*index, line);
  memo_.put(*index, stack_.top());
}

void Machine::get_line() {
  const std::string_view line = reader_.take_line("index");
  const std::optional<std::uint64_t> index = find_index(line);
  if (index) {
    note_index(*index, line);
    return push_remembered(*index);
  }
  push_remembered(memo_.find(named_index(line)), quote(line));
}

void Machine::push_remembered(std::uint64_t index) {
  const NodeId value = memo_.find(index);
  if (value != no_node) return stack_.push(value);
  push_remembered(no_node, concat(index));
}

void Machine::push_remembered(NodeId value, std::string_view index) {
  if (value != no_node) return stack_.push(value);
  if (!options_.has_earlier_memo)
    throw Error(ErrorKind::malformed, concat("expected an index that was put before, got ", index));
  note(Parting::earlier_memo);
  stack_.push(graph_.add_persistent(graph_.add_none()));
}

}  // namespace ckpt::pickle
