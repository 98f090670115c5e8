#include "commands/match.hpp"

#include <array>

#include "ckpt/base/atomic_file.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "cli/common_options.hpp"
#include "commands/match_json.hpp"
#include "commands/match_report.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_match{
    cli::Example{"ckpt match testdata/torch-2.13/wrapped.pt testdata/torch-2.13/plain.pt",
                 "which tensor is which"},
};

class Match : public cli::Command {
 public:
  std::string_view name() const override { return "match"; }
  std::string_view summary() const override { return "which tensors of A are which of B"; }
  std::span<const cli::Example> examples() const override { return examples_of_match; }

  void declare(cli::Options& options) override {
    options.positional("A", a_, "the checkpoint whose names are to change");
    options.positional("B", b_, "a checkpoint that has the names wanted");
    options.value("--rules", rules_, "write the rules that ckpt remap takes", "OUT");
    cli::declare_root(options, root_);
    cli::declare_printing(options, print_);
  }

  cli::ExitCode run(cli::Console& console) override {
    MatchReport report{open_matched_side(a_, root_), open_matched_side(b_, root_)};
    report.alignment = match::align(report.a.tensors, report.b.tensors);
    report.rules = match::make_rules(report.alignment, report.a.tensors, report.b.tensors);
    if (rules_) {
      const std::string text = match::rule_file_text(report.alignment, report.rules,
          report.a.tensors, report.b.tensors, match::OpenPairs::as_comments);
      AtomicFile file(*rules_, Overwrite::yes);
      file.write(as_bytes(text));
      file.commit();
    }
    if (print_.is_json) print_match_json(report, console);
    return cli::ExitCode::done;
  }

 private:
  std::filesystem::path a_, b_;
  std::optional<std::filesystem::path> rules_;
  std::optional<std::string> root_;
  cli::PrintOptions print_;
};

}  // namespace

std::unique_ptr<cli::Command> make_match() { return std::make_unique<Match>(); }

}  // namespace ckpt::commands
