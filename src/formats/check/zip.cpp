// Checks zip archives: the directory, the pickles inside, and every byte if asked.
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/formats/salvage.hpp"
#include "formats/check/parts.hpp"

namespace ckpt::formats {

namespace {

/// How much is missing, where the object is still there to say so.
std::string describe_cut(const CheckJob& job) {
  try {
    Salvaged salvaged = open_salvaged(job.file->path(), Verify::no);
    const Fates fates = settle(salvaged, nullptr);
    const std::string tensors = concat(fates.saved.size(), " of ",
                                       counted(fates.saved.size() + fates.lost.size(), "tensor"),
                                       " are there; ckpt check --salvage saves them");
    const std::uint64_t file_bytes = job.checked.file_bytes;
    if (salvaged.whole_bytes <= file_bytes) return concat("its end is missing; ", tensors);
    return concat(salvaged.whole_bytes - file_bytes, " of ", salvaged.whole_bytes,
                  " bytes are missing; ", tensors);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) throw;
    return job.checked.description;
  }
}

}  // namespace

std::string_view without_folder(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

std::shared_ptr<const zip::Archive> open_archive(const CheckJob& job) {
  try {
    return std::make_shared<const zip::Archive>(job.file);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) throw;
    const bool is_cut = job.checked.description.find("truncated") != std::string::npos;
    add_problem(job.checked, is_cut ? Verdict::truncated : Verdict::damaged,
                {.what = is_cut ? describe_cut(job) : error.message()});
    return nullptr;
  }
}

void refuse_loading(Checked& checked, std::string reason) {
  std::string& refusal = checked.loading.weights_only_refusal;
  if (refusal.empty()) refusal = std::move(reason);
}

std::vector<zip::Damage> audit_bytes(const CheckJob& job, const zip::Archive& archive,
                                     std::uint64_t alignment_bytes) {
  Checked& checked = job.checked;
  zip::Audit audit =
      zip::audit(archive, {.alignment_bytes = alignment_bytes, .on_bytes = job.options.on_bytes});
  checked.unverified_count = audit.unverifiable.size();
  if (!audit.unverifiable.empty())
    checked.remarks.push_back(
        concat(counted(audit.unverifiable.size(), "record has", "records have"),
               " no CRC-32 and cannot be verified"));
  if (audit.idle_bytes > 0)
    checked.remarks.push_back(
        concat(counted(audit.idle_bytes, "byte belongs", "bytes belong"), " to no record"));
  return std::move(audit.damages);
}

void add_damage(Checked& checked, const zip::Damage& damage, std::vector<std::string> tensors) {
  add_problem(checked, Verdict::damaged,
              {.record = std::string(without_folder(damage.record)),
               .what = concat("byte ", damage.offset, ": ", damage.what),
               .tensors = std::move(tensors)});
}

void check_zip(const CheckJob& job) {
  const std::shared_ptr<const zip::Archive> archive = open_archive(job);
  inspect_zip(job, {job.file}, archive.get());
  if (job.options.depth == Depth::every_byte) job.checked.looked_at = LookedAt::every_byte;
  if (archive && job.options.depth == Depth::every_byte)
    for (const zip::Damage& damage :
         audit_bytes(job, *archive, zip::AuditOptions{}.alignment_bytes))
      add_damage(job.checked, damage, {});
  if (job.checked.kind == FileKind::torch_script)
    refuse_loading(job.checked, "is a TorchScript archive, which torch.jit.load reads");
}

}  // namespace ckpt::formats
