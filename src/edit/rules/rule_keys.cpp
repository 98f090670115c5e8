// What rules see: the keys of a state dict, or of several files that they make one of.
#include <unordered_map>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/edit/rule_edit.hpp"
#include "ckpt/model/graft.hpp"
#include "ckpt/optim/optimizer.hpp"

namespace ckpt::edit {

using match::KeyFacts;
using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tree;

namespace {

std::string obstacle_of(const Tree& tree, NodeId value) {
  if (!tree.is(value, Kind::tensor)) return "it is no tensor";
  const model::Tensor& tensor = tree.tensor(value);
  if (tensor.form != model::TensorForm::strided || tensor.storage == model::no_storage)
    return "its elements are not dense (sparse, nested, meta or a subclass)";
  return {};
}

KeyFacts facts_of(const Tree& tree, std::string key, NodeId value) {
  KeyFacts facts{.key = std::move(key)};
  facts.obstacle = obstacle_of(tree, value);
  if (!tree.is(value, Kind::tensor)) return facts;
  facts.shape = tree.tensor(value).layout.shape;
  facts.dtype = tree.tensor(value).dtype;
  return facts;
}

void refuse_no_dict(const JoinedFile& file) {
  if (!file.tree.is(file.root.node, Kind::dict))
    throw Error(ErrorKind::conflict, concat(file.path, ": the root is no dict"));
}

void refuse_optimizer(const JoinedFile& file, std::string_view where) {
  if (!optim::find_optimizers(file.tree).empty())
    throw Error(ErrorKind::unsupported, concat(file.path, ": an optimizer ", where),
                "join the models alone: ckpt filter FILE -o OUT --sections model");
}

class KeyJoiner {
 public:
  explicit KeyJoiner(Tree& tree) : tree_(tree) {}

  void add_own(const JoinedFile& file) {
    for (const Entry& entry : tree_.entries(file.root.node))
      if (tree_.is(entry.key, Kind::text))
        add(file, tree_.text(entry.key),
            {.value = entry.value, .name_in_root = std::string(tree_.text(entry.key))});
  }

  void add_other(const JoinedFile& file) {
    model::Graft graft(tree_, file.tree);
    for (const Entry& entry : file.tree.entries(file.root.node))
      if (file.tree.is(entry.key, Kind::text))
        add(file, file.tree.text(entry.key), {.value = graft.copy(entry.value)});
  }

  RuleKeys take() { return std::move(keys_); }

 private:
  void add(const JoinedFile& file, std::string_view key, RuleSource source) {
    const auto [known, is_new] = file_of_.try_emplace(concat(file.prefix, key), &file);
    if (!is_new)
      throw Error(
          ErrorKind::conflict,
          concat(quote(known->first), " is in ", known->second->path, " and in ", file.path),
          "rules for shards of tensors name the file: rank{r:0..n-1}/KEY; --in names it");
    keys_.facts.push_back(facts_of(tree_, known->first, source.value));
    keys_.sources.push_back(std::move(source));
  }

  Tree& tree_;
  RuleKeys keys_;
  std::unordered_map<std::string, const JoinedFile*> file_of_;
};

}  // namespace

std::vector<KeyFacts> key_facts(const Tree& tree, NodeId state_dict) {
  return rule_keys(tree, state_dict).facts;
}

RuleKeys rule_keys(const Tree& tree, NodeId state_dict) {
  RuleKeys keys;
  if (!tree.is(state_dict, Kind::dict)) return keys;
  for (const Entry& entry : tree.entries(state_dict)) {
    if (!tree.is(entry.key, Kind::text)) continue;
    std::string key(tree.text(entry.key));
    keys.facts.push_back(facts_of(tree, key, entry.value));
    keys.sources.push_back({.value = entry.value, .name_in_root = std::move(key)});
  }
  return keys;
}

RuleKeys join_keys(Tree& tree, const JoinedFile& first, std::span<const JoinedFile> others) {
  refuse_no_dict(first);
  if (!first.prefix.empty()) refuse_optimizer(first, "among shards of tensors");
  for (const JoinedFile& other : others) {
    refuse_no_dict(other);
    refuse_optimizer(other, "in an input other than the first");
  }
  KeyJoiner joiner(tree);
  joiner.add_own(first);
  for (const JoinedFile& other : others) joiner.add_other(other);
  return joiner.take();
}

}  // namespace ckpt::edit
