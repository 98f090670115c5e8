// Pickles in files that are, or claim to be, something else. Signatures prove little:
//
//   "GGUF" and five bytes        are BINFLOAT and its argument; any pickle may follow
//   "PK\3\4\n"                  is a reference by a line, PERSID
//   a program, then a zip        is a zip to whoever looks for its directory at the end
//   a tar, its first name        is whatever bytes somebody likes
#include <algorithm>

#include "ckpt/base/error.hpp"
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
  if (skipped == 0 && !torch::is_suspect(start)) return;
  const Bytes bytes = range.file->read_bytes(range.offset, std::min(range.size_bytes, most_bytes));
  inspector.inspect_suspect(ByteView(bytes).subspan(std::min(skipped, bytes.size())), place);
}

bool is_tar(FileKind kind) { return kind == FileKind::tar || kind == FileKind::torch_tar; }

/// Where a directory may be, an end record is.
bool has_end_record(const File& file) {
  constexpr std::uint64_t longest_tail_bytes = 22 + 65535;
  const Bytes tail = read_last_bytes(file, longest_tail_bytes);
  return as_text(tail).rfind("PK\5\6") != std::string_view::npos;
}

}  // namespace

void check_disguise(const CheckJob& job) {
  constexpr std::size_t most_members = 1000;
  torch::SafetyInspector inspector;
  inspect_range(inspector, {job.file, 0, job.file->size_bytes()}, "stream");
  if (is_tar(job.checked.kind))
    for (const TarMember& member : read_tar_members(*job.file, most_members))
      inspect_range(inspector, {job.file, member.payload_offset, member.size_bytes}, member.name);
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
