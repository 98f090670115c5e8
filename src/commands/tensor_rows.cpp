#include "commands/tensor_rows.hpp"

#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/walk.hpp"

namespace ckpt::commands {

namespace {

using model::Kind;
using model::NodeId;

bool is_same_view(const model::Tensor& a, const model::Tensor& b) {
  return a.storage == b.storage && a.dtype == b.dtype && a.layout == b.layout;
}

struct ViewHash {
  const model::Tree& tree;
  std::size_t operator()(NodeId node) const {
    const model::Tensor& tensor = tree.tensor(node);
    constexpr std::uint64_t prime = 0x100000001b3;  // FNV-1a, over numbers instead of bytes
    auto hash = static_cast<std::uint64_t>(tensor.storage) * prime;
    const auto add = [&hash](std::int64_t number) {
      hash = (hash ^ static_cast<std::uint64_t>(number)) * prime;
    };
    add(tensor.layout.offset_elements);
    for (const std::int64_t size : tensor.layout.shape) add(size);
    for (const std::int64_t stride : tensor.layout.stride_elements) add(stride);
    return hash;
  }
};

struct IsSameView {
  const model::Tree& tree;
  bool operator()(NodeId a, NodeId b) const { return is_same_view(tree.tensor(a), tree.tensor(b)); }
};

/// Which row first showed a view of a storage. Most storages have one view, so a table is only
/// made for those that have a second.
class FirstViews {
 public:
  explicit FirstViews(const model::Tree& tree)
      : tree_(tree), first_of_storage_(tree.storages().size()), others_(0, {tree}, {tree}) {}

  /// The row that shows the same view as `node`, or nothing, and then `row` will be it.
  std::optional<std::size_t> find_or_add(NodeId node, std::size_t row) {
    const model::Tensor& tensor = tree_.tensor(node);
    if (tensor.storage == model::no_storage || model::element_count(tensor.layout.shape) == 0)
      return std::nullopt;
    View& first = first_of_storage_[static_cast<std::size_t>(tensor.storage)];
    if (first.node == model::no_node) {
      first = {node, row};
      return std::nullopt;
    }
    if (is_same_view(tree_.tensor(first.node), tensor)) return first.row;
    const auto [known, is_new] = others_.try_emplace(node, row);
    return is_new ? std::nullopt : std::optional(known->second);
  }

 private:
  struct View {
    NodeId node = model::no_node;
    std::size_t row = 0;
  };

  const model::Tree& tree_;
  std::vector<View> first_of_storage_;
  std::unordered_map<NodeId, std::size_t, ViewHash, IsSameView> others_;
};

/// What could have been written instead: keys of the root and the modules above them, paths behind
/// a colon.
std::vector<std::string> possible_patterns(const Checkpoint& checkpoint) {
  match::PatternSet all;
  std::vector<std::string> patterns;
  std::unordered_set<std::string> known;
  const auto add = [&](std::string pattern) {
    if (known.insert(pattern).second) patterns.push_back(std::move(pattern));
  };
  for (const TensorRow& row : collect_tensor_rows(checkpoint, Scope::root, all)) {
    add(row.key);
    for (std::size_t dot = row.key.find('.'); dot != std::string::npos;
         dot = row.key.find('.', dot + 1))
      add(row.key.substr(0, dot));
  }
  for (const TensorRow& row : collect_tensor_rows(checkpoint, Scope::whole_tree, all))
    if (row.key == row.path && !known.contains(row.key))
      add(row.path.find(':') == std::string::npos ? concat(':', row.path) : row.path);
  return patterns;
}

/// What was meant by a pattern that matches nothing.
std::string hint_about(const std::string& pattern, const Checkpoint& checkpoint) {
  const model::Tree& tree = checkpoint.tree();
  const bool has_neighbours = !checkpoint.root.path.empty() && tree.is(tree.root(), Kind::dict);
  if (has_neighbours && tree.find(tree.root(), pattern) != model::no_node)
    return concat("an entry at the top is written with a colon: ':", pattern, "'");
  const std::vector<std::string> possible = possible_patterns(checkpoint);
  std::string hint = did_you_mean(find_closest(pattern, possible));
  const std::string before = concat(path_text(tree, checkpoint.root.path), '.');
  if (hint.empty() && has_neighbours && pattern.starts_with(before))
    hint = did_you_mean(find_closest(pattern.substr(before.size()), possible));
  if (hint.empty() && !possible.empty()) hint = concat("the first key is ", quote(possible[0]));
  return hint;
}

}  // namespace

std::vector<TensorRow> collect_tensor_rows(const Checkpoint& checkpoint, Scope scope,
                                           match::PatternSet& patterns) {
  const model::Tree& tree = checkpoint.tree();
  const bool is_whole = scope == Scope::whole_tree;
  std::vector<TensorRow> rows;
  FirstViews first_views(tree);
  model::Walk walk(tree, is_whole ? tree.root() : checkpoint.root.node);
  const model::KeyPath start = is_whole ? model::KeyPath{} : checkpoint.root.path;
  model::KeyPath path = start;
  while (walk.next()) {
    if (!tree.is(walk.node(), Kind::tensor)) continue;
    path.resize(start.size());
    path.insert(path.end(), walk.path().begin(), walk.path().end());
    if (!patterns.is_empty() &&
        !patterns.matches(match::seen_path(tree, checkpoint.root, path).subject()))
      continue;
    rows.push_back({.node = walk.node(),
                    .key = shown_path(tree, checkpoint.root, path),
                    .path = path_text(tree, path),
                    .role = model::role_of(tree, path, tree.tensor(walk.node())),
                    .same_as = first_views.find_or_add(walk.node(), rows.size())});
  }
  return rows;
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
