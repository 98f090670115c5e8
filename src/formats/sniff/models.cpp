// Recognises model formats without a signature by their first bytes:
//
//   safetensors  u64 length of the header | the header, a JSON object | tensors
//   ONNX         protobuf ModelProto: 08 version, 12 length "producer", then one of fields 3 to 8
#include <algorithm>

#include "formats/sniff/parts.hpp"

namespace ckpt::formats {

namespace {

/// The largest header that the safetensors library accepts.
constexpr std::uint64_t most_header_bytes = 100'000'000;

/// The tags of producer_version, domain, model_version, doc_string, graph and opset_import.
constexpr std::string_view tags_after_producer = "\x1a\x22\x28\x32\x3a\x42";

}  // namespace

std::optional<Sniffed> find_safetensors(const FileStart& start) {
  constexpr std::size_t length_bytes = 8;
  if (start.bytes.size() <= length_bytes) return std::nullopt;
  const auto header_bytes = from_little_endian<std::uint64_t>(start.bytes.data());
  constexpr std::uint64_t least_header_bytes = 2;  // the shortest header is {}
  if (header_bytes < least_header_bytes || header_bytes > most_header_bytes ||
      header_bytes > start.file->size_bytes() - length_bytes)
    return std::nullopt;
  if (start.text()[length_bytes] != '{') return std::nullopt;
  return Sniffed{FileKind::safetensors, "a safetensors file, which ckpt does not read yet", ""};
}

std::optional<Sniffed> find_onnx(const FileStart& start) {
  constexpr std::uint8_t last_plausible_version = 32;
  if (start.bytes.size() < 5) return std::nullopt;
  ByteReader reader(start.bytes);
  if (reader.read_u8("tag of ir_version") != 0x08) return std::nullopt;
  const std::uint8_t version = reader.read_u8("ir_version");
  if (version == 0 || version > last_plausible_version) return std::nullopt;
  if (reader.read_u8("tag of producer_name") != 0x12) return std::nullopt;
  const std::size_t name_bytes = reader.read_u8("length of producer_name");
  if (name_bytes >= reader.remaining()) return std::nullopt;
  const bool is_name =
      std::ranges::all_of(as_text(reader.take(name_bytes, "producer_name")), is_printable);
  const std::string_view next_tag = as_text(reader.take(1, "tag after producer_name"));
  if (!is_name || tags_after_producer.find(next_tag) == std::string_view::npos) return std::nullopt;
  return Sniffed{FileKind::onnx, "an ONNX model, not a torch checkpoint", ""};
}

}  // namespace ckpt::formats
