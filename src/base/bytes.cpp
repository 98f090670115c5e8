#include "ckpt/base/bytes.hpp"

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt {

ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void append_bytes(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

std::string_view ByteReader::take_until(char end, std::string_view what) {
  const std::string_view rest = as_text(bytes_.subspan(position_));
  const std::size_t length = rest.find(end);
  if (length == std::string_view::npos)
    throw Error(ErrorKind::malformed, concat(what, " has no end"));
  position_ += length + 1;
  return rest.substr(0, length);
}

void ByteReader::throw_short(std::uint64_t count, std::string_view what) const {
  throw Error(ErrorKind::malformed, concat(what, " needs ", counted(count, "byte"), ", but ",
                                           remaining(), remaining() == 1 ? " remains" : " remain"));
}

}  // namespace ckpt
