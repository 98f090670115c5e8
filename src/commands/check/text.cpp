#include "ckpt/base/text.hpp"
#include "ckpt/render/size_text.hpp"
#include "commands/check/output.hpp"

namespace ckpt::commands {

namespace {

/// For a file that is ok: what was checked.
std::string looked_at_text(const FileReport& report) {
  const formats::LookedAt looked_at = report.checked.looked_at;
  if (looked_at == formats::LookedAt::pickles) return "pickles";
  if (looked_at == formats::LookedAt::every_byte)
    return report.checked.unverified_count == 0
               ? "every byte"
               : concat("every byte; ",
                        counted(report.checked.unverified_count, "record has", "records have"),
                        " no CRC-32");
  if (!report.checked.has_checksums) return "structure and pickles; its tensors have no CRC-32";
  return report.has_finite_check ? "structure, pickle and elements; --crc verifies the bytes"
                                 : "structure and pickle; --crc reads the tensors";
}

std::string summary_of(const FileReport& report) {
  if (report.error) return "";
  std::string text =
      concat(": ", report.checked.kind_name, ", ", render::human_bytes(report.checked.file_bytes));
  if (report.tensor_count) text += concat(", ", counted(*report.tensor_count, "tensor"));
  if (report.checked.verdict == formats::Verdict::ok && !report.is_unreadable())
    text += concat(" (", looked_at_text(report), ")");
  return text;
}

void append_loading(std::vector<std::string>& lines, const formats::Loading& loading,
                    bool is_verbose) {
  if (!loading.is_known) return;
  if (!loading.weights_only_refusal.empty())
    lines.push_back(
        concat("torch.load(weights_only=True) refuses it: ", loading.weights_only_refusal));
  else if (is_verbose)
    lines.push_back(concat("torch.load(weights_only=True) takes it, since ", loading.since));
  if (!loading.devices.empty())
    lines.push_back(concat("needs map_location where there is no ", join(loading.devices, ", ")));
  if (is_verbose && !loading.mmap_refusal.empty())
    lines.push_back(concat("mmap=True does not work: ", loading.mmap_refusal));
}

}  // namespace

std::string to_text(const FileReport& report, const TextOptions& options) {
  std::vector<std::string> lines = report.reasons();
  if (!report.error) append_loading(lines, report.checked.loading, options.is_verbose);
  if (options.detail == Detail::globals)
    for (const torch::Callable& callable : report.checked.safety.callables)
      if (callable.is_allowed) lines.push_back(concat(callable_text(callable), ": allowed"));
  if (options.is_verbose)
    for (const std::string& remark : report.checked.remarks) lines.push_back(remark);
  if (options.is_verbose)
    for (const Oddity& oddity : report.oddities)
      if (oddity.is_finite()) lines.push_back(oddity_text(oddity));
  const std::string_view style = report.is_good() ? options.palette.added : options.palette.error;
  std::string text = concat(render::escaped(report.path.string(), options.escaping), ": ",
                            render::styled(style, report.verdict()), summary_of(report), "\n");
  for (const std::string& line : lines)
    text += concat("  ", render::escaped(line, options.escaping), "\n");
  return text;
}

}  // namespace ckpt::commands
