// ckpt ls: one line per tensor, as a table, an outline or JSON. Reads no tensor bytes unless their
// content is asked for, except when only copies of tied weights tell which parameter an entry of an
// optimizer belongs to.
#include "commands/commands.hpp"

#include <algorithm>
#include <array>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/diff/parallel.hpp"
#include "ckpt/model/describe.hpp"
#include "ckpt/model/walk.hpp"
#include "cli/common_options.hpp"
#include "commands/ls/hash.hpp"
#include "commands/ls/json.hpp"
#include "commands/ls/stats.hpp"
#include "commands/ls/table.hpp"
#include "commands/shared/checkpoint.hpp"
#include "commands/shared/tensor_rows.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_ls{
    cli::Example{"ckpt ls testdata/torch-2.13/training.pt", "the tensors of the model"},
    cli::Example{"ckpt ls testdata/torch-2.13/training.pt --all '**.bias'",
                 "biases, wherever they are in the file"},
};

enum class Sort { file, key, size };

void sort_rows(TensorRows& found, const model::Tree& tree, Sort sort) {
  std::vector<TensorRow>& rows = found.rows;
  // Rows refer to each other by index, so shared views are found again after sorting.
  std::vector<std::size_t> order(rows.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  if (sort == Sort::key)
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
      return found.places.is_text_less(tree, rows[a].place, rows[b].place);
    });
  if (sort == Sort::size)
    std::ranges::stable_sort(order, std::greater{}, [&](std::size_t i) {
      return model::dense_bytes(tree.tensor(rows[i].node));
    });
  std::vector<std::size_t> position(rows.size());
  for (std::size_t i = 0; i < order.size(); ++i) position[order[i]] = i;
  std::vector<TensorRow> sorted;
  sorted.reserve(rows.size());
  for (const std::size_t i : order) {
    sorted.push_back(std::move(rows[i]));
    if (sorted.back().same_as) sorted.back().same_as = position[*sorted.back().same_as];
  }
  rows = std::move(sorted);
}

bool holds_tensors(const model::Tree& tree, model::NodeId node) {
  return find_below(tree, node, model::tensors_of(tree)) != model::no_node;
}

/// The pattern may name something that exists but that ls does not list.
void refuse_other_value(const std::string& pattern, const Checkpoint& checkpoint) {
  const model::Tree& tree = checkpoint.tree();
  const model::NodeId node = find_path(tree, tree.root(), pattern);
  if (node == model::no_node || holds_tensors(tree, node)) return;
  throw Error(ErrorKind::usage,
              concat(quote(pattern), " holds no tensor, it is of type ", type_text(tree, node)),
              concat("ckpt show ", checkpoint.path.string(), ' ', pattern));
}

class Ls : public cli::Command {
 public:
  std::string_view name() const override { return "ls"; }
  std::string_view summary() const override { return "list tensors: key, dtype, shape, size"; }
  std::span<const cli::Example> examples() const override { return examples_of_ls; }

  void declare(cli::Options& options) override {
    options.positional("FILE", file_, "the checkpoint");
    options.positionals("PATTERN", patterns_, cli::Count::any, "which keys (see README, patterns)");
    options.flag("-a,--all", is_all_, "the whole file, values that are no tensors included");
    options.flag("-l,--long", is_long_, "stride, offset, storage, kind and device too");
    options.flag("--hash", is_hashed_, "a hash of the content too: reads the tensors");
    options.flag(
        "--stats", has_stats_,
        "min, max, mean, std and norm of the finite elements, counts of zeros, NaN and Inf "
        "too: reads the tensors");
    options.flag("-t,--tree", is_tree_, "as an outline of modules, with sums");
    options.choice("--sort", sort_,
                   {{"file", Sort::file}, {"key", Sort::key}, {"size", Sort::size}},
                   "order of the lines (default: file)");
    cli::declare_root(options, root_);
    cli::declare_threads(options, threads_);
    cli::declare_printing(options, print_);
    options.excludes("--hash", "--long");
    options.excludes("--hash", "--tree");
    for (const std::string_view other : {"--hash", "--long", "--tree"})
      options.excludes("--stats", other);
    options.excludes("--tree", "--json");
    options.excludes("--tree", "--sort");
  }

  cli::ExitCode run(cli::Console& console) override {
    match::PatternSet patterns(patterns_);
    const bool is_whole = is_all_ || patterns.sees_whole_tree();
    const Checkpoint checkpoint =
        is_all_ ? open_checkpoint(file_, root_) : open_for_reading(file_, root_);
    if (!is_whole) within(file_.string(), [&] { require_tensors(checkpoint); });
    Listing listing{.checkpoint = checkpoint,
                    .tensors = collect_tensor_rows(
                        checkpoint, is_whole ? Scope::whole_tree : Scope::root, patterns)};
    if (is_whole) name_states(listing, console);
    if (is_all_) listing.values = collect_value_rows(checkpoint, patterns);
    const std::vector<std::string> unused = patterns.unused();
    if (!unused.empty()) refuse_file_as_pattern(unused.front(), "ls takes one");
    within(file_.string(), [&] {
      if (!unused.empty()) refuse_other_value(unused.front(), checkpoint);
      refuse_unused(patterns, checkpoint, "pattern");
    });
    if (sort_ != Sort::file) sort_rows(listing.tensors, checkpoint.tree(), sort_);
    if (is_hashed_) hash_listing(listing, thread_count(), console);
    if (has_stats_) compute_listing_statistics(listing, thread_count(), console);
    print(listing, console);
    return cli::ExitCode::done;
  }

 private:
  /// A damaged file is listed too: names that cannot be determined are left out.
  void name_states(Listing& listing, cli::Console& console) const {
    try {
      listing.owners = find_state_owners(listing.checkpoint.tree());
    } catch (const Error& error) {
      console.say(concat(file_.string(), ": names beside states left out: ", error.what()));
    }
  }

  /// Called only when something is read, because it asks the system.
  unsigned thread_count() const { return threads_.count_or(diff::usual_thread_count()); }

  void print(const Listing& listing, cli::Console& console) const {
    if (print_.is_json) return print_listing_json(listing, console);
    if (is_hashed_) return print_listing_hashes(listing, console);
    if (is_tree_) return print_listing_tree(listing, console);
    print_listing_table(listing, is_long_ ? Columns::full : Columns::brief, console);
  }

  std::filesystem::path file_;
  std::vector<std::string> patterns_;
  std::optional<std::string> root_;
  cli::ThreadOptions threads_;
  cli::PrintOptions print_;
  Sort sort_ = Sort::file;
  bool is_all_ = false;
  bool is_long_ = false;
  bool is_hashed_ = false;
  bool has_stats_ = false;
  bool is_tree_ = false;
};

}  // namespace

std::unique_ptr<cli::Command> make_ls() { return std::make_unique<Ls>(); }

}  // namespace ckpt::commands
