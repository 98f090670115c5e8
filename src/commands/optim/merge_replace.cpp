// a.pt b.pt --replace enc: takes a part of a from b, weights and states.
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/edit/join.hpp"
#include "ckpt/match/pattern.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/model/entry_index.hpp"
#include "ckpt/model/graft.hpp"
#include "ckpt/model/view.hpp"
#include "ckpt/optim/flatten.hpp"
#include "commands/optim/merge.hpp"
#include "commands/shared/saving.hpp"
#include "commands/shared/tensor_rows.hpp"

namespace ckpt::commands {

namespace {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tree;

optim::Unmapped unmapped(StateChoice state) {
  return state == StateChoice::fresh ? optim::Unmapped::fresh : optim::Unmapped::keep;
}

constexpr std::string_view without_states = "optim drop leaves an optimizer out";

optim::TransplantSide side_of_file(const Checkpoint& checkpoint, const NamingOptions& naming) {
  return {.identify = identify_options(naming),
          .file = checkpoint.path.string(),
          .settling = {.otherwise = std::string(without_states)},
          .hint = concat("options about ids are about ", checkpoint.path.string())};
}

/// No option here concerns the ids of the other file.
optim::TransplantSide side_of_other(const Checkpoint& other) {
  return {.file = other.path.string(),
          .settling = {.how = concat("decided by names in the file: ckpt optim names ",
                                     other.path.string(), " -o OUT and one of"),
                       .otherwise = std::string(without_states)}};
}

std::vector<optim::Transfer> chosen(const Checkpoint& checkpoint, const Checkpoint& other,
                                    match::PatternSet& patterns) {
  std::vector<optim::Transfer> transfers;
  const Tree& tree = checkpoint.tree();
  const model::EntryIndex index(tree, checkpoint.root.node);
  const model::EntryIndex other_index(other.tree(), other.root.node);
  for (const Entry& entry : tree.entries(checkpoint.root.node)) {
    if (!tree.is(entry.key, Kind::text)) continue;
    const std::string key(tree.text(entry.key));
    if (!patterns.matches({key, key})) continue;
    if (other_index.find(key) == model::no_node)
      throw Error(ErrorKind::conflict, concat(other.path.string(), ": has no key ", quote(key)));
    transfers.push_back({key, key});
  }
  for (const Entry& entry : other.tree().entries(other.root.node)) {
    if (!other.tree().is(entry.key, Kind::text)) continue;
    const std::string key(other.tree().text(entry.key));
    if (patterns.matches({key, key}) && index.find(key) == model::no_node)
      throw Error(ErrorKind::conflict,
                  concat(checkpoint.path.string(), ": has no key ", quote(key), " to be replaced"));
  }
  return transfers;
}

/// The values for the keys, and the views of FILE that change with them: names that FILE ties stay
/// tied, so all of them get the value that one of them gets.
class Replacements {
 public:
  Replacements(const Checkpoint& checkpoint, const Checkpoint& other,
               const std::vector<optim::Transfer>& transfers)
      : tree_(checkpoint.tree()) {
    const model::EntryIndex index(tree_, checkpoint.root.node);
    const model::EntryIndex other_index(other.tree(), other.root.node);
    for (const optim::Transfer& transfer : transfers) {
      const NodeId value = other_index.find(transfer.from);
      by_name_.emplace(transfer.to, value);
      const auto view = find_view(index.find(transfer.to));
      if (!view) continue;
      const auto [first, is_new] = by_view_.try_emplace(*view, Replaced{transfer.to, value});
      if (!is_new && !is_one(other.tree(), first->second.value, value)) split_.insert(*view);
    }
  }

