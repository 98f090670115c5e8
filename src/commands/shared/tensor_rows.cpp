// One walk collects the rows. The name of a row is made only when it is printed or matched, because
// keys may be long and trees deep.

#include "commands/shared/tensor_rows.hpp"

#include <map>
#include <optional>
#include <unordered_set>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/view.hpp"
#include "ckpt/model/walk.hpp"

namespace ckpt::commands {

namespace {

using model::Kind;
using model::NodeId;

/// Finds the row that showed a view of a storage first. Most storages have one view, so a table is
/// made only for storages with a second one.
class FirstViews {
 public:
  explicit FirstViews(const model::Tree& tree)
      : tree_(tree), first_of_storage_(tree.storages().size()) {}

  /// The row that shows the same view as `node`; nothing when there is none, and `row` becomes it.
  std::optional<std::size_t> find_or_add(NodeId node, std::size_t row) {
    const model::Tensor& tensor = tree_.tensor(node);
    const bool is_view =
        tensor.form == model::TensorForm::strided && tensor.storage != model::no_storage;
    if (!is_view || model::element_count(tensor.layout.shape) == 0) return std::nullopt;
    View& first = first_of_storage_[static_cast<std::size_t>(tensor.storage)];
    if (first.node == model::no_node) {
      first = {node, row};
      return std::nullopt;
    }
    if (model::is_same_view(tree_.tensor(first.node), tensor)) return first.row;
    const auto [known, is_new] = others_.try_emplace(*model::find_view_key(tensor), row);
    return is_new ? std::nullopt : std::optional(known->second);
  }

 private:
  struct View {
    NodeId node = model::no_node;
    std::size_t row = 0;
  };

  const model::Tree& tree_;
  std::vector<View> first_of_storage_;
  std::map<model::ViewKey, std::size_t> others_;
};

/// Suggestions for a pattern: keys of the root and the modules above them, and paths behind a
/// colon. Limited in number and length.
class PossiblePatterns {
 public:
  explicit PossiblePatterns(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  std::vector<std::string> collect() {
    match::PatternSet all;
    TensorRows found = collect_tensor_rows(checkpoint_, Scope::root, all);
    for (const TensorRow& row : found.rows) add_key(text_of(found, row));
    found = collect_tensor_rows(checkpoint_, Scope::whole_tree, all);
    for (const TensorRow& row : found.rows)
      if (!row.is_root_entry) add_path(text_of(found, row));
    return std::move(patterns_);
  }

 private:
  static constexpr std::size_t most_patterns = 100'000;
  static constexpr std::size_t deepest = 100;  // steps, each of two bytes or more

  std::string text_of(const TensorRows& found, const TensorRow& row) const {
    // The texts of deep places are long: none is compared with what was written.
    const bool is_deep = !row.is_root_entry && found.places.depth(row.place) > deepest;
    if (patterns_.size() >= most_patterns || (is_deep && !patterns_.empty())) return {};
    return short_key_of(checkpoint_.tree(), found.places, row);
  }

  void add(std::string pattern) {
    if (known_.insert(pattern).second) patterns_.push_back(std::move(pattern));
  }

  void add_key(const std::string& key) {
    if (key.empty()) return;
    add(key);
    for (std::size_t dot = key.find('.'); dot != std::string::npos; dot = key.find('.', dot + 1))
      add(key.substr(0, dot));
  }

  void add_path(const std::string& path) {
    if (path.empty() || known_.contains(path)) return;
    add(path.find(':') == std::string::npos ? concat(':', path) : path);
  }

  const Checkpoint& checkpoint_;
  std::vector<std::string> patterns_;
  std::unordered_set<std::string> known_;
};

/// What the user may have meant by a pattern that matches nothing.
std::string hint_about(const std::string& pattern, const Checkpoint& checkpoint) {
  const model::Tree& tree = checkpoint.tree();
  const bool has_neighbours = !checkpoint.root.path.empty() && tree.is(tree.root(), Kind::dict);
  if (has_neighbours && tree.find(tree.root(), pattern) != model::no_node)
    return concat("an entry at the top is written with a colon: ':", pattern, "'");
  const std::vector<std::string> possible = PossiblePatterns(checkpoint).collect();
  std::string hint = did_you_mean(find_closest(pattern, possible));
  const std::string before = concat(path_text(tree, checkpoint.root.path), '.');
  if (hint.empty() && has_neighbours && pattern.starts_with(before))
    hint = did_you_mean(find_closest(pattern.substr(before.size()), possible));
  if (hint.empty() && !possible.empty()) hint = concat("the first key is ", quote(possible[0]));
  return hint;
}

}  // namespace

TensorRows collect_tensor_rows(const Checkpoint& checkpoint, Scope scope,
                               match::PatternSet& patterns) {
  const model::Tree& tree = checkpoint.tree();
  const bool is_whole = scope == Scope::whole_tree;
  const model::KeyPath& root_path = checkpoint.root.path;
  TensorRows found;
  const model::PlaceId top = is_whole ? model::Places::top : found.places.add_path(root_path);
  match::SeenPaths seen_paths(tree, checkpoint.root, patterns);
  if (!is_whole) seen_paths.begin_at_root();
  FirstViews first_views(tree);
  model::Walk walk(tree, is_whole ? tree.root() : checkpoint.root.node, model::tensors_of(tree));
  model::KeyPath path = is_whole ? model::KeyPath{} : root_path;
  const std::size_t start = path.size();
  while (walk.next()) {
    // The path from the top is the path of the start, then that of the walk.
    path.resize(start + walk.depth());
    if (walk.depth() > 0) path.back() = walk.path().back();
    seen_paths.follow(path);
    if (!tree.is(walk.node(), Kind::tensor)) continue;
    if (!patterns.is_empty() && !patterns.matches(seen_paths.seen(path))) continue;
    found.rows.push_back(
        {.node = walk.node(),
         .place = walk.place(found.places, top),
         .is_root_entry = path.size() == root_path.size() + 1 && seen_paths.is_below_root(path),
         .role = model::role_of(tree, path, tree.tensor(walk.node())),
         .same_as = first_views.find_or_add(walk.node(), found.rows.size())});
  }
  return found;
}

void refuse_file_as_pattern(const std::string& pattern, std::string_view taken) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(pattern, ignored)) return;
  throw Error(ErrorKind::usage, concat(quote(pattern), " is a file, and no pattern; ", taken),
              "several files: ckpt info, ckpt hash, ckpt check, or a loop");
}

void refuse_unused(const match::PatternSet& patterns, const Checkpoint& checkpoint,
                   std::string_view option) {
  const std::vector<std::string> unused = patterns.unused();
  if (unused.empty()) return;
  throw Error(ErrorKind::usage, concat(option, ' ', quote(unused.front()), " matches nothing"),
              hint_about(unused.front(), checkpoint));
}

}  // namespace ckpt::commands
