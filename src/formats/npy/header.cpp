#include "formats/npy/header.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "ckpt/base/bytes.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::formats {

namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::uint64_t preamble_bytes = 8;         // magic and version
constexpr std::uint64_t most_header_bytes = 10000;  // as numpy.load
constexpr std::size_t most_dimensions = 64;         // of numpy and of torch

[[noreturn]] void throw_malformed(std::size_t place, std::string_view expected) {
  throw Error(ErrorKind::malformed, concat("header: byte ", place, ": expected ", expected));
}

/// Walks over the literal. Places are counted from its start.
class LiteralParser {
 public:
  explicit LiteralParser(std::string_view text) : text_(text) {}

  NpyHeader parse() {
    expect('{', "a dict");
    while (!take('}')) {
      parse_entry();
      if (take('}')) break;
      expect(',', "',' or '}'");
    }
    skip_blanks();
    if (at_ != text_.size()) throw_malformed(at_, "nothing behind the dict");
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (!has_key_[i])
        throw Error(ErrorKind::malformed,
                    concat("header: the key ", quote(keys[i]), " is missing"));
    return std::move(header_);
  }

 private:
  static constexpr std::array<std::string_view, 3> keys{"descr", "fortran_order", "shape"};

  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n\f", at_), text_.size()); }

  bool take(char wanted) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  void expect(char wanted, std::string_view name) {
    if (!take(wanted)) throw_malformed(at_, name);
  }

  void parse_entry() {
    const std::string key = parse_text("a key in quotes");
    const auto known = std::ranges::find(keys, key);
    if (known == keys.end())
      throw Error(ErrorKind::malformed, concat("header: unknown key ", quote(key)));
    bool& is_there = has_key_[static_cast<std::size_t>(known - keys.begin())];
    if (is_there)
      throw Error(ErrorKind::malformed, concat("header: the key ", quote(key), " comes twice"));
    is_there = true;
    expect(':', "':'");
    if (key == "descr") header_.descr = parse_descr();
    if (key == "fortran_order") header_.is_column_major = parse_boolean();
    if (key == "shape") header_.shape = parse_shape();
  }

  std::string parse_text(std::string_view name) {
    skip_blanks();
    if (at_ == text_.size() || (text_[at_] != '\'' && text_[at_] != '"'))
      throw_malformed(at_, name);
    const std::size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) throw_malformed(text_.size(), "the end of a text");
    const std::string_view text = text_.substr(at_ + 1, end - at_ - 1);
    if (text.find_first_of("\\\n") != std::string_view::npos)
      throw_malformed(at_, "a text without escapes");
    at_ = end + 1;
    return std::string(text);
  }

  std::string parse_descr() {
    skip_blanks();
    if (text_.substr(at_).starts_with('['))
      throw Error(ErrorKind::unsupported, "an array of structs, which torch has not");
    return parse_text("a type in quotes");
  }

  bool parse_boolean() {
    skip_blanks();
    for (const std::string_view word : {"True", "False"})
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return word == "True";
      }
    throw_malformed(at_, "True or False");
  }

  /// (), (2,), (2, 3), (2, 3,); Python 2 wrote (2L, 3L). (2) is a number.
  std::vector<std::int64_t> parse_shape() {
    std::vector<std::int64_t> shape;
    bool has_comma = false;
    expect('(', "a tuple");
    while (!take(')')) {
      if (shape.size() == most_dimensions) throw_malformed(at_, "at most 64 dimensions");
      shape.push_back(parse_size());
      has_comma = take(',');
      if (has_comma) continue;
      if (shape.size() == 1) throw_malformed(at_, "','");
      expect(')', "',' or ')'");
      break;
    }
    return shape;
  }

  std::int64_t parse_size() {
    skip_blanks();
    const std::size_t end = std::min(text_.find_first_not_of("0123456789", at_), text_.size());
    const std::string_view digits = text_.substr(at_, end - at_);
    const auto size = find_integer(digits);
    if (!size || (digits.size() > 1 && digits.front() == '0'))
      throw_malformed(at_, "a size below 2^63");
    at_ = end;
    if (text_.substr(at_).starts_with('L')) ++at_;
    return *size;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  NpyHeader header_;
  std::array<bool, 3> has_key_{};
};

