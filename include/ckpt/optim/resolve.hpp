// Which id of an optimizer is which parameter.
//
// Names in the file decide. Else every group is taken to list its members in the order of the model
// part; where shapes leave one way only, that is a proof; where they leave more, the simplest rule
// by which people freeze and group parameters decides, unless two such rules fit.
//
//   named      the file, or the user, says it
//   proved     one assignment fits
//   assumed    several fit, one of them by a rule, no other by a rule, and the shapes could have
//              refused it; the rule is told
//   ambiguous  several fit, and no rule or several rules
//   none       nothing fits: other model, other order
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/optim/candidates.hpp"

namespace ckpt::optim {

enum class Level : std::uint8_t { named, proved, assumed, ambiguous, none };

std::string_view level_text(Level level);

/// The children of one kind of module, in the order in which they were registered.
struct ChildOrder {
  std::string module;  ///< its path, or the last part of it; "" for the top
  std::vector<std::string> children;
};

/// What the user says; empty where nothing is said.
struct Overrides {
  std::vector<std::string> groups;  ///< patterns: members of each group, first match first
  std::vector<std::string> order;   ///< one name an id, in id order; "-" where unknown
  std::vector<std::string> frozen;  ///< patterns: names without id
  /// Names of another checkpoint of the same model, in the order in which they were registered.
  std::vector<std::string> reference_order;
  std::vector<ChildOrder> child_orders = {};  ///< for files that sort their names
  std::vector<std::size_t> order_lines = {};  ///< where each name of `order` stands in its file

  bool is_empty() const {
    return groups.empty() && order.empty() && frozen.empty() && reference_order.empty() &&
           child_orders.empty();
  }
};

/// Indices of `candidates` that hold the same bytes as an earlier one of the same shape.
using CloneFinder =
    std::function<std::vector<std::uint32_t>(const std::vector<const Candidate*>& candidates)>;

struct Question {
  std::vector<std::vector<std::optional<Shape>>> groups;
  std::vector<ModelPart> parts;
  std::vector<std::string> own_names = {};  ///< names in the file, one an id
  std::string own_names_source = {};
  Overrides overrides = {};
  CloneFinder find_clones = {};
  /// Where the optimizer lies, for telling "optimizer_g" beside "generator".
  std::string path = {};
};

/// One assignment that fits, and the rule that gives it.
struct Fit {
  std::string rule;
  std::vector<std::string> names;  ///< one an id
  bool operator==(const Fit&) const = default;
};

/// The first place where the best layout breaks, for messages.
struct Mismatch {
  std::size_t id = 0;
  std::string name;  ///< the parameter that would have it
  Shape id_shape;
  Shape name_shape;
};

struct Resolution {
  Level level = Level::none;
  std::string rule;                         ///< for people
  std::string part;                         ///< path of the state dict the names are of
  std::vector<std::string> names = {};      ///< one an id when named, proved or assumed; "" unknown
  std::vector<Fit> fits = {};               ///< when ambiguous: what the rules say
  bool is_guess = false;                    ///< the truth may well be none of `fits`
  std::optional<std::uint64_t> deals = {};  ///< how many assignments fit; saturates
  /// By id: the names it has in some deal; empty when they were not counted.
  std::vector<std::vector<std::string>> can_be = {};
  std::optional<Mismatch> mismatch = {};
  std::string advice = {};  ///< what would fit if the groups were otherwise ordered
  std::size_t candidate_count = 0;
  /// Level none, and no order of the ids could fit: a shape of theirs is not in the model.
  bool is_of_another_model = false;

  bool is_settled() const { return level <= Level::assumed; }
};

/// Throws Error{conflict} for overrides that contradict the shapes or counts, Error{usage} for
/// patterns and names that match no candidate.
Resolution resolve(const Question& question);

/// Several optimizers of one file, whose parameters are taken to be disjoint.
std::vector<Resolution> resolve_together(const std::vector<Question>& questions);

}  // namespace ckpt::optim
