#include "zip/record_layout.hpp"

#include <algorithm>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::zip {

namespace {

constexpr std::uint64_t block_head_bytes = 4;  // id and length of a block in the extra field
constexpr std::uint64_t most_extra_bytes = 65535;
constexpr std::uint16_t padding_id = 0x4246;  // "FB"
constexpr std::uint16_t utf8_name_flag = 1 << 11;
constexpr std::uint16_t descriptor_flag = 1 << 3;
constexpr std::uint16_t stored_method = 0;
constexpr std::uint16_t zip64_made_by = 0x031E;
constexpr std::uint16_t zip64_version_needed = 45;

std::uint16_t flags_of(const RecordLayout& layout) {
  return layout.size_bytes == 0 ? utf8_name_flag : utf8_name_flag | descriptor_flag;
}

template <std::unsigned_integral Field>
Field saturating(std::uint64_t number) {
  return static_cast<Field>(std::min<std::uint64_t>(number, static_cast<Field>(-1)));
}

template <std::unsigned_integral Field>
void append_number(Bytes& out, std::uint64_t number) {
  append_little_endian(out, static_cast<Field>(number));
}

/// Version needed, flags, method, time and date are the same in both headers. PyTorch writes
/// version 0 even for zip64, and month 0, day 0.
void append_common_fields(Bytes& out, const RecordLayout& layout) {
  append_number<std::uint16_t>(out, 0);
  append_number<std::uint16_t>(out, flags_of(layout));
  append_number<std::uint16_t>(out, stored_method);
  append_number<std::uint32_t>(out, 0);
}

void append_zip64_block(Bytes& out, const RecordLayout& layout, std::uint64_t compressed_bytes) {
  if (layout.zip64_block_bytes() == 0) return;
  append_number<std::uint16_t>(out, zip64_extra_id);
  append_number<std::uint16_t>(out, layout.zip64_block_bytes() - block_head_bytes);
  if (layout.is_size_saturated()) {
    append_number<std::uint64_t>(out, layout.size_bytes);
    append_number<std::uint64_t>(out, compressed_bytes);
  }
  if (layout.is_offset_saturated()) append_number<std::uint64_t>(out, layout.header_offset);
}

}  // namespace

bool RecordLayout::is_size_saturated() const { return size_bytes >= saturated_32; }

bool RecordLayout::is_offset_saturated() const { return header_offset >= saturated_32; }

std::uint64_t RecordLayout::zip64_block_bytes() const {
  const std::uint64_t body_bytes =
      (is_size_saturated() ? 16u : 0u) + (is_offset_saturated() ? 8u : 0u);
  return body_bytes == 0 ? 0 : block_head_bytes + body_bytes;
}

std::uint64_t RecordLayout::extra_bytes() const {
  return zip64_block_bytes() + block_head_bytes + padding_bytes;
}

std::uint64_t RecordLayout::payload_offset() const {
  return checked_add(header_offset, local_header_bytes + name_bytes + extra_bytes(),
                     "size of the archive");
}

std::uint64_t RecordLayout::descriptor_bytes() const {
  if (size_bytes == 0) return 0;
  return zip64_block_bytes() == 0 ? 16 : 24;
}

std::uint64_t RecordLayout::end_offset() const {
  const std::uint64_t payload_end =
      checked_add(payload_offset(), size_bytes, "size of the archive");
  return checked_add(payload_end, descriptor_bytes(), "size of the archive");
}

std::uint64_t RecordLayout::central_bytes() const {
  return central_header_bytes + name_bytes + zip64_block_bytes();
}

RecordLayout lay_out(RecordLayout unpadded, std::uint64_t alignment_bytes) {
  if (unpadded.name_bytes > 65535)
    throw Error(ErrorKind::unsupported, concat("a name of ", counted(unpadded.name_bytes, "byte"),
                                               ", expected at most 65535"));
  RecordLayout layout = unpadded;
  layout.padding_bytes = 0;
  const std::uint64_t beyond = layout.payload_offset() % alignment_bytes;
  layout.padding_bytes = beyond == 0 ? 0 : alignment_bytes - beyond;
  if (layout.extra_bytes() > most_extra_bytes)
    throw Error(ErrorKind::unsupported,
                concat("aligning to ", alignment_bytes, " takes a padding of ",
                       counted(layout.padding_bytes, "byte"), ", more than a zip header holds"));
  return layout;
}

