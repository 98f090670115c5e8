// Recognises schedulers and averages by the keys that their classes write; paths tell averages by
// words such as "ema".

#include "ckpt/optim/baggage.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "ckpt/model/sections.hpp"
#include "ckpt/model/walk.hpp"
#include "optim/find/forms.hpp"
#include "optim/find/scheduler_lists.hpp"

namespace ckpt::optim {

using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

constexpr std::array<std::string_view, 3> average_lists{"shadow_params", "collected_params",
                                                        "averaged_params"};
constexpr std::array<std::string_view, 3> master_lists{"fp32_from_fp16_params", "fp32_from_fp16",
                                                       "fp32_from_float16_params"};

bool is_list_of_tensors(const Tree& tree, NodeId node) {
  if (!is_list_like(tree, node) || tree.items(node).empty()) return false;
  return std::ranges::all_of(tree.items(node),
                             [&](NodeId item) { return tree.is(item, Kind::tensor); });
}

bool has(const Tree& tree, NodeId dict, std::string_view key) {
  return tree.find(dict, key) != no_node;
}

/// Whether a key on a path names an average. Keys may be long and paths deep, so each key, and each
/// common prefix of the paths of a walk, is examined once.
class AverageKeys {
 public:
  explicit AverageKeys(const Tree& tree) : tree_(tree) {}

  /// Call after every step of the walk.
  void follow(const model::KeyPath& path) {
    if (path.empty()) return;
    is_average_.resize(std::min(is_average_.size(), path.size() - 1));
  }
  bool are_in(const model::KeyPath& path) {
    while (is_average_.size() < path.size()) {
      const bool is_above = !is_average_.empty() && is_average_.back();
      is_average_.push_back(is_above || names_one(path[is_average_.size()]));
    }
    return !path.empty() && is_average_.back();
  }

 private:
  bool names_one(const model::PathStep& step) {
    if (step.type != model::StepType::key) return false;
    const auto [found, is_new] = by_key_.try_emplace(step.key, false);
    if (is_new) found->second = names_an_average(step_text(tree_, step));
    return found->second;
  }

  const Tree& tree_;
  std::vector<bool> is_average_;  // by depth: whether a key up to there names an average
  std::unordered_map<NodeId, bool> by_key_;
};

/// What dicts are: each is looked at once, however many places it lies in.
class Dicts {
 public:
  explicit Dicts(const Tree& tree) : tree_(tree) {}

  std::optional<Baggage> find(NodeId node);
  bool is_state_dict(NodeId node) {
    const auto [known, is_new] = state_dicts_.try_emplace(node, false);
    if (is_new) known->second = model::is_state_dict(tree_, node);
    return known->second;
  }

 private:
  const Tree& tree_;
  std::unordered_map<NodeId, std::optional<Baggage>> found_;
  std::unordered_map<NodeId, bool> state_dicts_;
};

std::optional<Baggage> find_in_dict(const Tree& tree, NodeId node) {
  if (is_scheduler(tree, node))
    return Baggage{BaggageKind::scheduler, node, {}, scheduler_group_count(tree, node)};
  if (has(tree, node, "growth_factor") && has(tree, node, "scale"))
    return Baggage{BaggageKind::grad_scaler, node, {}, 0};
  return std::nullopt;
}

std::optional<Baggage> Dicts::find(NodeId node) {
  const auto [known, is_new] = found_.try_emplace(node);
  if (is_new) known->second = find_in_dict(tree_, node);
  return known->second;
}

template <class Names>
bool is_one_of(const Tree& tree, NodeId key, const Names& names) {
  return std::ranges::any_of(names, [&](std::string_view name) { return tree.is_text(key, name); });
}

std::optional<Baggage> find_list(const Tree& tree, NodeId key, NodeId node) {
  if (key == no_node || !is_list_like(tree, node)) return std::nullopt;
  if (is_one_of(tree, key, average_lists) && is_list_of_tensors(tree, node))
    return Baggage{BaggageKind::average_by_list, node, {}, tree.items(node).size()};
  if (is_one_of(tree, key, master_lists))
    return Baggage{BaggageKind::master_weights, node, {}, tree.items(node).size()};
  return std::nullopt;
}

}  // namespace

std::string_view baggage_text(BaggageKind kind) {
  switch (kind) {
    case BaggageKind::scheduler:
      return "scheduler";
    case BaggageKind::grad_scaler:
      return "gradient scaler";
    case BaggageKind::average_by_name:
      return "average of weights";
    case BaggageKind::average_by_list:
      return "average of weights, by position";
    case BaggageKind::master_weights:
      return "master weights";
  }
  return "";
}

bool names_an_average(std::string_view path) {
  constexpr std::array<std::string_view, 7> words{"ema",      "swa",    "avg",    "average",
                                                  "averaged", "shadow", "teacher"};
  std::string word;
  const auto is_average_word = [&] {
    return std::ranges::find(words, std::string_view(word)) != words.end();
  };
  for (const char c : path) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_letter) {
      word += static_cast<char>(c | 0x20);
      continue;
    }
    if (is_average_word()) return true;
    word.clear();
  }
  return is_average_word();
}

std::vector<Baggage> find_baggage(const Tree& tree) {
  std::vector<Baggage> found;
  const auto places = std::make_shared<model::Places>();
  model::PlaceTexts texts(tree, *places);
  std::unordered_set<NodeId> seen;
  AverageKeys average_keys(tree);
  Dicts dicts(tree);
  model::Walk walk(tree, tree.root(), model::tensors_of(tree));
  while (walk.next()) {
    average_keys.follow(walk.path());
    const NodeId node = walk.node();
    const NodeId key = !walk.path().empty() && walk.path().back().type == model::StepType::key
                           ? walk.path().back().key
                           : no_node;
    std::optional<Baggage> baggage;
    if (tree.is(node, Kind::dict)) baggage = dicts.find(node);
    if (!baggage) baggage = find_list(tree, key, node);
    const bool is_named_average = !baggage && tree.is(node, Kind::dict) &&
                                  average_keys.are_in(walk.path()) && dicts.is_state_dict(node);
    if (is_named_average) baggage = Baggage{BaggageKind::average_by_name, node, {}, 0};
    if (tree.is(node, Kind::tensor) || is_named_average) walk.skip_children();
    if (!baggage || !seen.insert(node).second) continue;
    baggage->place = {places, walk.place(*places)};
    baggage->path = texts.text(baggage->place.id);
    found.push_back(std::move(*baggage));
  }
  return found;
}

}  // namespace ckpt::optim
