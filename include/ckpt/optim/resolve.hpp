// Finds out which id of an optimizer is which parameter.
//
// Names in the file decide. Without names, each group is assumed to list its parameters in the
// order of the model. If shapes allow one assignment only, it is proved. If they allow several, the
// simplest rule by which people freeze and group parameters decides, unless two such rules fit.
//
//   named      the file or the user says it
//   proved     exactly one assignment fits
//   assumed    several fit; exactly one of them follows a rule, and the shapes could have refuted
//              it; the rule is reported
//   ambiguous  several fit, and no rule or several rules apply
//   none       nothing fits: another model, or another order
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/optim/candidates.hpp"

namespace ckpt::optim {

/// How certain the names are, most certain first; the head explains the levels.
enum class Level : std::uint8_t { named, proved, assumed, ambiguous, none };

std::string_view level_text(Level level);

/// The child modules of a module, in the order in which they were registered.
struct ChildOrder {
  std::string module;  ///< path of the module or the last part of it; "" for the top
  std::vector<std::string> children;
};

/// What the user says about the assignment. Empty members say nothing.
struct Overrides {
  std::vector<std::string> groups;  ///< patterns: the members of each group; the first match counts
  std::vector<std::string> order;   ///< one name per id, in id order; "-" where unknown
  std::vector<std::string> frozen;  ///< patterns: parameters without an id
  /// The names of another checkpoint of the same model, in registration order.
  std::vector<std::string> reference_order;
  std::vector<ChildOrder> child_orders = {};  ///< for files that sort their names
  std::vector<std::size_t> order_lines = {};  ///< the line of each name of `order` in its file

  bool is_empty() const {
    return groups.empty() && order.empty() && frozen.empty() && reference_order.empty() &&
           child_orders.empty();
  }
};

/// The indices of candidates that have the same bytes as an earlier candidate of the same shape.
using CloneFinder =
    std::function<std::vector<std::uint32_t>(const std::vector<const Candidate*>& candidates)>;

/// The ids of one optimizer, and the model parts that their names may come from.
struct Question {
  std::vector<std::vector<std::optional<Shape>>> groups;
  std::vector<ModelPart> parts;
  std::vector<std::string> own_names = {};  ///< names in the file, one per id
  std::string own_names_source = {};
  Overrides overrides = {};
  CloneFinder find_clones = {};
  /// The path of the optimizer, which can tell "optimizer_g" for "generator" from "optimizer_d".
  std::string path = {};
};

/// An assignment that fits, and the rule that gives it.
struct Fit {
  std::string rule;
  std::vector<std::string> names;  ///< one per id
  bool operator==(const Fit&) const = default;
};

/// The first position at which the best layout fails, for messages.
struct Mismatch {
  std::size_t id = 0;
  std::string name;  ///< the parameter at this position
  Shape id_shape;
  Shape name_shape;
};

/// The answer: the names of the ids, how certain they are, and why.
struct Resolution {
  Level level = Level::none;
  std::string rule;                         ///< for people
  std::string part;                         ///< path of the state dict that the names are from
  std::vector<std::string> names = {};      ///< one per id when named, proved or assumed; "" where
                                            ///< unknown
  std::vector<Fit> fits = {};               ///< when ambiguous: the assignment of each rule
  bool is_guess = false;                    ///< the true assignment may be none of `fits`
  std::optional<std::uint64_t> deals = {};  ///< how many assignments fit; saturates
  /// Per id: the names that it has in some assignment; empty when they were not counted.
  std::vector<std::vector<std::string>> can_be = {};
  std::optional<Mismatch> mismatch = {};
  std::string advice = {};  ///< what would fit if the groups were in another order
  std::size_t candidate_count = 0;
  /// Level `none`, and no order of the ids can fit: one of their shapes does not occur in the
  /// model.
  bool is_of_another_model = false;

  bool is_settled() const { return level <= Level::assumed; }
};

/// Throws Error{conflict} for overrides that contradict shapes or counts, Error{usage} for patterns
/// and names that match no candidate.
Resolution resolve(const Question& question);

/// Resolves several optimizers of a file, assuming that no two share a parameter.
std::vector<Resolution> resolve_together(const std::vector<Question>& questions);

}  // namespace ckpt::optim