/// Arrays that numpy reads and torch has no type for, by the letter of their kind.
std::string_view kind_text(char kind) {
  switch (kind) {
    case 'O':
      return "Python objects, which only unpickling them would make";
    case 'S':
    case 'U':
      return "texts";
    case 'M':
    case 'm':
      return "dates or durations";
    case 'V':
      return "nameless bytes: numpy lost the type (bfloat16, float8) when it was saved";
    default:
      return "";
  }
}

[[noreturn]] void throw_no_type(std::string_view descr) {
  const std::size_t letter = descr.find_first_not_of("<>=|");
  const std::string_view kind = letter < descr.size() ? kind_text(descr[letter]) : "";
  throw Error(ErrorKind::unsupported,
              concat("an array of ", quote(descr), kind.empty() ? "" : ", ", kind,
                     kind.empty() ? ", a type that torch has not" : ""));
}

}  // namespace

NpyHeader parse_npy_header(std::string_view literal) { return LiteralParser(literal).parse(); }

NpyHeader read_npy_header(const File& file) {
  const std::uint64_t file_bytes = file.size_bytes();
  constexpr std::uint64_t most_length_bytes = 4;
  const Bytes start = file.read_bytes(0, std::min(file_bytes, preamble_bytes + most_length_bytes));
  if (!as_text(start).starts_with(magic) || start.size() < preamble_bytes)
    throw Error(ErrorKind::malformed, "header: expected the 8 bytes of magic number and version");
  const int version = std::to_integer<int>(start[6]);
  if (version < 1 || version > 3)
    throw Error(ErrorKind::unsupported,
                concat("header: version ", version, ", and numpy knows 1 to 3"));
  const std::uint64_t length_bytes = version == 1 ? 2 : most_length_bytes;
  if (file_bytes < preamble_bytes + length_bytes)
    throw Error(ErrorKind::malformed, "header: the file ends in it");
  std::uint64_t header_bytes = 0;
  for (std::uint64_t i = 0; i < length_bytes; ++i)
    header_bytes |= std::to_integer<std::uint64_t>(start[preamble_bytes + i]) << (8 * i);
  if (header_bytes > file_bytes - preamble_bytes - length_bytes)
    throw Error(ErrorKind::malformed, concat("header: expected ", counted(header_bytes, "byte"),
                                             ", and the file ends before"));
  if (header_bytes > most_header_bytes)
    throw Error(ErrorKind::malformed, concat("header: ", counted(header_bytes, "byte"),
                                             ", at most ", most_header_bytes, " are taken"));
  const Bytes literal = file.read_bytes(preamble_bytes + length_bytes, header_bytes);
  NpyHeader header = parse_npy_header(as_text(literal));
  header.version = version;
  header.data_offset = preamble_bytes + length_bytes + header_bytes;
  return header;
}

NpyType parse_npy_descr(std::string_view descr) {
  struct Row {
    std::string_view code;
    model::DType dtype;
  };
  using enum model::DType;
  constexpr auto rows = std::to_array<Row>({{"f8", float64},
                                            {"f4", float32},
                                            {"f2", float16},
                                            {"i8", int64},
                                            {"i4", int32},
                                            {"i2", int16},
                                            {"i1", int8},
                                            {"u8", uint64},
                                            {"u4", uint32},
                                            {"u2", uint16},
                                            {"u1", uint8},
                                            {"b1", boolean},
                                            {"c16", complex128},
                                            {"c8", complex64}});
  constexpr auto native =
      std::endian::native == std::endian::little ? model::ByteOrder::little : model::ByteOrder::big;
  const bool has_order = !descr.empty() && std::string_view("<>=|").find(descr[0]) != descr.npos;
  const std::string_view code = descr.substr(has_order ? 1 : 0);
  NpyType type{.byte_order = native};
  if (descr.starts_with('<')) type.byte_order = model::ByteOrder::little;
  if (descr.starts_with('>')) type.byte_order = model::ByteOrder::big;
  for (const Row& row : rows)
    if (row.code == code) {
      type.dtype = row.dtype;
      if (model::row_of(row.dtype).size_bytes == 1) type.byte_order = native;
      return type;
    }
  // "bfloat16" needs ml_dtypes to be read by numpy; names of other types are numpy's own.
  const auto named = has_order ? std::nullopt : model::find_dtype(code);
  const bool is_numpys =
      named && model::row_of(*named).name == code &&
      (*named == bfloat16 || std::ranges::find(rows, *named, &Row::dtype) != rows.end());
  if (!is_numpys) throw_no_type(descr);
  type.dtype = *named;
  return type;
}

}  // namespace ckpt::formats
