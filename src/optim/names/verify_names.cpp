// For each undecided id and each name that it may have, correlates the change of the weight with
// the optimizer's direction, on a sample of elements. The assignment with the clearly best mean
// wins.

#include "optim/names/verify_names.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/tensor/element_stream.hpp"
#include "ckpt/tensor/elements.hpp"

namespace ckpt::optim {

using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

/// The sample is the first elements of each tensor: a few kilobytes, so that all samples fit in
/// memory.
constexpr std::uint64_t sample_elements = 4096;
/// How clearly one assignment must lead. Correct ones led by 0.15 to 1.0 in runs of Adam, AdamW and
/// SGD, from 1 to 200 steps apart.
constexpr double least_lead = 0.1;
constexpr double least_ratio = 1.3;
/// All pairs of ids and possible names are compared only up to this number.
constexpr std::size_t most_pairs = 4096;

using Sample = std::vector<float>;

Sample sample_of(const Tree& tree, NodeId node) {
  const model::Tensor& tensor = tree.tensor(node);
  const std::size_t width = model::row_of(tensor.dtype).size_bytes;
  tensor::ElementStream elements(tree.storage_of(tensor), tensor, {.range = {0, sample_elements}});
  Bytes bytes(static_cast<std::size_t>(elements.remaining_bytes()));
  std::size_t filled = 0;
  while (filled < bytes.size()) filled += elements.read(std::span(bytes).subspan(filled));
  Sample sample;
  for (std::size_t at = 0; at < bytes.size(); at += width)
    sample.push_back(
        static_cast<float>(tensor::decode_real(tensor.dtype, ByteView(bytes).subspan(at, width))));
  return sample;
}

/// 0 when one of them is constant.
double correlation(const Sample& a, const Sample& b) {
  const auto count = static_cast<double>(a.size());
  double mean_a = 0;
  double mean_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    mean_a += static_cast<double>(a[i]) / count;
    mean_b += static_cast<double>(b[i]) / count;
  }
  double aa = 0;
  double bb = 0;
  double ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = static_cast<double>(a[i]) - mean_a;
    const double y = static_cast<double>(b[i]) - mean_b;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  const double norm = std::sqrt(aa * bb);
  return norm > 0 ? ab / norm : 0;
}

bool leads(double best, double next) {
  return best > next + least_lead && best > least_ratio * next;
}

/// Finds which of several scores leads, and by how much.
struct Race {
  std::size_t best = 0;
  double best_score = -1;
  double next_score = -1;

  void enter(std::size_t index, double score) {
    next_score = std::max(next_score, std::min(score, best_score));
    if (score <= best_score) return;
    best = index;
    best_score = score;
  }

  bool is_decided() const { return leads(best_score, std::max(next_score, 0.0)); }
};

/// Two digits, for messages.
std::string score_text(double score) { return real_text(std::round(score * 100) / 100); }

using Weights = std::unordered_map<std::string, NodeId>;

/// Empty when the node is neither a dict nor a module.
Weights weights_of(const Tree& tree, NodeId model) {
  Weights weights;
  if (!tree.is(model, model::Kind::dict) && !model::is_module(tree, model)) return weights;
  for (const model::ModuleTensor& tensor : tensors_of(tree, model))
    weights.try_emplace(tensor.name, tensor.node);
  return weights;
}

class Verifier {
 public:
  Verifier(const Tree& tree, const Tree& model_tree, NodeId state_dict,
           const OlderCheckpoint& older, Identified& identified)
      : tree_(tree),
        model_tree_(model_tree),
        weights_(weights_of(model_tree, state_dict)),
        older_(older),
        older_weights_(weights_of(*older.tree, older.state_dict)),
        slots_(identified.optimizer.slots),
        resolution_(identified.resolution) {}

  void settle() {
    if (resolution_.fits.size() > 1) return settle_by_fits();
    settle_by_names();
  }

  void confirm() {
    std::vector<std::size_t> all(slots_.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    const double score = score_of(resolution_.names, all);
    if (leads(score, 0)) {
      resolution_.rule += concat("; the weights moved with these states since ", older_.file, " (",
                                 score_text(score), ")");
      return;
    }
    resolution_.rule +=
        concat(", but since ", older_.file, " the weights did not move with these states (",
               score_text(score), ")");
    resolution_.level = Level::ambiguous;
    resolution_.names.clear();
    resolution_.can_be.clear();
  }

 private:
  void settle_by_fits() {
    const std::vector<std::size_t> open = open_slots();
    Race race;
    for (std::size_t i = 0; i < resolution_.fits.size(); ++i)
      race.enter(i, score_of(resolution_.fits[i].names, open));
    const std::string seen = concat(" since ", older_.file, " (", score_text(race.best_score),
                                    ", the next ", score_text(race.next_score), ")");
    if (!race.is_decided()) {
      resolution_.rule += concat("; how the weights moved", seen, " does not settle it");
      return;
    }
    take(resolution_.fits[race.best].names,
         concat(resolution_.fits[race.best].rule, "; the weights moved with these states", seen));
  }

  /// Where no rule gives whole assignments: each id gets the name whose weight correlates best with
  /// it.
  void settle_by_names() {
    std::size_t pairs = 0;
    for (const std::vector<std::string>& names : resolution_.can_be) pairs += names.size();
    if (pairs == 0 || pairs > most_pairs) return;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < resolution_.can_be.size(); ++i) {
      const std::optional<std::string> name = find_best_name(i);
      if (!name || std::ranges::find(names, *name) != names.end()) {
        resolution_.rule +=
            concat("; how the weights moved since ", older_.file, " does not settle it");
        return;
      }
      names.push_back(*name);
    }
    take(names, concat("each weight moved with its state since ", older_.file));
  }

