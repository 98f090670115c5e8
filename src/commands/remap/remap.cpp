// ckpt remap: turns the tensors of one model into those of another. Options change names only;
// rules change names, shapes and values.
#include "commands/commands.hpp"

#include <algorithm>
#include <array>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/edit/apply.hpp"
#include "ckpt/match/presets.hpp"
#include "ckpt/match/rename.hpp"
#include "cli/common_options.hpp"
#include "cli/output_files.hpp"
#include "commands/remap/inputs.hpp"
#include "commands/remap/key_order.hpp"
#include "commands/remap/rules.hpp"
#include "commands/shared/checkpoint.hpp"
#include "commands/shared/optim_options.hpp"
#include "commands/shared/prefixes.hpp"
#include "commands/shared/rule_options.hpp"
#include "commands/shared/saving.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_remap{
    cli::Example{"ckpt remap testdata/torch-2.13/wrapped.pt -o clean.pt --strip-wrappers",
                 "names without module. and _orig_mod."},
    cli::Example{"ckpt remap testdata/torch-2.13/plain.pt -o out.pt --map 'fc.*=>head.*' -n",
                 "what a renaming would do"},
    cli::Example{
        "ckpt remap testdata/torch-2.13/plain.pt -o rows.pt -e 'fc.* -> fc.{a,b,c}.* | split(0)' "
        "-e 'keep **'",
        "one layer cut into three"},
    cli::Example{"ckpt remap testdata/torch-2.13/plain.pt -o half.pt -e '** -> ** | cast(bf16)'",
                 "every tensor as bfloat16"},
};

bool starts_with_digit(const std::string& key) {
  return !key.empty() && key.front() >= '0' && key.front() <= '9';
}

class Remap : public cli::Command {
 public:
  std::string_view name() const override { return "remap"; }
  std::string_view summary() const override {
    return "rename and reshape tensors: prefixes, globs, rules";
  }
  std::span<const cli::Example> examples() const override { return examples_of_remap; }

  void declare(cli::Options& options) override {
    options.positionals("FILE", files_, cli::Count::any,
                        "the checkpoint; with rules, several: its shards");
    options.value("--in", named_inputs_,
                  "an input of which the keys begin with PREFIX; {r} counts the files: "
                  "rank{r}/=consolidated.{r:02}.pth",
                  "PREFIX=FILE");
    // Listing presets is no edit: checked before declare_saving() asks for an output.
    options.check([this] {
      output_.is_dry_run = output_.is_dry_run || lists_presets();
      if (files_.empty() && named_inputs_.empty() && !lists_presets())
        throw Error(ErrorKind::usage, "expected FILE", "usage: ckpt remap [OPTIONS] FILE...");
    });
    declare_saving(options, output_, cli::InPlace::offered);
    declare_rules(options, rules_);
    options.group("rules");
    declare_rule_use(options, use_);
    options.flag("--require-reversible", must_be_reversible_,
                 "refuse when some key would not come back");
    options.group("names alone");
    options.flag("--strip-wrappers", strips_wrappers_,
                 "drop module., _orig_mod., _fsdp_wrapped_module., ... wherever they stand");
    options.value("--strip-prefix", strip_prefix_, "drop this from the start of names", "PREFIX");
    options.value("--map", maps_, "rename by globs: 'encoder.*=>enc.*'", "OLD=>NEW");
    options.value("--add-prefix", add_prefix_, "put this before every name", "PREFIX");
    options.group("options");
    options.value("--order", order_, "put the keys into the order of FILE, one name a line",
                  "FILE");
    options.value(
        "--like", like_,
        "put the keys into the order of another checkpoint; with rules, hold keys, shapes "
        "and dtypes against it",
        "TEMPLATE");
    options.excludes("--order", "--like");
    cli::declare_root(options, root_);
    declare_treatment(options, treatment_, ShortNames::strict_only);
    options.check([this] { refuse_contradictions(); });
  }

  cli::ExitCode run(cli::Console& console) override {
    if (lists_presets()) return list_presets(console);
    if (rules_.are_given()) return remap_by_rules(console);
    match::Renaming renaming(rules());
    Checkpoint checkpoint = open_checkpoint(files_.front(), root_);
    const Edit edit = within(files_.front().string(), [&] {
      require_names_to_edit(checkpoint);
      return rename(checkpoint, renaming, console);
    });
    finish_edit(checkpoint, output_, edit, console);
    return cli::ExitCode::done;
  }

