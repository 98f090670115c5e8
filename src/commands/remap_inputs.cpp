#include "commands/remap_inputs.hpp"

#include <algorithm>
#include <unordered_map>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/graft.hpp"
#include "ckpt/optim/optimizer.hpp"

namespace ckpt::commands {

namespace {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tree;

void refuse_unfit(const Checkpoint& checkpoint) {
  if (!checkpoint.tree().is(checkpoint.root.node, Kind::dict))
    throw Error(ErrorKind::conflict, concat(checkpoint.path.string(), ": the root is no dict"));
  if (!optim::find_optimizers(checkpoint.tree()).empty())
    throw Error(ErrorKind::unsupported,
                concat(checkpoint.path.string(), ": an optimizer among several inputs"),
                "join the models alone: ckpt filter FILE -o OUT --sections model");
}

class Joiner {
 public:
  Joiner(Checkpoint& first, ShardKeys keys) : first_(first), keys_(keys) {}

  void add_own() {
    const auto span = first_.tree().entries(first_.root.node);
    const std::vector<Entry> own(span.begin(), span.end());
    for (const Entry& entry : own) add(first_, entry.key, entry.value);
  }

  void add_other(const Checkpoint& other) {
    ++rank_;
    model::Graft graft(first_.tree(), other.tree());
    for (const Entry& entry : other.tree().entries(other.root.node)) {
      const NodeId value = graft.copy(entry.value);
      add(other,
          other.tree().is(entry.key, Kind::text)
              ? first_.tree().add_text(other.tree().text(entry.key))
              : graft.copy(entry.key),
          value);
    }
  }

  void finish() { first_.tree().set_entries(first_.root.node, entries_); }

 private:
  void add(const Checkpoint& from, NodeId key, NodeId value) {
    Tree& tree = first_.tree();
    if (!tree.is(key, Kind::text)) {
      if (&from == &first_) entries_.push_back({key, value});
      return;
    }
    const std::string text(tree.text(key));
    const std::string name = keys_ == ShardKeys::by_rank ? concat("rank", rank_, "/", text) : text;
    const auto [known, is_new] = origin_.try_emplace(name, &from);
    if (!is_new)
      throw Error(ErrorKind::conflict,
                  concat(quote(name), " is in ", known->second->path.string(), " and in ",
                         from.path.string()),
                  "rules for shards of tensors name the file: rank{r:0..n-1}/KEY");
    entries_.push_back({name == text ? key : tree.add_text(name), value});
  }

  Checkpoint& first_;
  ShardKeys keys_;
  std::size_t rank_ = 0;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, const Checkpoint*> origin_;
};

bool speaks_of_ranks(const match::Template& key_template) {
  if (key_template.empty()) return false;
  const match::TemplateItem& first = key_template.front();
  if (first.kind != match::TemplateItem::Kind::literal || !first.text.starts_with("rank"))
    return false;
  const std::string_view rest = std::string_view(first.text).substr(4);
  if (!rest.empty()) return rest.find_first_not_of("0123456789") == rest.find('/');
  return key_template.size() > 2 && key_template[2].kind == match::TemplateItem::Kind::literal &&
         key_template[2].text.starts_with('/');
}

}  // namespace

ShardKeys shard_keys_of(const match::RuleSet& rules) {
  for (const match::Rule& rule : rules.rules)
    if (std::ranges::any_of(rule.from, speaks_of_ranks)) return ShardKeys::by_rank;
  return ShardKeys::as_they_are;
}

void join_inputs(Checkpoint& first, const std::vector<Checkpoint>& others, ShardKeys keys) {
  refuse_unfit(first);
  for (const Checkpoint& other : others) refuse_unfit(other);
  Joiner joiner(first, keys);
  joiner.add_own();
  for (const Checkpoint& other : others) joiner.add_other(other);
  joiner.finish();
}

}  // namespace ckpt::commands