  /// The value for an entry of FILE; nothing when it keeps its own. Reports entries that change
  /// along.
  std::optional<NodeId> find(const std::string& key, NodeId value,
                             std::vector<std::string>& remarks) const {
    if (const auto named = by_name_.find(key); named != by_name_.end()) return named->second;
    const auto view = find_view(value);
    const auto tied = view ? by_view_.find(*view) : by_view_.end();
    if (tied == by_view_.end()) return std::nullopt;
    if (split_.contains(*view))
      throw Error(ErrorKind::conflict,
                  concat(quote(key), " is tied to ", quote(tied->second.name),
                         " and another name, which get different tensors"),
                  concat("--replace '", key, "' takes it from the other file too"));
    remarks.push_back(concat(quote(key), " is tied to ", quote(tied->second.name),
                             ", which is replaced, and changes along"));
    return tied->second.value;
  }

 private:
  struct Replaced {
    std::string name;
    NodeId value = model::no_node;
  };

  std::optional<model::ViewKey> find_view(NodeId node) const {
    if (node == model::no_node || !tree_.is(node, Kind::tensor)) return std::nullopt;
    return model::find_view_key(tree_.tensor(node));
  }

  static bool is_one(const Tree& tree, NodeId a, NodeId b) {
    return a == b || (tree.is(a, Kind::tensor) && tree.is(b, Kind::tensor) &&
                      model::is_same_view(tree.tensor(a), tree.tensor(b)));
  }

  const Tree& tree_;
  std::unordered_map<std::string, NodeId> by_name_;
  std::map<model::ViewKey, Replaced> by_view_;
  std::set<model::ViewKey> split_;
};

std::vector<std::string> take_values(Checkpoint& checkpoint, const Checkpoint& other,
                                     const std::vector<optim::Transfer>& transfers) {
  const Replacements replacements(checkpoint, other, transfers);
  std::vector<std::string> remarks;
  std::vector<std::pair<std::string, NodeId>> taken;
  for (const model::TextEntry& entry :
       model::text_entries(checkpoint.tree(), checkpoint.root.node)) {
    std::string key(entry.name);
    if (const auto value = replacements.find(key, entry.value, remarks))
      taken.emplace_back(std::move(key), *value);
  }
  model::Graft graft(checkpoint.tree(), other.tree());
  std::map<std::string, NodeId> values;
  for (const auto& [key, value] : taken) values.emplace(key, graft.copy(value));
  edit::replace_values(checkpoint.tree(), checkpoint.root, values);
  return remarks;
}

}  // namespace

cli::ExitCode replace_part(const MergeOptions& merge, cli::Console& console) {
  Checkpoint checkpoint = open_target(merge.files[0]);
  Checkpoint other = open_other(merge.files[1]);
  const std::vector<NodeId> flattened = optim::unflatten_optimizers(checkpoint.tree());
  optim::unflatten_optimizers(other.tree());
  match::PatternSet patterns(merge.replace);
  const std::vector<optim::Transfer> transfers = chosen(checkpoint, other, patterns);
  refuse_unused(patterns, checkpoint, "--replace");
  const optim::MergeReport report = optim::transplant_states(
      checkpoint.tree(), checkpoint.root, other.tree(), other.root, transfers,
      {.unmapped = unmapped(merge.state),
       .target = side_of_file(checkpoint, merge.naming),
       .source = side_of_other(other),
       .trust = merge.naming.is_strict ? optim::Trust::proved : optim::Trust::assumed});
  say_remarks(report, console);
  detach_modules(other);
  for (const std::string& remark : take_values(checkpoint, other, transfers))
    console.say(concat(checkpoint.path.string(), ": ", remark));
  assign_hyperparameters(checkpoint.tree(), merge.hyper);
  for (const NodeId optimizer : flattened) optim::flatten_optimizer(checkpoint.tree(), optimizer);
  finish_edit(checkpoint, merge.output,
              {Change::some,
               concat(counted(transfers.size(), "tensor"), " replaced, ",
                      counted(report.taken, "state"), " with them, ", report.fresh, " fresh")},
              console);
  return cli::ExitCode::done;
}

}  // namespace ckpt::commands
