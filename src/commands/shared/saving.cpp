#include "commands/shared/saving.hpp"

#include <chrono>
#include <optional>

#include "ckpt/base/text.hpp"
#include "ckpt/diff/parallel.hpp"
#include "ckpt/formats/endings.hpp"
#include "ckpt/render/size_text.hpp"
#include "cli/held_signals.hpp"
#include "cli/progress_line.hpp"

namespace ckpt::commands {

namespace {

using Clock = std::chrono::steady_clock;

/// An edit that changed nothing gives the file again, unless another format is asked for.
formats::SaveReport save(const Checkpoint& checkpoint, const cli::OutputOptions& output,
                         Change change, const formats::SaveOptions& options) {
  const formats::Document& document = checkpoint.document;
  if (output.is_in_place)
    return change == Change::none ? formats::SaveReport{}
                                  : formats::save_document_in_place(document, options);
  return change == Change::none && options.format == &document.origin->format()
             ? formats::copy_document(document, *output.path, options)
             : formats::save_document(document, *output.path, options);
}

formats::SaveReport save(const Checkpoint& checkpoint, const cli::OutputOptions& output,
                         Change change, cli::Console& console) {
  const cli::HeldSignals held;
  std::optional<cli::ProgressLine> line;
  std::uint64_t shown_bytes = 0;
  return save(checkpoint, output, change,
              {.overwrite = output.overwrite,
               .flush = output.flush,
               .thread_count = output.threads.count_or(diff::usual_thread_count()),
               .on_progress =
                   [&](std::uint64_t done_bytes, std::uint64_t total_bytes) {
                     if (!line) line.emplace(console, total_bytes);
                     line->advance(done_bytes - shown_bytes);
                     shown_bytes = done_bytes;
                   },
               .format = output.path ? &formats::format_of_output(*output.path) : nullptr});
}

/// What the output will not hold, "" or "; without requires_grad". Throws when it cannot be
/// written at all, so that --dry-run tells it too.
std::string loss_text(const Checkpoint& checkpoint, const cli::OutputOptions& output) {
  if (output.is_in_place) {
    formats::require_in_place(checkpoint.document);
    return "";
  }
  if (!output.path) return "";
  const std::vector<std::string> lost = within(output.path->string(), [&] {
    return find_losses(checkpoint.document, formats::format_of_output(*output.path));
  });
  return lost.empty() ? "" : concat("; without ", join(lost, ", "));
}

}  // namespace

void declare_saving(cli::Options& options, cli::OutputOptions& output, cli::InPlace in_place) {
  cli::declare_output(options, output, in_place);
  options.check([&output] {
    if (output.path) formats::refuse_other_ending(*output.path);
  });
}

void finish_edit(const Checkpoint& checkpoint, const cli::OutputOptions& output, const Edit& edit,
                 cli::Console& console) {
  const std::string lost = loss_text(checkpoint, output);
  if (output.is_dry_run) {
    if (output.path) require_free_name(*output.path, output.overwrite);
    return console.say(concat(edit.counts, lost, "; nothing written (--dry-run)"));
  }
  const auto started_at = Clock::now();
  const formats::SaveReport report = save(checkpoint, output, edit.change, console);
  const std::chrono::duration<double> elapsed = Clock::now() - started_at;
  console.say(concat(edit.counts, ", ", render::human_bytes(report.written_bytes),
                     output.is_in_place ? " appended in " : " written in ",
                     render::human_seconds(elapsed.count()), lost));
}

}  // namespace ckpt::commands