  std::optional<std::string> find_best_name(std::size_t slot) {
    const std::vector<std::string>& names = resolution_.can_be[slot];
    if (names.size() == 1) return names.front();
    Race race;
    for (std::size_t i = 0; i < names.size(); ++i) race.enter(i, pair_score(slot, names[i]));
    if (!race.is_decided()) return std::nullopt;
    return names[race.best];
  }

  void take(const std::vector<std::string>& names, std::string rule) {
    resolution_.level = Level::assumed;
    resolution_.names = names;
    resolution_.rule = std::move(rule);
    resolution_.fits.clear();
  }

  /// The slots for which the fits give different names.
  std::vector<std::size_t> open_slots() const {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < slots_.size(); ++i)
      if (std::ranges::any_of(resolution_.fits, [&](const Fit& fit) {
            return fit.names[i] != resolution_.fits.front().names[i];
          }))
        open.push_back(i);
    return open;
  }

  /// The mean correlation; large tensors count more.
  double score_of(const std::vector<std::string>& names, const std::vector<std::size_t>& slots) {
    double sum = 0;
    double weights = 0;
    for (const std::size_t slot : slots) {
      const double weight = std::sqrt(static_cast<double>(direction_of(slot).size()));
      sum += weight * pair_score(slot, names[slot]);
      weights += weight;
    }
    return weights > 0 ? sum / weights : 0;
  }

  double pair_score(std::size_t slot, const std::string& name) {
    const auto [known, is_new] = scores_.try_emplace({slot, name}, 0.0);
    if (is_new) {
      const Sample& direction = direction_of(slot);
      const Sample& change = change_of(name);
      if (direction.size() == change.size()) known->second = correlation(direction, change);
    }
    return known->second;
  }

  /// The direction in which the optimizer moves the parameter of a slot, -m / sqrt(v); empty
  /// without a first moment.
  const Sample& direction_of(std::size_t slot) {
    const auto [known, is_new] = directions_.try_emplace(slot);
    if (!is_new) return known->second;
    const NodeId state = slots_[slot].state;
    const NodeId first = find_tensor(state, {"exp_avg", "momentum_buffer"});
    if (first == no_node) return known->second;
    known->second = sample_of(tree_, first);
    for (float& element : known->second) element = -element;
    const NodeId second = find_tensor(state, {"exp_avg_sq"});
    if (second == no_node) return known->second;
    const Sample squares = sample_of(tree_, second);
    for (std::size_t i = 0; i < squares.size() && i < known->second.size(); ++i)
      known->second[i] = squares[i] > 0 ? known->second[i] / std::sqrt(squares[i]) : 0;
    return known->second;
  }

  NodeId find_tensor(NodeId state, std::initializer_list<std::string_view> keys) const {
    if (state == no_node) return no_node;
    for (const std::string_view key : keys) {
      const NodeId value = tree_.find(state, key);
      if (value != no_node && tree_.is(value, model::Kind::tensor)) return value;
    }
    return no_node;
  }

  const Sample& change_of(const std::string& name) {
    const auto [known, is_new] = changes_.try_emplace(name);
    if (!is_new) return known->second;
    const NodeId now = weight_in(weights_, name);
    const NodeId before = weight_in(older_weights_, name);
    if (now == no_node) return known->second;
    if (before == no_node ||
        older_.tree->tensor(before).layout.shape != model_tree_.tensor(now).layout.shape)
      throw Error(ErrorKind::conflict,
                  concat(older_.file, ": --verify: has no ", quote(name), " of shape ",
                         shape_text(model_tree_.tensor(now).layout.shape)));
    known->second = sample_of(model_tree_, now);
    const Sample old = sample_of(*older_.tree, before);
    for (std::size_t i = 0; i < old.size(); ++i) known->second[i] -= old[i];
    return known->second;
  }

  static NodeId weight_in(const Weights& weights, const std::string& name) {
    const auto found = weights.find(name);
    return found == weights.end() ? no_node : found->second;
  }

  const Tree& tree_;
  const Tree& model_tree_;
  Weights weights_;
  const OlderCheckpoint& older_;
  Weights older_weights_;
  const std::vector<Slot>& slots_;
  Resolution& resolution_;
  std::map<std::pair<std::size_t, std::string>, double> scores_;
  std::map<std::size_t, Sample> directions_;
  std::map<std::string, Sample> changes_;
};

}  // namespace

void verify_names(const Tree& tree, const Tree& model_tree, const OlderCheckpoint& older,
                  const Overrides& overrides, Identified& identified) {
  Resolution& resolution = identified.resolution;
  const bool is_said = resolution.level == Level::named && !overrides.order.empty();
  const bool is_open = resolution.level == Level::ambiguous;
  if (!is_open && !is_said && resolution.level != Level::assumed) return;
  const NodeId state_dict = model::find_path(model_tree, model_tree.root(), resolution.part);
  if (state_dict == no_node) return;
  Verifier verifier(tree, model_tree, state_dict, older, identified);
  if (is_open)
    verifier.settle();
  else
    verifier.confirm();
}

}  // namespace ckpt::optim
