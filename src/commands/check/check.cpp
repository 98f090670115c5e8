#include "commands/commands.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/diff/parallel.hpp"
#include "ckpt/formats/endings.hpp"
#include "ckpt/model/walk.hpp"
#include "cli/common_options.hpp"
#include "cli/output_files.hpp"
#include "cli/progress_line.hpp"
#include "commands/check/files.hpp"
#include "commands/check/finite.hpp"
#include "commands/check/output.hpp"
#include "commands/check/salvage.hpp"
#include "commands/shared/text_file.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_check{
    cli::Example{"ckpt check testdata/torch-2.13/plain.pt --crc", "every byte is what it was"},
    cli::Example{"ckpt check -r testdata/torch-2.13 --json", "all of a folder, for programs"},
};

std::uint64_t count_tensors(const model::Tree& tree) {
  std::uint64_t count = 0;
  model::Walk walk(tree, tree.root(), model::tensors_of(tree));
  while (walk.next())
    if (tree.is(walk.node(), model::Kind::tensor)) ++count;
  return count;
}

class Check : public cli::Command {
 public:
  std::string_view name() const override { return "check"; }
  std::string_view summary() const override { return "is it whole, is it safe, is it finite"; }
  std::span<const cli::Example> examples() const override { return examples_of_check; }

  void declare(cli::Options& options) override {
    options.positionals("FILE|DIR", given_, cli::Count::one_or_more,
                        "checkpoints, archives of them, or folders");
    options.flag("--crc", depth_, formats::Depth::every_byte,
                 "read every byte, and compare it with its CRC-32");
    options.flag("--globals", detail_, Detail::globals,
                 "list every callable that the pickles name");
    options.flag("--finite", is_finite_wanted_, "look for NaN and infinite elements");
    options.flag("-r,--recursive", recursion_, Recursion::yes, "folders below folders too");
    options.output("--junit", junit_, "write a JUnit report for CI", "FILE");
    options.group("what is left of a broken file");
    options.output("--salvage", salvage_.output, "write the tensors that are still there", "OUT");
    options.value("--fill-from", salvage_.older, "take lost tensors from an older checkpoint",
                  "OTHER");
    options.flag("-f,--force", salvage_.overwrite, Overwrite::yes, "replace OUT");
    options.needs("--fill-from", "--salvage");
    options.needs("--force", "--salvage");
    for (const std::string_view other :
         {"--crc", "--globals", "--finite", "--recursive", "--junit"})
      options.excludes("--salvage", other);
    options.group("options");
    options.check([this] {
      if (salvage_.output && given_.size() != 1)
        throw Error(ErrorKind::usage, "--salvage takes one file at a time");
      if (salvage_.output) formats::refuse_other_ending(*salvage_.output);
    });
    cli::declare_threads(options, threads_);
    cli::declare_printing(options, print_);
  }

  cli::ExitCode run(cli::Console& console) override {
    if (salvage_.output) return salvage(given_.front(), salvage_, print_, console);
    const FilesToCheck files = find_files(given_, recursion_);
    if (files.left_out > 0)
      console.detail(concat(counted(files.left_out, "file"), " not looked at, by their names"));
    if (files.paths.empty()) throw Error(ErrorKind::usage, "found no files to check");
    if (junit_) cli::refuse_input_as_output(*junit_, files.paths);
    const std::vector<FileReport> reports = check_all(files.paths, console);
    print(reports, console);
    if (junit_) write_junit(reports);
    return exit_code(reports);
  }

 private:
  std::vector<FileReport> check_all(const std::vector<std::filesystem::path>& paths,
                                    cli::Console& console) const {
    std::vector<FileReport> reports(paths.size());
    cli::ProgressLine progress(console, 0);
    const unsigned threads = threads_.count_or(diff::usual_thread_count());
    const auto threads_of_file =
        static_cast<unsigned>(std::max<std::size_t>(threads / paths.size(), 1));
    diff::for_each_index(paths.size(), threads, [&](std::size_t i) {
      reports[i] = check_one(paths[i], threads_of_file, progress);
    });
    return reports;
  }

  /// A file that cannot be read must not stop the check of the others.
  FileReport check_one(const std::filesystem::path& path, unsigned thread_count,
                       cli::ProgressLine& progress) const {
    FileReport report{.path = path, .depth = depth_};
    try {
      report.checked = formats::check_file(
          path,
          {.depth = depth_, .on_bytes = [&](std::uint64_t bytes) { progress.advance(bytes); }});
      look_at_tensors(report, thread_count);
    } catch (const Error& error) {
      report.error = error;
    }
    return report;
  }

  /// Closes the document here: it holds a tree and an open file, and a folder may contain more
  /// files than memory or the limit of open files allows.
  void look_at_tensors(FileReport& report, unsigned thread_count) const {
    const auto document = std::exchange(report.checked.document, std::nullopt);
    if (!document) return;
    try {
      report.tensor_count = count_tensors(document->tree);
      if (is_finite_wanted_) report.oddities = find_oddities(*document, thread_count);
      report.has_finite_check = is_finite_wanted_;
    } catch (const Error& error) {
      report.tensors_error = error;  // what its pickles would do is known nevertheless
    }
  }

  void print(const std::vector<FileReport>& reports, cli::Console& console) const {
    if (print_.is_json) return console.out(to_json(reports));
    const TextOptions options{.detail = detail_,
                              .is_verbose = console.verbosity() == cli::Verbosity::verbose,
                              .escaping = console.escaping(),
                              .palette = console.palette()};
    for (const FileReport& report : reports)
      if (console.verbosity() != cli::Verbosity::quiet || !report.is_good())
        console.out(to_text(report, options));
    say_counts(reports, console);
  }

  static void say_counts(const std::vector<FileReport>& reports, cli::Console& console) {
    if (reports.size() < 2) return;
    const auto good = std::ranges::count_if(reports, &FileReport::is_good);
    console.say(concat(counted(reports.size(), "file"), " checked, ", good, " ok"));
  }

  void write_junit(const std::vector<FileReport>& reports) const {
    write_text_file(*junit_, to_junit(reports), Overwrite::yes);
  }

  /// Damage outweighs what ckpt cannot judge, but not what it could not read.
  static cli::ExitCode exit_code(const std::vector<FileReport>& reports) {
    if (std::ranges::any_of(reports, &FileReport::is_unreadable)) return cli::ExitCode::not_done;
    if (std::ranges::all_of(reports, &FileReport::is_good)) return cli::ExitCode::done;
    const bool is_wrong = std::ranges::any_of(reports, [](const FileReport& report) {
      return !report.is_good() && !report.is_unchecked();
    });
    return is_wrong ? cli::ExitCode::no : cli::ExitCode::not_done;
  }

  std::vector<std::filesystem::path> given_;
  formats::Depth depth_ = formats::Depth::structure;
  Detail detail_ = Detail::reasons;
  bool is_finite_wanted_ = false;
  Recursion recursion_ = Recursion::no;
  std::optional<std::filesystem::path> junit_;
  SalvageOptions salvage_;
  cli::ThreadOptions threads_;
  cli::PrintOptions print_;
};

}  // namespace

std::unique_ptr<cli::Command> make_check() { return std::make_unique<Check>(); }

}  // namespace ckpt::commands