 private:
  bool lists_presets() const { return rules_.preset == "list"; }

  bool renames() const {
    return strips_wrappers_ || !strip_prefix_.empty() || !maps_.empty() || add_prefix_;
  }

  void refuse_contradictions() const {
    const bool has_several = files_.size() > 1 || !named_inputs_.empty();
    if (has_several && output_.is_in_place)
      throw Error(ErrorKind::usage, "--in-place: expected one FILE, got several",
                  "-o FILE writes the joined model");
    const bool is_about_rules = use_.is_given() || must_be_reversible_ ||
                                !rules_.parameters.definitions.empty() || rules_.parameters.config;
    if (rules_.are_given() && renames())
      throw Error(ErrorKind::usage,
                  "--strip-wrappers, --strip-prefix, --map and --add-prefix do "
                  "not go with rules",
                  "a rule does it too: -e 'module.** -> **'");
    if (rules_.are_given()) return;
    if (is_about_rules)
      throw Error(ErrorKind::usage,
                  "--reverse, --require-reversible, --keep-unmatched, -D and "
                  "--config need --rules, -e or --preset");
    if (has_several)
      throw Error(ErrorKind::usage,
                  "several inputs are joined by rules: expected --rules, -e or "
                  "--preset");
    if (!renames() && !order_ && !like_)
      throw Error(ErrorKind::usage,
                  "nothing to do: expected --rules, -e, --preset, --strip-wrappers, "
                  "--strip-prefix, --map, --add-prefix, --order or --like");
  }

  static cli::ExitCode list_presets(cli::Console& console) {
    for (const match::Preset& preset : match::presets())
      console.out(concat(preset.name, "\n    ", match::preset_summary(preset), "\n"));
    return cli::ExitCode::done;
  }

  void refuse_named_input_as_output(const std::vector<Input>& inputs) const {
    if (!output_.path) return;
    std::vector<std::filesystem::path> files;
    for (const Input& input : inputs) files.push_back(input.path);
    cli::refuse_input_as_output(*output_.path, files);
  }

  cli::ExitCode remap_by_rules(cli::Console& console) {
    RuleRun rule_run{.loaded = load_rules(rules_),
                     .use = use_,
                     .must_be_reversible = must_be_reversible_,
                     .prints_plan = output_.is_dry_run,
                     .like = like_,
                     .order = order_,
                     .treatment = treatment_};
    // Report malformed rules before opening files.
    if (match::has_errors(rule_run.loaded.rules.problems)) {
      report_problems(rule_run.loaded.rules.problems, rule_run.loaded.origin, console);
      return cli::ExitCode::not_done;
    }
    const std::vector<Input> inputs = list_inputs(files_, named_inputs_, rule_run.loaded.rules);
    refuse_named_input_as_output(inputs);
    Checkpoint checkpoint = open_checkpoint(inputs.front().path, root_);
    std::vector<Checkpoint> others;
    for (std::size_t i = 1; i < inputs.size(); ++i)
      others.push_back(open_for_reading(inputs[i].path, root_));
    within(inputs.front().path.string(), [&] { require_names_to_edit(checkpoint); });
    for (Checkpoint& other : others) {
      within(other.path.string(), [&] { require_names_to_edit(other); });
      detach_modules(other);
    }
    const bool is_joined = inputs.size() > 1 || !inputs.front().prefix.empty();
    if (is_joined) rule_run.joined = join_inputs(inputs, checkpoint, others);
    std::optional<Edit> edit = within(inputs.front().path.string(),
                                      [&] { return run_rules(checkpoint, rule_run, console); });
    if (!edit) return cli::ExitCode::not_done;
    if (is_joined) edit->change = Change::some;
    finish_edit(checkpoint, output_, *edit, console);
    return cli::ExitCode::done;
  }

  /// Always in this order, whatever the order on the command line: wrappers are removed first.
  std::vector<match::RenameRule> rules() const {
    std::vector<match::RenameRule> rules;
    if (strips_wrappers_) rules.push_back(match::RenameRule::strip_wrappers());
    for (const std::string& prefix : strip_prefix_)
      rules.push_back(match::RenameRule::strip_prefix(prefix));
    for (const std::string& map : maps_) rules.push_back(match::RenameRule::map(map));
    if (add_prefix_) rules.push_back(match::RenameRule::add_prefix(*add_prefix_));
    return rules;
  }

