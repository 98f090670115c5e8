#include "cli/common_options.hpp"

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::cli {

namespace {

constexpr std::uint64_t most_threads = 1024;

}  // namespace

void declare_output(Options& options, OutputOptions& output, InPlace in_place) {
  options.output("-o,--output", output.path, "write the result to FILE", "FILE");
  if (in_place == InPlace::offered) {
    options.flag("--in-place", output.is_in_place,
                 "change the file itself, at the cost of its metadata");
    options.excludes("--output", "--in-place");
  }
  options.flag("-f,--force", output.overwrite, Overwrite::yes, "replace an existing output");
  options.flag("--no-sync", output.flush, Flush::no,
               "do not wait for the disk: as fast as cp, but not proof against a power cut");
  if (in_place == InPlace::offered) options.excludes("--in-place", "--no-sync");
  options.flag("-n,--dry-run", output.is_dry_run, "print the plan, write nothing");
  declare_threads(options, output.threads);
  options.check([&output, in_place] {
    if (output.path || output.is_in_place || output.is_dry_run) return;
    throw Error(ErrorKind::usage, "--output: expected FILE, got nothing",
                concat("-o FILE names the output",
                       in_place == InPlace::offered ? "; --in-place changes the file itself" : "",
                       "; --dry-run prints the plan and needs none"));
  });
}

void declare_printing(Options& options, PrintOptions& print) {
  options.flag("--json", print.is_json, "print JSON");
}

void declare_threads(Options& options, ThreadOptions& threads) {
  options.value("-j,--threads", threads.count, "work on N threads", "N");
  options.check([&threads] {
    if (!threads.count || (*threads.count >= 1 && *threads.count <= most_threads)) return;
    throw Error(ErrorKind::usage,
                concat("--threads: expected 1 to ", most_threads, ", got ", *threads.count));
  });
}

void declare_root(Options& options, std::optional<std::string>& root) {
  options.value("--root", root, "the mapping that holds the state dict", "PATH");
}

void declare_selection(Options& options, SelectionOptions& selection) {
  options.value("--keep,--include", selection.keep, "only keys that match; may be repeated",
                "PATTERN");
  options.value("--drop,--exclude", selection.drop, "no keys that match; wins over --keep",
                "PATTERN");
}

}  // namespace ckpt::cli
