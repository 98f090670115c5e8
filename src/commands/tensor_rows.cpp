#include "commands/tensor_rows.hpp"

#include <optional>
#include <unordered_map>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/walk.hpp"

namespace ckpt::commands {

namespace {

using model::Kind;

/// Which row first showed a view of a storage.
class FirstViews {
 public:
  FirstViews(const model::Tree& tree, const std::vector<TensorRow>& rows)
      : tree_(tree), rows_(rows) {}

  /// The row of the same view, or nothing, and then the next row will be it.
  std::optional<std::size_t> find_or_add(const model::Tensor& tensor) {
    if (tensor.storage == model::no_storage || model::element_count(tensor.layout.shape) == 0)
      return std::nullopt;
    std::vector<std::size_t>& known = rows_by_hash_[hash_of(tensor)];
    for (const std::size_t row : known) {
      const model::Tensor& other = tree_.tensor(rows_[row].node);
      if (other.storage == tensor.storage && other.dtype == tensor.dtype &&
          other.layout == tensor.layout)
        return row;
    }
    known.push_back(rows_.size());
    return std::nullopt;
  }

 private:
  static std::uint64_t hash_of(const model::Tensor& tensor) {
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

  const model::Tree& tree_;
  const std::vector<TensorRow>& rows_;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> rows_by_hash_;
};

/// Paths from the top that begin with the path of the root, without its text being rebuilt.
model::KeyPath joined(const model::KeyPath& root, const model::KeyPath& below) {
  model::KeyPath path = root;
  path.insert(path.end(), below.begin(), below.end());
  return path;
}

}  // namespace

std::vector<TensorRow> collect_tensor_rows(const Checkpoint& checkpoint, Scope scope,
                                           match::PatternSet& patterns) {
  const model::Tree& tree = checkpoint.tree();
  const bool is_whole = scope == Scope::whole_tree;
  std::vector<TensorRow> rows;
  FirstViews first_views(tree, rows);
  model::Walk walk(tree, is_whole ? tree.root() : checkpoint.root.node);
  while (walk.next()) {
    if (!tree.is(walk.node(), Kind::tensor)) continue;
    const model::KeyPath path = is_whole ? walk.path() : joined(checkpoint.root.path, walk.path());
    match::SeenPath seen = match::seen_path(tree, checkpoint.root, path);
    if (!patterns.is_empty() && !patterns.matches(seen.subject())) continue;
    const model::Tensor& tensor = tree.tensor(walk.node());
    TensorRow row{.node = walk.node(),
                  .key = shown_path(tree, checkpoint.root, path),
                  .path = std::move(seen.path),
                  .role = model::role_of(tree, path, tensor),
                  .same_as = first_views.find_or_add(tensor)};
    rows.push_back(std::move(row));
  }
  return rows;
}

void refuse_unused(const match::PatternSet& patterns, const Checkpoint& checkpoint,
                   std::string_view option) {
  const std::vector<std::string> unused = patterns.unused();
  if (unused.empty()) return;
  match::PatternSet all;
  std::vector<std::string> keys;
  for (const TensorRow& row : collect_tensor_rows(checkpoint, Scope::whole_tree, all))
    keys.push_back(row.key);
  throw Error(ErrorKind::usage, concat(option, ' ', quote(unused.front()), " matches nothing"),
              did_you_mean(find_closest(unused.front(), keys)));
}

}  // namespace ckpt::commands
