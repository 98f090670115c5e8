// The address of a value: the keys and indices that lead to it from the root of the tree. They are
// joined by ':' because names of tensors contain dots.
//
//   model:layer1.0.weight        text keys are bare,
//   optimizer:state:0:exp_avg    and so are integer keys and indices of lists
//   optimizer:state:"0"          a text key that looks like something else is quoted
//   args:args:0                  the first constructor argument of the object `args`
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::model {

enum class StepType : std::uint8_t {
  key,    ///< a key of a dict, or the name of an attribute
  index,  ///< in a list, tuple or set
  args,   ///< the constructor arguments of an object
  state,  ///< the state of an object, when it is not a dict
};

/// One step of a path, from a value to a value inside it.
struct PathStep {
  StepType type = StepType::key;
  NodeId key = no_node;     ///< of type key
  std::uint64_t index = 0;  ///< of type index
};

using KeyPath = std::vector<PathStep>;

/// Whether `path` equals `prefix` or lies below it.
bool has_prefix(const KeyPath& path, const KeyPath& prefix);

/// The step as a path shows it.
std::string step_text(const Tree& tree, const PathStep& step);
/// The path as text; "" for the root.
std::string path_text(const Tree& tree, const KeyPath& path);

/// A text key as a path shows it: bare, or quoted as a JSON string when it is empty, contains ':',
/// starts with '"', or reads as an integer.
std::string key_text(std::string_view key);
/// Any key: texts as above, integers in digits, other keys as Python's repr in <>.
std::string key_text(const Tree& tree, NodeId key);

/// The steps of a path text, unquoted: "a:b:\"c:d\"" has the steps {"a", "b", "c:d"}. Throws
/// Error{usage} for a quote that does not end.
struct WrittenStep {
  std::string text;
  bool is_quoted = false;
};
std::vector<WrittenStep> parse_path(std::string_view text);

/// The node at `path`, counted from `start`; no_node when there is none.
NodeId find_path(const Tree& tree, NodeId start, std::string_view path);

}  // namespace ckpt::model
