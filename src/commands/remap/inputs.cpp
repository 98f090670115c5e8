// Joins the state dicts of several files into that of the first, which keeps its other values.

#include "commands/remap/inputs.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/graft.hpp"
#include "ckpt/optim/optimizer.hpp"
#include "commands/remap/named_inputs.hpp"

namespace ckpt::commands {

namespace {

using model::Entry;
using model::Kind;
using model::NodeId;

void refuse_no_dict(const Checkpoint& checkpoint) {
  if (!checkpoint.tree().is(checkpoint.root.node, Kind::dict))
    throw Error(ErrorKind::conflict, concat(checkpoint.path.string(), ": the root is no dict"));
}

void refuse_optimizer(const Checkpoint& checkpoint, std::string_view where) {
  if (!optim::find_optimizers(checkpoint.tree()).empty())
    throw Error(ErrorKind::unsupported, concat(checkpoint.path.string(), ": an optimizer ", where),
                "join the models alone: ckpt filter FILE -o OUT --sections model");
}

class Joiner {
 public:
  explicit Joiner(Checkpoint& first) : first_(first) {}

  void add_own(const Input& input) {
    const auto span = first_.tree().entries(first_.root.node);
    const std::vector<Entry> own(span.begin(), span.end());
    for (const Entry& entry : own) {
      if (first_.tree().is(entry.key, Kind::text)) {
        add(input, first_.tree().text(entry.key), entry.value, entry.key);
      } else {
        entries_.push_back(entry);
      }
    }
  }

  void add_other(const Input& input, const Checkpoint& other) {
    model::Graft graft(first_.tree(), other.tree());
    for (const Entry& entry : other.tree().entries(other.root.node))
      if (other.tree().is(entry.key, Kind::text))
        add(input, other.tree().text(entry.key), graft.copy(entry.value));
  }

  /// The names that came from other files than the first.
  std::unordered_set<std::string> finish() {
    first_.tree().set_entries(first_.root.node, entries_);
    return std::move(newcomers_);
  }

 private:
  /// `own_key` is the node of the key if the state dict has one.
  void add(const Input& input, std::string_view key, NodeId value,
           NodeId own_key = model::no_node) {
    const auto [known, is_new] = origin_.try_emplace(concat(input.prefix, key), &input);
    if (!is_new)
      throw Error(ErrorKind::conflict,
                  concat(quote(known->first), " is in ", known->second->path.string(), " and in ",
                         input.path.string()),
                  "rules for shards of tensors name the file: rank{r:0..n-1}/KEY; --in names it");
    if (own_key == model::no_node) newcomers_.insert(known->first);
    const bool keeps_key = own_key != model::no_node && input.prefix.empty();
    entries_.push_back({keeps_key ? own_key : first_.tree().add_text(known->first), value});
  }

  Checkpoint& first_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, const Input*> origin_;
  std::unordered_set<std::string> newcomers_;
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

bool speaks_of_ranks(const match::RuleSet& rules) {
  return std::ranges::any_of(rules.rules, [](const match::Rule& rule) {
    return std::ranges::any_of(rule.from,
                               [](const match::Template& from) { return speaks_of_ranks(from); });
  });
}

}  // namespace

std::vector<Input> list_inputs(const std::vector<std::filesystem::path>& files,
                               const std::vector<std::string>& named, const match::RuleSet& rules) {
  const bool are_ranks = files.size() > 1 && speaks_of_ranks(rules);
  std::vector<Input> inputs;
  for (const std::filesystem::path& file : files)
    inputs.push_back({file, are_ranks ? concat("rank", inputs.size(), "/") : std::string()});
  for (const std::string& text : named)
    for (Input& input : parse_named_input(text)) inputs.push_back(std::move(input));
  return inputs;
}

std::unordered_set<std::string> join_inputs(const std::vector<Input>& inputs, Checkpoint& first,
                                            const std::vector<Checkpoint>& others) {
  refuse_no_dict(first);
  if (!inputs.front().prefix.empty()) refuse_optimizer(first, "among shards of tensors");
  for (const Checkpoint& other : others) {
    refuse_no_dict(other);
    refuse_optimizer(other, "in an input other than the first");
  }
  Joiner joiner(first);
  joiner.add_own(inputs.front());
  for (std::size_t i = 0; i < others.size(); ++i) joiner.add_other(inputs[i + 1], others[i]);
  return joiner.finish();
}

}  // namespace ckpt::commands
