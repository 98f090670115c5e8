// Searches signatures in windows of 1 MiB, and checks that a header's name and payload lie in the
// file.

#include "ckpt/zip/local_headers.hpp"

#include <algorithm>
#include <array>

#include "zip/records.hpp"

namespace ckpt::zip {

namespace {

constexpr std::uint64_t search_bytes = 1 << 20;
constexpr std::string_view signature_text = "PK\3\4";
constexpr std::uint64_t most_extra_bytes = 1024;

bool holds(const File& file, std::uint64_t offset, std::uint64_t size_bytes) {
  return offset <= file.size_bytes() && size_bytes <= file.size_bytes() - offset;
}

bool has_zip64_block(ByteView extra_field) {
  ByteReader extra(extra_field);
  while (extra.remaining() >= 4) {
    const std::uint16_t id = extra.read_u16("id of an extra block");
    const std::uint16_t length = extra.read_u16("length of an extra block");
    if (id == zip64_extra_id) return true;
    if (length > extra.remaining()) return false;
    extra.take(length, "body of an extra block");
  }
  return false;
}

}  // namespace

std::optional<LocalHeader> find_local_header(const File& file, std::uint64_t offset,
                                             std::uint64_t most_name_bytes) {
  if (!holds(file, offset, local_header_bytes)) return std::nullopt;
  const Bytes bytes = file.read_bytes(offset, local_header_bytes);
  ByteReader fixed(bytes);
  if (fixed.read_u32("signature") != local_signature) return std::nullopt;
  LocalHeader header{.header_offset = offset};
  fixed.take(2, "version needed");
  header.flags = fixed.read_u16("flags");
  header.method = fixed.read_u16("method");
  fixed.take(4, "time and date");
  header.crc32 = fixed.read_u32("CRC-32");
  header.compressed_bytes = fixed.read_u32("compressed size");
  header.size_bytes = fixed.read_u32("size");
  const std::uint64_t name_bytes = fixed.read_u16("name length");
  const std::uint64_t extra_bytes = fixed.read_u16("extra length");
  if (!holds(file, offset + local_header_bytes, name_bytes + extra_bytes)) return std::nullopt;
  if (name_bytes > most_name_bytes) return std::nullopt;
  // The zip64 block comes first in the extra field, in front of any padding.
  const Bytes rest = file.read_bytes(offset + local_header_bytes,
                                     name_bytes + std::min(extra_bytes, most_extra_bytes));
  header.name = as_text(ByteView(rest).first(static_cast<std::size_t>(name_bytes)));
  header.has_zip64_block =
      has_zip64_block(ByteView(rest).subspan(static_cast<std::size_t>(name_bytes)));
  header.payload_offset = offset + local_header_bytes + name_bytes + extra_bytes;
  return header;
}

void LocalSignatures::load(std::uint64_t offset) {
  window_ = file_.read_bytes(offset, std::min(search_bytes, file_.size_bytes() - offset));
  window_offset_ = offset;
}

std::optional<std::uint64_t> LocalSignatures::find(std::uint64_t offset) {
  while (holds(file_, offset, signature_text.size())) {
    const bool is_inside = offset >= window_offset_ &&
                           offset + signature_text.size() <= window_offset_ + window_.size();
    if (!is_inside) {
      // A hole can be terabytes of zeros and contains no signature: skip it.
      const auto data = file_.find_data(offset);
      if (!data || !holds(file_, *data, signature_text.size())) return std::nullopt;
      offset = *data;
      load(offset);
    }
    const std::size_t found =
        as_text(window_).find(signature_text, static_cast<std::size_t>(offset - window_offset_));
    if (found != std::string_view::npos) return window_offset_ + found;
    // A signature may cross the border of two windows.
    offset = window_offset_ + window_.size() - (signature_text.size() - 1);
  }
  return std::nullopt;
}

std::optional<Descriptor> find_descriptor(const File& file, const LocalHeader& header,
                                          std::uint64_t offset) {
  const std::uint64_t length_bytes = header.has_zip64_block ? 24 : 16;
  if (!holds(file, offset, length_bytes)) return std::nullopt;
  const Bytes bytes = file.read_bytes(offset, length_bytes);
  ByteReader reader(bytes);
  if (reader.read_u32("signature") != descriptor_signature) return std::nullopt;
  Descriptor descriptor{.crc32 = reader.read_u32("CRC-32"), .length_bytes = length_bytes};
  if (header.has_zip64_block) {
    descriptor.compressed_bytes = reader.read_u64("compressed size");
    descriptor.size_bytes = reader.read_u64("size");
  } else {
    descriptor.compressed_bytes = reader.read_u32("compressed size");
    descriptor.size_bytes = reader.read_u32("size");
  }
  return descriptor;
}

}  // namespace ckpt::zip
