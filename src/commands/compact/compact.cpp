// ckpt compact: writes the same tensors without the bytes of storages that no tensor sees.
#include "commands/commands.hpp"

#include <array>

#include "ckpt/base/text.hpp"
#include "ckpt/render/size_text.hpp"
#include "ckpt/tensor/compact.hpp"
#include "cli/common_options.hpp"
#include "commands/shared/checkpoint.hpp"
#include "commands/shared/saving.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_compact{
    cli::Example{"ckpt compact testdata/torch-2.13/views.pt -o small.pt",
                 "views that no longer drag whole storages along"},
    cli::Example{"ckpt compact testdata/torch-2.13/views.pt -n", "how much that would save"},
};

class Compact : public cli::Command {
 public:
  std::string_view name() const override { return "compact"; }
  std::string_view summary() const override { return "drop bytes that no tensor sees"; }
  std::span<const cli::Example> examples() const override { return examples_of_compact; }

  void declare(cli::Options& options) override {
    options.positional("FILE", file_, "the checkpoint");
    declare_saving(options, output_);
  }

  cli::ExitCode run(cli::Console& console) override {
    Checkpoint checkpoint{file_, formats::open_document(file_), {}};
    const bool is_wasteful = has_waste(checkpoint.document);
    const tensor::CompactReport report =
        within(file_.string(), [&] { return tensor::compact_storages(checkpoint.tree()); });
    const bool is_changed = report.trimmed_storages > 0 || is_wasteful;
    finish_edit(checkpoint, output_, {is_changed ? Change::some : Change::none, counts(report)},
                console);
    return cli::ExitCode::done;
  }

 private:
  /// What saving leaves out: storages that nothing names, and what edits in place left behind.
  static bool has_waste(const formats::Document& document) {
    return document.origin->unused_bytes(document.tree) > 0 || document.origin->idle_bytes() > 0;
  }

  static std::string counts(const tensor::CompactReport& report) {
    if (report.trimmed_storages == 0) return "no storage to trim";
    return concat(report.trimmed_storages, " of ", counted(report.storages, "storage"),
                  " trimmed by ", render::human_bytes(report.dropped_bytes));
  }

  std::filesystem::path file_;
  cli::OutputOptions output_;
};

}  // namespace

std::unique_ptr<cli::Command> make_compact() { return std::make_unique<Compact>(); }

}  // namespace ckpt::commands