  Edit rename(Checkpoint& checkpoint, match::Renaming& renaming, cli::Console& console) const {
    model::Tree& tree = checkpoint.tree();
    if (!tree.is(checkpoint.root.node, model::Kind::dict))
      throw Error(ErrorKind::conflict, "the root is no dict, so there are no names to change");
    check_rules(checkpoint, renaming, console);
    const bool is_sorted = order_ || like_;
    edit::RootEdit edit = edit::make_root_edit(
        tree, checkpoint.root.node, [&](std::string_view key) { return renaming.renamed(key); });
    if (!is_sorted && std::ranges::none_of(edit.outputs, is_renamed))
      throw Error(ErrorKind::conflict, "no name would change");
    if (order_) sort_outputs(edit, read_name_list(*order_).names);
    if (like_) sort_outputs(edit, keys_like(*like_));
    const std::optional<std::string> prefix_remark = find_prefix_remark(checkpoint);
    const edit::Report report =
        edit::apply(tree, checkpoint.root, edit, {.carry = carry_options(treatment_)});
    say_remarks(report.followers, console);
    if (prefix_remark) console.say(*prefix_remark);
    return counted_edit(report, is_sorted);
  }

  /// A dot that was forgotten. Text without one is no error: 'layer' before '0.weight'.
  std::optional<std::string> find_prefix_remark(const Checkpoint& checkpoint) const {
    const model::Tree& tree = checkpoint.tree();
    for (const model::Entry& entry : tree.entries(checkpoint.root.node)) {
      if (!tree.is(entry.key, model::Kind::text)) continue;
      const std::string key(tree.text(entry.key));
      std::optional<std::string> remark;
      if (add_prefix_ && strip_prefix_.empty() && maps_.empty() && !starts_with_digit(key))
        remark = added_prefix_remark(*add_prefix_, key);
      if (!add_prefix_ && strip_prefix_.size() == 1 && maps_.empty())
        remark = stripped_prefix_remark(strip_prefix_.front(), key);
      if (remark) return remark;
    }
    return std::nullopt;
  }

  static bool is_renamed(const edit::Output& output) {
    return output.name != output.sources.front();
  }

  static Edit counted_edit(const edit::Report& report, bool is_sorted) {
    const std::size_t renamed = report.renamed_tensors + report.renamed_others;
    std::string counts = concat(counted(report.renamed_tensors, "tensor"), " renamed");
    if (report.renamed_others > 0)
      counts += concat(", ", counted(report.renamed_others, "other value"), " renamed");
    if (!is_sorted) return {Change::some, std::move(counts)};
    const std::string order = concat(counted(report.moved, "key"), " at another place");
    return {renamed + report.moved > 0 ? Change::some : Change::none,
            renamed > 0 ? concat(counts, ", ", order) : order};
  }

  /// Every rule must apply to some key.
  void check_rules(const Checkpoint& checkpoint, match::Renaming& renaming,
                   cli::Console& console) const {
    const model::Tree& tree = checkpoint.tree();
    std::vector<std::string> keys;
    for (const model::Entry& entry : tree.entries(checkpoint.root.node)) {
      if (!tree.is(entry.key, model::Kind::text)) continue;
      keys.emplace_back(tree.text(entry.key));
      print_renamed(keys.back(), renaming.rename(keys.back()), console);
    }
    const std::vector<std::string> unused = renaming.unused();
    if (!unused.empty())
      throw Error(ErrorKind::usage,
                  concat(unused.front(), " applies to none of ", counted(keys.size(), "key")),
                  keys.empty() ? "" : concat("the first key is ", quote(keys.front())));
  }

  void print_renamed(const std::string& before, const std::string& after,
                     cli::Console& console) const {
    if (!output_.is_dry_run || before == after) return;
    console.out(concat(render::escaped(before, console.escaping()), " => ",
                       render::escaped(after, console.escaping()), "\n"));
  }

  std::vector<std::filesystem::path> files_;
  std::vector<std::string> named_inputs_;
  cli::OutputOptions output_;
  bool strips_wrappers_ = false;
  std::vector<std::string> strip_prefix_;
  std::vector<std::string> maps_;
  std::optional<std::string> add_prefix_;
  std::optional<std::string> root_;
  RuleOptions rules_;
  RuleUse use_;
  bool must_be_reversible_ = false;
  std::optional<std::filesystem::path> order_;
  std::optional<std::filesystem::path> like_;
  TreatmentOptions treatment_;
};

}  // namespace

std::unique_ptr<cli::Command> make_remap() { return std::make_unique<Remap>(); }

}  // namespace ckpt::commands
