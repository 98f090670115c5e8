#include "ckpt/formats/sniff.hpp"

#include <algorithm>
#include <array>

#include "ckpt/base/text.hpp"
#include "formats/sniff/parts.hpp"

namespace ckpt::formats {

namespace {

constexpr bool is_zero(std::byte byte) { return byte == std::byte{0}; }

std::optional<Sniffed> find_empty(const FileStart& start) {
  if (!start.bytes.empty()) return std::nullopt;
  return Sniffed{FileKind::empty, "empty", "fetch it again, or save it again"};
}

/// A large file is not read completely: zeros at both ends are reported as exactly that.
std::optional<Sniffed> find_zeros(const FileStart& start) {
  if (!std::ranges::all_of(start.bytes, is_zero)) return std::nullopt;
  const std::string size = grouped(start.file->size_bytes());
  const std::string_view hint = "its space was reserved, but it was never filled: fetch it again";
  if (start.is_whole())
    return Sniffed{FileKind::zeros, concat(size, " bytes of zeros"), std::string(hint)};
  if (!std::ranges::all_of(read_last_bytes(*start.file, sniffed_bytes), is_zero))
    return std::nullopt;
  return Sniffed{FileKind::zeros, concat(size, " bytes, zeros at the start and at the end"),
                 std::string(hint)};
}

/// Servers may answer with text: "404: Not Found".
Sniffed describe_unknown(const FileStart& start) {
  const std::string_view line = start.text().substr(0, start.text().find_first_of("\r\n"));
  constexpr std::size_t shortest_text = 4;
  if (line.size() >= shortest_text && std::ranges::all_of(line, is_printable))
    return {FileKind::unknown,
            concat("of no known kind; it starts with the text ", quote(line.substr(0, 40))), ""};
  std::string digits;  // two per byte: those after the 1 of 0x1ab
  for (const std::byte byte :
       ByteView(start.bytes).first(std::min<std::size_t>(8, start.bytes.size())))
    digits += hex_text(0x100 + std::to_integer<std::uint64_t>(byte)).substr(3);
  return {FileKind::unknown, concat("of no known kind; it starts with bytes 0x", digits), ""};
}

using Finder = std::optional<Sniffed> (*)(const FileStart&);

// The first match wins. A safetensors file starts with a length, which may look like any short
// signature (a header of 640 bytes gives 80 02, the start of a pickle), so it is tested first.
constexpr auto finders = std::to_array<Finder>({
    find_empty,
    find_safetensors,
    find_gzip,
    find_signature,
    find_zip,
    find_tar,
    find_torch_legacy,
    find_bare_pickle,
    find_text,
    find_onnx,
    find_old_pickle,
    find_packed,
    find_zeros,
});

}  // namespace

Bytes read_last_bytes(const File& file, std::uint64_t most_bytes) {
  const std::uint64_t size_bytes = std::min(file.size_bytes(), most_bytes);
  return file.read_bytes(file.size_bytes() - size_bytes, size_bytes);
}

std::string grouped(std::uint64_t number) {
  std::string digits = concat(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

Sniffed sniff(const std::shared_ptr<const File>& file) {
  const FileStart start{file, file->read_bytes(0, std::min(file->size_bytes(), sniffed_bytes))};
  for (const Finder find : finders)
    if (auto found = find(start)) return *std::move(found);
  return describe_unknown(start);
}

}  // namespace ckpt::formats
