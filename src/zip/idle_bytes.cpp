#include "ckpt/zip/idle_bytes.hpp"

#include <algorithm>
#include <vector>

#include "ckpt/zip/local_headers.hpp"
#include "zip/record_layout.hpp"

namespace ckpt::zip {

namespace {

bool ends_as_torch_ends(const Entry& entry, std::uint64_t next_offset,
                        std::uint64_t alignment_bytes) {
  const RecordLayout layout = lay_out({.header_offset = entry.header_offset,
                                       .name_bytes = entry.name.size(),
                                       .size_bytes = entry.size_bytes},
                                      alignment_bytes);
  return entry.method == Method::stored && layout.end_offset() == next_offset;
}

std::uint64_t find_end(const Archive& archive, const Entry& entry) {
  const FileRange payload = archive.payload(entry);
  const std::uint64_t end = payload.offset + payload.size_bytes;
  const auto header = find_local_header(*archive.file(), entry.header_offset);
  if (!header || !header->has_descriptor()) return end;
  const auto descriptor = find_descriptor(*archive.file(), *header, end);
  return descriptor ? end + descriptor->length_bytes : end;
}

}  // namespace

std::uint64_t count_idle_bytes(const Archive& archive, std::uint64_t alignment_bytes) {
  std::vector<const Entry*> entries;
  for (const Entry& entry : archive.entries()) entries.push_back(&entry);
  std::ranges::sort(entries, {}, &Entry::header_offset);
  std::uint64_t idle_bytes = entries.empty() ? 0 : entries.front()->header_offset;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::uint64_t next_offset =
        i + 1 < entries.size() ? entries[i + 1]->header_offset : archive.directory_offset();
    if (!ends_as_torch_ends(*entries[i], next_offset, alignment_bytes))
      idle_bytes += next_offset - std::min(next_offset, find_end(archive, *entries[i]));
  }
  return idle_bytes;
}

}  // namespace ckpt::zip
