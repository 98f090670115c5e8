// ckpt remap: give the tensors of a state dict other names; their bytes stay where they are.
#include "commands/remap.hpp"

#include <array>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/rename.hpp"
#include "ckpt/model/edit.hpp"
#include "cli/common_options.hpp"
#include "commands/checkpoint.hpp"
#include "commands/concatenate.hpp"
#include "commands/key_order.hpp"
#include "commands/optim_options.hpp"
#include "commands/saving.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_remap{
    cli::Example{"ckpt remap testdata/torch-2.13/wrapped.pt -o clean.pt --strip-wrappers",
                 "names without module. and _orig_mod."},
    cli::Example{"ckpt remap testdata/torch-2.13/plain.pt -o out.pt --map 'fc.*=>head.*' -n",
                 "what a renaming would do"},
};

class Remap : public cli::Command {
 public:
  std::string_view name() const override { return "remap"; }
  std::string_view summary() const override { return "rename tensors: prefixes, wrappers, globs"; }
  std::span<const cli::Example> examples() const override { return examples_of_remap; }

  void declare(cli::Options& options) override {
    options.positional("FILE", file_, "the checkpoint");
    cli::declare_output(options, output_, cli::InPlace::offered);
    options.flag("--strip-wrappers", strips_wrappers_,
                 "drop module., _orig_mod., _fsdp_wrapped_module., ... wherever they stand");
    options.value("--strip-prefix", strip_prefix_, "drop this from the start of names", "PREFIX");
    options.value("--map", maps_, "rename by globs: 'encoder.*=>enc.*'", "OLD=>NEW");
    options.value("--add-prefix", add_prefix_, "put this before every name", "PREFIX");
    options.value("--concat", concats_, "join tensors along their first axis", "NEW=A,B,...");
    options.value("--order", order_, "put the keys into the order of FILE, one name a line",
                  "FILE");
    options.value("--like", like_, "put the keys into the order of another checkpoint", "TEMPLATE");
    options.excludes("--order", "--like");
    cli::declare_root(options, root_);
    declare_treatment(options, treatment_, OrderOption::id_order);
    options.check([this] {
      if (!strips_wrappers_ && strip_prefix_.empty() && maps_.empty() && !add_prefix_ && !order_ &&
          !like_ && concats_.empty())
        throw Error(ErrorKind::usage,
                    "nothing to do: expected --strip-wrappers, --strip-prefix, "
                    "--map, --add-prefix, --order or --like");
    });
  }

  cli::ExitCode run(cli::Console& console) override {
    match::Renaming renaming(rules());
    Checkpoint checkpoint = open_checkpoint(file_, root_);
    const std::size_t renamed =
        within(file_.string(), [&] { return rename(checkpoint, renaming, console); });
    finish_edit(checkpoint, output_, {Change::some, concat(counted(renamed, "tensor"), " renamed")},
                console);
    return cli::ExitCode::done;
  }

 private:
  /// In this order, whatever the order on the command line: what wraps goes first.
  std::vector<match::RenameRule> rules() const {
    std::vector<match::RenameRule> rules;
    if (strips_wrappers_) rules.push_back(match::RenameRule::strip_wrappers());
    for (const std::string& prefix : strip_prefix_)
      rules.push_back(match::RenameRule::strip_prefix(prefix));
    for (const std::string& map : maps_) rules.push_back(match::RenameRule::map(map));
    if (add_prefix_) rules.push_back(match::RenameRule::add_prefix(*add_prefix_));
    return rules;
  }

  std::size_t rename(Checkpoint& checkpoint, match::Renaming& renaming,
                     cli::Console& console) const {
    model::Tree& tree = checkpoint.tree();
    if (!tree.is(checkpoint.root.node, model::Kind::dict))
      throw Error(ErrorKind::conflict, "the root is no dict, so there are no names to change");
    check_rules(checkpoint, renaming, console);
    optim::RootEdit edit = optim::make_root_edit(
        tree, checkpoint.root.node, [&](std::string_view key) { return renaming.renamed(key); });
    for (const std::string& text : concats_) add_concatenation(edit, text);
    if (order_) sort_outputs(edit, read_name_list(*order_));
    if (like_) sort_outputs(edit, keys_like(*like_));
    carry_along(checkpoint, edit, treatment_, console);
    const auto span = tree.entries(checkpoint.root.node);
    const std::vector<model::Entry> before(span.begin(), span.end());
    const std::size_t renamed = model::rename_keys(
        tree, checkpoint.root.node, [&](std::string_view key) { return renaming.renamed(key); });
    if (!concats_.empty())
      tree.set_entries(checkpoint.root.node, edited_entries(tree, before, edit));
    else if (order_ || like_)
      sort_entries(tree, checkpoint.root.node, edit);
    if (renamed == 0 && concats_.empty() && !order_ && !like_)
      throw Error(ErrorKind::conflict, "no name would change");
    return renamed;
  }

  /// Every rule must apply somewhere.
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

  std::filesystem::path file_;
  cli::OutputOptions output_;
  bool strips_wrappers_ = false;
  std::vector<std::string> strip_prefix_;
  std::vector<std::string> maps_;
  std::optional<std::string> add_prefix_;
  std::optional<std::string> root_;
  std::vector<std::string> concats_;
  std::optional<std::filesystem::path> order_;
  std::optional<std::filesystem::path> like_;
  TreatmentOptions treatment_;
};

}  // namespace

std::unique_ptr<cli::Command> make_remap() { return std::make_unique<Remap>(); }

}  // namespace ckpt::commands
