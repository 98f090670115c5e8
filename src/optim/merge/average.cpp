// Averages two or more runs of one model: weights, buffers and optimizer states, each by its rule
// (slot_rules.hpp). For SGD the average equals one run on averaged gradients; for adaptive
// optimizers it is a heuristic.
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/model/entry_index.hpp"
#include "ckpt/optim/merge.hpp"
#include "optim/merge/average_states.hpp"
#include "optim/merge/average_tensors.hpp"
#include "optim/merge/joinable.hpp"

namespace ckpt::optim {

using model::Entry;
using model::EntryIndex;
using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

class Averager {
 public:
  Averager(Tree& target, const std::vector<const Tree*>& others, const AverageOptions& options)
      : target_(target), options_(options), trees_{&target} {
    trees_.insert(trees_.end(), others.begin(), others.end());
    for (std::size_t i = 0; i < trees_.size(); ++i)
      weights_.push_back(options.weights.empty() ? 1.0 / static_cast<double>(trees_.size())
                                                 : options.weights[i]);
  }

  void average_roots(const model::Root& root, const std::vector<model::Root>& other_roots) {
    std::vector<NodeId> dicts{root.node};
    for (const model::Root& other : other_roots) dicts.push_back(other.node);
    std::vector<EntryIndex> indices;
    for (std::size_t i = 0; i < dicts.size(); ++i) indices.emplace_back(*trees_[i], dicts[i]);
    for (std::size_t i = 1; i < dicts.size(); ++i)
      refuse_other_keys(dicts[0], indices[0], dicts[i], indices[i], i);
    std::vector<Entry> entries = model::copy_entries(target_, root.node);
    std::vector<NamedMembers> tensors;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (!target_.is(entries[i].key, Kind::text) || !target_.is(entries[i].value, Kind::tensor))
        continue;
      tensors.push_back(members_of(entries[i], indices));
      places.push_back(i);
    }
    const std::vector<NodeId> averaged = average_tensors(target_, tensors, report_.remarks);
    for (std::size_t i = 0; i < places.size(); ++i) entries[places[i]].value = averaged[i];
    target_.set_entries(root.node, entries);
  }

  void average_optimizers() {
    std::vector<std::vector<Optimizer>> found;
    for (const Tree* tree : trees_) found.push_back(find_optimizers(*tree));
    for (std::size_t i = 1; i < found.size(); ++i)
      refuse_other_count(found[0].size(), found[i].size());
    for (std::size_t o = 0; o < found[0].size(); ++o) {
      std::vector<const Optimizer*> members;
      for (const std::vector<Optimizer>& of_file : found) members.push_back(&of_file[o]);
      StateAverager(target_, trees_, weights_, options_).average(members, report_);
    }
  }

  MergeReport take_report() { return std::move(report_); }

 private:
  void refuse_other_keys(NodeId dict, const EntryIndex& index, NodeId other_dict,
                         const EntryIndex& other_index, std::size_t file) const {
    const Tree& other = *trees_[file];
    for (const model::TextEntry entry : model::text_entries(target_, dict))
      if (other_index.find(entry.name) == no_node)
        throw Error(ErrorKind::conflict,
                    concat("file ", file + 1, " has no key ", quote(entry.name)));
    if (other.entries(other_dict).size() == target_.entries(dict).size()) return;
    for (const model::TextEntry entry : model::text_entries(other, other_dict))
      if (index.find(entry.name) == no_node)
        throw Error(ErrorKind::conflict,
                    concat("only file ", file + 1, " has the key ", quote(entry.name)));
  }

  NamedMembers members_of(const Entry& entry, const std::vector<EntryIndex>& indices) const {
    NamedMembers found{std::string(target_.text(entry.key)), {}};
    for (std::size_t i = 0; i < trees_.size(); ++i) {
      const NodeId node = i == 0 ? entry.value : indices[i].find(found.name);
      found.members.push_back({trees_[i], node, weights_[i]});
    }
    refuse_other_shape(found.name, found.members);
    return found;
  }

  Tree& target_;
  const AverageOptions& options_;
  std::vector<const Tree*> trees_;
  std::vector<double> weights_;
  MergeReport report_;
};

}  // namespace

MergeReport average_into(Tree& target, const model::Root& target_root,
                         const std::vector<const Tree*>& others,
                         const std::vector<model::Root>& other_roots,
                         const AverageOptions& options) {
  Averager averager(target, others, options);
  averager.average_optimizers();
  averager.average_roots(target_root, other_roots);
  return averager.take_report();
}

}  // namespace ckpt::optim
