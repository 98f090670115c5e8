// Finds pickles in files that are, or claim to be, something else. A signature proves little:
//
//   "GGUF" and five bytes        are also BINFLOAT with its argument; any pickle may follow
//   "PK\3\4\n"                  is also PERSID, a reference in a line of text
//   a program, then a zip        is a zip to every reader that looks for the directory at the end
//   a tar                        starts with the name of its first member: any bytes
#include "ckpt/base/error.hpp"
#include "formats/check/parts.hpp"
#include "formats/sniff/parts.hpp"

namespace ckpt::formats {

bool has_end_record(const File& file, std::uint64_t tail_bytes) {
  const Bytes tail = read_last_bytes(file, tail_bytes);
  return as_text(tail).rfind("PK\5\6") != std::string_view::npos;
}

void check_disguise(const CheckJob& job) {
  const Inside whole = Layer{job.file}.whole("stream");
  const Bytes start = read_start_of(whole.range);
  add_compressed(job, whole, start);
  torch::SafetyInspector inspector;
  inspect_pickles(job, inspector, whole, start);
  append_safety(job.checked.safety, inspector.result());
  if (starts_as_tar(start)) inspect_tar(job, {job.file});
}

void check_appended_zip(const CheckJob& job) {
  if (has_end_record(*job.file, longest_zip_tail_bytes)) inspect_unopened_zip(job, {job.file});
}

void inspect_unopened_zip(const CheckJob& job, const Layer& layer) {
  const Loading loading = job.checked.loading;  // describes the file, not this nested zip
  try {
    const zip::Archive archive(layer.file);
    inspect_zip(job, layer, &archive);
  } catch (const Error& error) {
    const bool is_exhausted = layer.depth > 0 && error.kind() == ErrorKind::limit;
    if (error.kind() == ErrorKind::io || is_exhausted) throw;
    inspect_zip(job, layer, nullptr);
  }
  job.checked.loading = loading;
}

}  // namespace ckpt::formats
