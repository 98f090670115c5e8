// The order of a check:
//   1. sniff the kind of the file and start with the verdict of that kind (kinds.cpp);
//   2. check its format (zip.cpp, pickle.cpp, ...), which also collects nested archives;
//   3. look through the nested archives (compressed.cpp, insides.cpp);
//   4. judge the callables that were found: `unsafe` when weights_only does not allow one.

#include "ckpt/formats/check.hpp"

#include <algorithm>
#include <array>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/formats/format.hpp"
#include "ckpt/zip/archive.hpp"
#include "formats/check/parts.hpp"

namespace ckpt::formats {

namespace {

/// A flipped bit in the first four bytes makes the kind of a zip unknown, but its directory is
/// intact.
bool ends_as_zip(const std::shared_ptr<const File>& file) {
  try {
    const zip::Archive archive(file);
    return std::ranges::any_of(archive.entries(), [](const zip::Entry& entry) {
      return entry.header_offset == 0 && entry.name.find("/") != std::string::npos;
    });
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) throw;
    return false;
  }
}

bool is_zip(FileKind kind) { return kind >= FileKind::torch_zip && kind <= FileKind::broken_zip; }

/// The format that looks at such a file, or nullptr.
const Format* find_checking_format(const CheckJob& job) {
  const Source source{.path = job.file->path(), .kind = job.checked.kind, .file = job.file};
  const FileKind kind = source.kind;
  for (const Format& format : formats())
    if (format.check != nullptr &&
        (format.opens(source) || (kind != FileKind::unknown && kind == format.broken_kind)))
      return &format;
  return nullptr;
}

void check_without_format(const CheckJob& job) {
  if (is_zip(job.checked.kind)) return check_zip(job);
  if (job.checked.kind == FileKind::torch_legacy) return check_legacy(job);
  if (job.checked.kind == FileKind::bare_pickle) return check_pickle(job);
}

void check_kind(const CheckJob& job) {
  const FileKind kind = job.checked.kind;
  if (const Format* const format = find_checking_format(job))
    format->check(job);
  else
    check_without_format(job);
  if (kind != FileKind::torch_legacy && kind != FileKind::bare_pickle) check_disguise(job);
  if (!is_zip(kind)) check_appended_zip(job);
}

void judge_safety(Checked& checked) {
  if (checked.safety.is_safe() || checked.verdict == Verdict::damaged ||
      checked.verdict == Verdict::truncated)
    return;
  checked.verdict = Verdict::unsafe;
}

/// If the file is no checkpoint, or is damaged, unread compressed records mean that the safety
/// verdict is incomplete. In an intact checkpoint a compressed log is normal.
void note_unseen(Checked& checked, const Insides& insides) {
  const std::vector<std::string>& unseen = insides.unseen();
  if (unseen.empty()) return;
  if (checked.verdict != Verdict::ok) checked.is_packed = true;
  checked.remarks.push_back(concat(counted(unseen.size(), "record is", "records are"),
                                   " compressed and not looked into, the first: ", unseen.front()));
}

/// Models of other programs, of which only the kind is known; some formats contain code.
bool is_kind_all(FileKind kind) {
  constexpr std::array kinds{FileKind::gguf, FileKind::mobile_flatbuffer, FileKind::executorch,
                             FileKind::hdf5, FileKind::onnx};
  return std::ranges::find(kinds, kind) != kinds.end();
}

/// torch does not unpickle the other records of a checkpoint.
void judge_unread(Checked& checked) {
  checked.is_understood = !is_kind_all(checked.kind);
  if (checked.verdict != Verdict::not_checkpoint) checked.unread_count = 0;
  if (checked.unread_count == 0) return;
  checked.is_understood = false;
  checked.remarks.push_back(
      concat(counted(checked.unread_count, "record is", "records are"),
             " neither pickles nor archives, and may hold encoded ones, the first: ",
             quote(checked.first_unread)));
}

}  // namespace

void append_safety(torch::Safety& all, torch::Safety more) {
  for (torch::Callable& callable : more.callables) all.callables.push_back(std::move(callable));
  for (torch::Trick& trick : more.tricks) all.tricks.push_back(std::move(trick));
}

void add_problem(Checked& checked, Verdict verdict, Problem problem) {
  if (checked.verdict != Verdict::truncated) checked.verdict = verdict;
  checked.problems.push_back(std::move(problem));
}

Checked check_file(const std::filesystem::path& path, const CheckOptions& options) {
  const std::shared_ptr<const File> file = File::open(path);
  return within(path.string(), [&] {
    Checked checked;
    Sniffed sniffed = sniff(file);
    checked.kind = sniffed.kind;
    checked.description = std::move(sniffed.description);
    if (checked.kind == FileKind::unknown && ends_as_zip(file)) {
      checked.kind = FileKind::broken_zip;
      checked.description = "a zip whose first bytes are damaged";
    }
    checked.kind_name = kind_name(checked.kind);
    checked.file_bytes = file->size_bytes();
    checked.verdict = first_verdict(checked.kind);
    checked.is_packed = is_packed(checked.kind);
    Insides insides(checked);
    const CheckJob job{file, options, checked, insides};
    check_kind(job);
    inspect_insides(job);
    note_unseen(checked, insides);
    judge_unread(checked);
    judge_safety(checked);
    return checked;
  });
}

}  // namespace ckpt::formats
