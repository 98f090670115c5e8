// Computes the names of the values of a checkpoint step by step from the top: each position is
// computed from the one above it, so that deep files cost no more than their values.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "ckpt/diff/leaves.hpp"

namespace ckpt::diff {

/// Whether the walked nodes are beside the entries of the start dict (its attributes).
enum class Beside : std::uint8_t { no, yes };

/// The names of one value, and where it is in the checkpoint.
struct Position {
  /// The part of an optimizer that the position is in; determines the meaning of the next step.
  enum class Within : std::uint8_t { top, state, slot, groups, group, params, param_names, other };
  static constexpr std::uint32_t none = 0xFFFFFFFF;

  NameId path = Names::top;
  NameId below_root = Names::top;  ///< relative to the root
  NameId renamed = Names::top;     ///< the same after renaming
  NameId metadata = Names::top;    ///< the same, renamed as `_metadata` is
  NameId in_optimizer = Names::top;
  NameId around = Names::top;  ///< of an optimizer: the beginning of the names of the values below
  TextId key = no_text;        ///< of the root entry that it lies in or is
  TextId renamed_key = no_text;
  TextId parameter = no_text;
  std::uint32_t depth = 0;
  std::uint32_t root_steps = 0;  ///< steps in common with the path of the root
  std::uint32_t fork = 0;        ///< in the tree of optimizer paths
  std::uint32_t optimizer = none;
  std::uint32_t group = 0;
  Within within = Within::top;
  bool key_is_text = true;
  bool is_member = false;
};

class Positions {
 public:
  /// `side` and `renaming` must outlive this object.
  Positions(const Side& side, match::Renaming& renaming);

  Position top();
  Position below(const Position& above, const model::PathStep& step, Beside beside);
  Area area_of(const Position& position) const;
  bool is_in_root(const Position& position) const {
    return position.root_steps == root_.path.size();
  }

 private:
  std::uint32_t fork_at(const model::TreePlace& place);
  void note_optimizers_around_root();
  void follow_root(Position& position, const Position& above, const model::PathStep& step,
                   TextId part, Beside beside);
  void enter_root(Position& position, const model::PathStep& step, TextId part, Beside beside);
  TextId metadata_part(std::size_t steps, const model::PathStep& step, TextId part);
  void follow_optimizers(Position& position, const Position& above, const model::PathStep& step,
                         TextId part);
  void enter_optimizer(Position& position, std::uint32_t optimizer);
  void follow_optimizer(Position& position, const model::PathStep& step, TextId part);
  bool enter_slot(Position& position, const model::PathStep& step);
  bool enter_member(Position& position, const model::PathStep& step);
  NameId begun(const Position& position, std::string_view part);
  TextId part_of(const model::PathStep& step);
  TextId text_of(model::NodeId key);
  bool is_key(const model::PathStep& step, std::string_view text) const;
  std::string renamed_module(std::string_view module) const;

  using Fork = std::tuple<std::uint32_t, model::StepType, model::NodeId, std::uint64_t>;

  const model::Tree& tree_;
  const model::Root& root_;
  const std::vector<OptimizerNames>& optimizers_;
  Names& names_;
  match::Renaming& renaming_;
  std::map<Fork, std::uint32_t> forks_;  // a tree of the optimizers' paths
  std::unordered_map<model::PlaceId, std::uint32_t> fork_of_place_;
  std::vector<std::uint32_t> optimizer_at_;               // by fork; the first of each
  std::vector<bool> surrounds_root_;                      // by optimizer
  std::unordered_map<model::NodeId, TextId> long_parts_;  // of keys, as paths show them
  std::unordered_map<model::NodeId, TextId> long_texts_;  // of keys
};

}  // namespace ckpt::diff
