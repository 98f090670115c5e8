// Pickles in files that are, or claim to be, something else. Signatures prove little:
//
//   "GGUF" and five bytes        are BINFLOAT and its argument; any pickle may follow
//   "PK\3\4\n"                  is a reference by a line, PERSID
//   a program, then a zip        is a zip to whoever looks for its directory at the end
//   a tar, its first name        is whatever bytes somebody likes
#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/zip/compressed.hpp"
#include "formats/check_parts.hpp"
#include "formats/sniff_parts.hpp"

namespace ckpt::formats {

namespace {

/// A disguise is not looked into further than this.
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 26;

void inspect_range(torch::SafetyInspector& inspector, const FileRange& range,
                   const std::string& place) {
  const Bytes start =
      range.file->read_bytes(range.offset, std::min(range.size_bytes, sniffed_bytes));
  const std::size_t skipped = npy_header_bytes(as_text(start));
  const bool is_compressed = can_unfold(zip::compression_of(start));
  if (skipped == 0 && !is_compressed && !torch::is_suspect(start)) return;
  const Bytes bytes = range.file->read_bytes(range.offset, std::min(range.size_bytes, most_bytes));
  if (is_compressed) inspect_compressed(inspector, bytes, place);
  inspector.inspect_suspect(ByteView(bytes).subspan(std::min(skipped, bytes.size())), place);
}

/// The members of a tar, by their sizes and by all that could be headers, each once.
std::vector<TarMember> find_members(const File& file) {
  constexpr std::size_t most_members = 1000;
  std::vector<TarMember> members = find_tar_headers(file, most_bytes);
  if (members.empty()) return members;
  const std::uint64_t last_offset = members.back().payload_offset;
  for (TarMember& member : read_tar_members(file, most_members))
    if (member.payload_offset > last_offset) members.push_back(std::move(member));
  return members;
}

/// A tar, whatever its first bytes say: they are the name of its first member.
void inspect_tar(torch::SafetyInspector& inspector, const CheckJob& job) {
  std::uint64_t bytes_left = 4 * job.file->size_bytes() + most_bytes;
  for (const TarMember& member : find_members(*job.file)) {
    const std::uint64_t size_bytes = std::min(member.size_bytes, most_bytes);
    if (size_bytes > bytes_left) {
      job.checked.safety.tricks.push_back(
          {member.name, static_cast<std::size_t>(member.payload_offset),
           "holds more members than are looked into"});
      return;
    }
    bytes_left -= size_bytes;
    inspect_range(inspector, {job.file, member.payload_offset, size_bytes}, member.name);
  }
}

/// Where a directory may be, an end record is.
bool has_end_record(const File& file) {
  constexpr std::uint64_t longest_tail_bytes = 22 + 65535;
  const Bytes tail = read_last_bytes(file, longest_tail_bytes);
  return as_text(tail).rfind("PK\5\6") != std::string_view::npos;
}

}  // namespace

void check_disguise(const CheckJob& job) {
  torch::SafetyInspector inspector;
  inspect_range(inspector, {job.file, 0, job.file->size_bytes()}, "stream");
  inspect_tar(inspector, job);
  append_safety(job.checked.safety, inspector.result());
}

void check_appended_zip(const CheckJob& job) {
  if (!has_end_record(*job.file)) return;
  const Loading loading = job.checked.loading;  // which is about the file, not about this zip
  try {
    const zip::Archive archive(job.file);
    inspect_zip(job, &archive);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) throw;
    inspect_zip(job, nullptr);
  }
  job.checked.loading = loading;
}

}  // namespace ckpt::formats
