// One row per opcode of pickletools; the index by byte is computed at compile time.

#include "pickle/opcode_table.hpp"

#include <array>

#include "pickle/machine.hpp"
#include "pickle/opcodes.hpp"

namespace ckpt::pickle {

namespace {

struct Row {
  Op op;
  Opcode opcode;
};

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

constexpr std::array rows = std::to_array<Row>({
    {Op::mark, {"MARK", &Machine::push_mark}},
    {Op::stop, {"STOP", &Machine::stop}},
    {Op::pop, {"POP", &Machine::pop}},
    {Op::pop_mark, {"POP_MARK", &Machine::pop_to_mark}},
    {Op::dup, {"DUP", &Machine::duplicate}},
    {Op::float_line, {"FLOAT", &Machine::push_float_line}},
    {Op::int_line, {"INT", &Machine::push_int_line}},
    {Op::binint, {"BININT", &Machine::push_int32}},
    {Op::binint1, {"BININT1", &Machine::push_unsigned<u8>}},
    {Op::long_line, {"LONG", &Machine::push_long_line}},
    {Op::binint2, {"BININT2", &Machine::push_unsigned<u16>}},
    {Op::none, {"NONE", &Machine::push_none}},
    {Op::persid, {"PERSID", &Machine::push_persistent_line}},
    {Op::binpersid, {"BINPERSID", &Machine::push_persistent}},
    {Op::reduce, {"REDUCE", &Machine::push_reduce}},
    {Op::string_line, {"STRING", &Machine::push_string_line}},
    {Op::binstring, {"BINSTRING", &Machine::push_binstring}},
    {Op::short_binstring, {"SHORT_BINSTRING", &Machine::push_text<Kind::raw_text, u8>}},
    {Op::unicode_line, {"UNICODE", &Machine::push_unicode_line}},
    {Op::binunicode, {"BINUNICODE", &Machine::push_text<Kind::text, u32>}},
    {Op::append, {"APPEND", &Machine::append}},
    {Op::build, {"BUILD", &Machine::build}},
    {Op::global, {"GLOBAL", &Machine::push_global}},
    {Op::dict, {"DICT", &Machine::push_marked_dict}},
    {Op::empty_dict, {"EMPTY_DICT", &Machine::push_empty_dict}},
    {Op::appends, {"APPENDS", &Machine::append_marked}},
    {Op::get, {"GET", &Machine::get_line}},
    {Op::binget, {"BINGET", &Machine::get<u8>}},
    {Op::inst, {"INST", &Machine::push_inst}},
    {Op::long_binget, {"LONG_BINGET", &Machine::get<u32>}},
    {Op::list, {"LIST", &Machine::push_marked_list}},
    {Op::empty_list, {"EMPTY_LIST", &Machine::push_empty_list}},
    {Op::obj, {"OBJ", &Machine::push_obj}},
    {Op::put, {"PUT", &Machine::put_line}},
    {Op::binput, {"BINPUT", &Machine::put<u8>}},
    {Op::long_binput, {"LONG_BINPUT", &Machine::put<u32>}},
    {Op::setitem, {"SETITEM", &Machine::set_item}},
    {Op::tuple, {"TUPLE", &Machine::push_marked_tuple}},
    {Op::empty_tuple, {"EMPTY_TUPLE", &Machine::push_empty_tuple}},
    {Op::setitems, {"SETITEMS", &Machine::set_marked_items}},
    {Op::binfloat, {"BINFLOAT", &Machine::push_binfloat}},
    {Op::proto, {"PROTO", &Machine::set_protocol}},
    {Op::newobj, {"NEWOBJ", &Machine::push_newobj}},
    {Op::ext1, {"EXT1", &Machine::push_extension<u8>}},
    {Op::ext2, {"EXT2", &Machine::push_extension<u16>}},
    {Op::ext4, {"EXT4", &Machine::push_extension<u32>}},
    {Op::tuple1, {"TUPLE1", &Machine::push_tuple_of<1>}},
    {Op::tuple2, {"TUPLE2", &Machine::push_tuple_of<2>}},
    {Op::tuple3, {"TUPLE3", &Machine::push_tuple_of<3>}},
    {Op::newtrue, {"NEWTRUE", &Machine::push_boolean<true>}},
    {Op::newfalse, {"NEWFALSE", &Machine::push_boolean<false>}},
    {Op::long1, {"LONG1", &Machine::push_long1}},
    {Op::long4, {"LONG4", &Machine::push_long4}},
    {Op::binbytes, {"BINBYTES", &Machine::push_text<Kind::bytes, u32>}},
    {Op::short_binbytes, {"SHORT_BINBYTES", &Machine::push_text<Kind::bytes, u8>}},
    {Op::short_binunicode, {"SHORT_BINUNICODE", &Machine::push_text<Kind::text, u8>}},
    {Op::binunicode8, {"BINUNICODE8", &Machine::push_text<Kind::text, u64>}},
    {Op::binbytes8, {"BINBYTES8", &Machine::push_text<Kind::bytes, u64>}},
    {Op::empty_set, {"EMPTY_SET", &Machine::push_empty_set}},
    {Op::additems, {"ADDITEMS", &Machine::add_marked_items}},
    {Op::frozenset, {"FROZENSET", &Machine::push_marked_frozen_set}},
    {Op::newobj_ex, {"NEWOBJ_EX", &Machine::push_newobj_ex}},
    {Op::stack_global, {"STACK_GLOBAL", &Machine::push_stack_global}},
    {Op::memoize, {"MEMOIZE", &Machine::memoize}},
    {Op::frame, {"FRAME", &Machine::open_frame}},
    {Op::bytearray8, {"BYTEARRAY8", &Machine::push_text<Kind::byte_array, u64>}},
    {Op::next_buffer, {"NEXT_BUFFER", &Machine::push_buffer}},
    {Op::readonly_buffer, {"READONLY_BUFFER", &Machine::make_buffer_read_only}},
});
static_assert(rows.size() == 68, "as many as pickletools lists");

constexpr std::array<Opcode, 256> opcodes_by_code = [] {
  std::array<Opcode, 256> by_code{};
  for (const Row& row : rows) by_code[static_cast<std::size_t>(row.op)] = row.opcode;
  return by_code;
}();

}  // namespace

const Opcode& find_opcode(std::uint8_t code) { return opcodes_by_code[code]; }

}  // namespace ckpt::pickle
