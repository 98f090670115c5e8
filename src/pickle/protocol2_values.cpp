// Writes text, bytes and names, and the values for which protocol 2 has no opcode.
#include <algorithm>
#include <string>

#include "ckpt/base/utf8.hpp"
#include "ckpt/pickle/python2_names.hpp"
#include "pickle/protocol2.hpp"
#include "pickle/string_text.hpp"

namespace ckpt::pickle {

void Protocol2Pickler::save_text(NodeId node) {
  const std::string_view text = graph_.text(node);
  // torch.load decodes Python 2 strings as UTF-8.
  if (graph_.is(node, Kind::text) || is_strict_utf8(text))
    out_.unicode(text);
  else
    out_.byte_string(text);
  remember(node);
}

void Protocol2Pickler::save_global(NodeId node) {
  memo_index(node) = write_named(graph_.global(node));
}

MemoIndex Protocol2Pickler::write_named(const Global& global) {
  const Global spelling = to_python2(global);
  const std::pair key{spelling.module, spelling.name};
  if (const auto found = named_.find(key); found != named_.end()) {
    out_.get(found->second);
    return found->second;
  }
  if (spelling.name.find('.') != std::string_view::npos) {
    write_nested_name(spelling);
    return named_.at(key);
  }
  out_.global(spelling.module, spelling.name);
  return named_[key] = out_.put();
}

/// GLOBAL cannot name a member of a class: A.B.C is written as getattr(getattr(A, 'B'), 'C').
void Protocol2Pickler::write_nested_name(const Global& global) {
  std::string_view outer = global.name;
  do {
    write_named({"builtins", "getattr"});
    outer = outer.substr(0, outer.rfind('.'));
  } while (outer.find('.') != std::string_view::npos && !named_.contains({global.module, outer}));
  write_named({global.module, outer});
  while (outer.size() < global.name.size()) {
    const std::size_t start = outer.size() + 1;
    const std::size_t end = std::min(global.name.find('.', start), global.name.size());
    out_.unicode(global.name.substr(start, end - start));
    out_.put();
    out_.op(Op::tuple2);
    out_.put();
    out_.op(Op::reduce);
    outer = global.name.substr(0, end);
    named_[{global.module, outer}] = out_.put();
  }
}

void Protocol2Pickler::write_constant(std::string_view text) {
  if (const auto found = constants_.find(text); found != constants_.end())
    return out_.get(found->second);
  out_.unicode(text);
  constants_[text] = out_.put();
}

/// Writes _codecs.encode(text, 'latin1'), the form of bytes at protocol 2.
void Protocol2Pickler::write_latin1_call(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) append_utf8(text, static_cast<std::uint8_t>(byte));
  write_named({"_codecs", "encode"});
  out_.unicode(text);
  out_.put();
  write_constant("latin1");
  out_.op(Op::tuple2);
  out_.put();
  out_.op(Op::reduce);
}

void Protocol2Pickler::save_bytes(NodeId node) {
  if (graph_.text(node).empty()) {
    write_named({"builtins", "bytes"});
    out_.op(Op::empty_tuple);
    out_.op(Op::reduce);
  } else {
    write_latin1_call(graph_.text(node));
  }
  remember(node);
}

/// Writes bytearray(bytes); the bytes are a temporary copy that nothing else refers to.
void Protocol2Pickler::save_byte_array(NodeId node) {
  const std::string_view bytes = graph_.text(node);
  write_named({"builtins", "bytearray"});
  if (bytes.empty()) {
    out_.op(Op::empty_tuple);
  } else {
    write_latin1_call(bytes);
    out_.put();
    out_.op(Op::tuple1);
    out_.put();
  }
  out_.op(Op::reduce);
  remember(node);
}

}  // namespace ckpt::pickle