void append_local_header(Bytes& out, const RecordLayout& layout, std::string_view name) {
  append_number<std::uint32_t>(out, local_signature);
  append_common_fields(out, layout);
  append_number<std::uint32_t>(out, 0);  // CRC-32 and both sizes are in the descriptor
  append_number<std::uint64_t>(out, 0);
  append_number<std::uint16_t>(out, layout.name_bytes);
  append_number<std::uint16_t>(out, layout.extra_bytes());
  append_bytes(out, as_bytes(name));
  append_zip64_block(out, layout, 0);
  append_number<std::uint16_t>(out, padding_id);
  append_number<std::uint16_t>(out, layout.padding_bytes);
  out.insert(out.end(), static_cast<std::size_t>(layout.padding_bytes), std::byte{'Z'});
}

void append_descriptor(Bytes& out, const RecordLayout& layout, std::uint32_t crc32) {
  if (layout.descriptor_bytes() == 0) return;
  append_number<std::uint32_t>(out, descriptor_signature);
  append_number<std::uint32_t>(out, crc32);
  for (int i = 0; i < 2; ++i) {  // compressed size, then size
    if (layout.zip64_block_bytes() == 0)
      append_number<std::uint32_t>(out, layout.size_bytes);
    else
      append_number<std::uint64_t>(out, layout.size_bytes);
  }
}

void append_central_entry(Bytes& out, const RecordLayout& layout, std::string_view name,
                          std::uint32_t crc32) {
  append_number<std::uint32_t>(out, central_signature);
  append_number<std::uint16_t>(out, 0);  // version made by
  append_common_fields(out, layout);
  append_number<std::uint32_t>(out, crc32);
  append_number<std::uint32_t>(out, saturating<std::uint32_t>(layout.size_bytes));
  append_number<std::uint32_t>(out, saturating<std::uint32_t>(layout.size_bytes));
  append_number<std::uint16_t>(out, layout.name_bytes);
  append_number<std::uint16_t>(out, layout.zip64_block_bytes());
  append_number<std::uint16_t>(out, 0);  // comment length
  append_number<std::uint16_t>(out, 0);  // disk
  append_number<std::uint16_t>(out, 0);  // internal attributes
  append_number<std::uint32_t>(out, 0);  // external attributes
  append_number<std::uint32_t>(out, saturating<std::uint32_t>(layout.header_offset));
  append_bytes(out, as_bytes(name));
  append_zip64_block(out, layout, layout.size_bytes);
}

void append_tail(Bytes& out, const DirectoryPlace& directory) {
  const std::uint64_t zip64_end_offset =
      checked_add(directory.offset, directory.size_bytes, "size of the archive");
  append_number<std::uint32_t>(out, zip64_end_signature);
  append_number<std::uint64_t>(out, zip64_end_bytes - 12);  // of the record after this field
  append_number<std::uint16_t>(out, zip64_made_by);
  append_number<std::uint16_t>(out, zip64_version_needed);
  append_number<std::uint64_t>(out, 0);  // both disk numbers
  append_number<std::uint64_t>(out, directory.entry_count);
  append_number<std::uint64_t>(out, directory.entry_count);
  append_number<std::uint64_t>(out, directory.size_bytes);
  append_number<std::uint64_t>(out, directory.offset);

  append_number<std::uint32_t>(out, zip64_locator_signature);
  append_number<std::uint32_t>(out, 0);  // disk of the zip64 end record
  append_number<std::uint64_t>(out, zip64_end_offset);
  append_number<std::uint32_t>(out, 1);  // disks in all

  append_number<std::uint32_t>(out, end_signature);
  append_number<std::uint32_t>(out, 0);  // both disk numbers
  append_number<std::uint16_t>(out, saturating<std::uint16_t>(directory.entry_count));
  append_number<std::uint16_t>(out, saturating<std::uint16_t>(directory.entry_count));
  append_number<std::uint32_t>(out, saturating<std::uint32_t>(directory.size_bytes));
  append_number<std::uint32_t>(out, saturating<std::uint32_t>(directory.offset));
  append_number<std::uint16_t>(out, 0);  // comment length
}

}  // namespace ckpt::zip
