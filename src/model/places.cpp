// Each place has a jump pointer to an ancestor, in the pattern of a skew-binary list, so that an
// ancestor at any depth is found in logarithmic time.

#include "ckpt/model/places.hpp"

#include <algorithm>
#include <stdexcept>

namespace ckpt::model {

namespace {

constexpr std::size_t half_bytes = 500;
constexpr std::string_view ellipsis = "…";

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

/// About `half_bytes` from the start (or the end), in whole characters.
std::string_view start_of(std::string_view text) {
  std::size_t end = std::min(text.size(), half_bytes);
  while (end < text.size() && end > 0 && is_continuation(text[end])) --end;
  return text.substr(0, end);
}

std::string_view end_of(std::string_view text) {
  std::size_t begin = text.size() - std::min(text.size(), half_bytes);
  while (begin < text.size() && is_continuation(text[begin])) ++begin;
  return text.substr(begin);
}

std::string shortened(std::string text) {
  if (text.size() <= 2 * half_bytes) return text;
  return std::string(start_of(text)).append(ellipsis).append(end_of(text));
}

}  // namespace

/// Jump pointers of a skew-binary list: when the last two jumps have equal length, the new one
/// spans both; otherwise it is one step.
PlaceId Places::add(PlaceId above, const PathStep& step) {
  if (places_.size() >= static_cast<std::size_t>(no_place))
    throw std::logic_error("too many places");
  const Place& parent = at(above);
  const Place& jump = at(parent.jump);
  const bool is_even = parent.depth - jump.depth == jump.depth - at(jump.jump).depth;
  const PlaceId target = is_even && above != top ? jump.jump : above;
  places_.push_back({step, above, target, parent.depth + 1});
  return static_cast<PlaceId>(places_.size() - 1);
}

PlaceId Places::add_path(const KeyPath& path) {
  PlaceId place = top;
  for (const PathStep& step : path) place = add(place, step);
  return place;
}

PlaceId Places::ancestor(PlaceId id, std::size_t depth) const {
  while (at(id).depth > depth) id = at(at(id).jump).depth >= depth ? at(id).jump : at(id).above;
  return id;
}

std::vector<PathStep> Places::steps_below(PlaceId id, std::size_t depth) const {
  std::vector<PathStep> steps;
  steps.reserve(at(id).depth - std::min<std::size_t>(depth, at(id).depth));
  for (; at(id).depth > depth; id = at(id).above) steps.push_back(at(id).step);
  std::ranges::reverse(steps);
  return steps;
}

KeyPath Places::path(PlaceId id) const { return steps_below(id, 0); }

std::string Places::text(const Tree& tree, PlaceId id) const { return path_text(tree, path(id)); }

bool Places::is_at(PlaceId id, const KeyPath& path) const {
  if (depth(id) != path.size()) return false;
  for (std::size_t i = path.size(); i-- > 0; id = above(id)) {
    const PathStep& here = step(id);
    if (here.type != path[i].type || here.key != path[i].key || here.index != path[i].index)
      return false;
  }
  return true;
}

bool Places::is_text(const Tree& tree, PlaceId id, std::string_view text) const {
  for (; id != top; id = above(id)) {
    const std::string last = step_text(tree, step(id));
    if (!text.ends_with(last)) return false;
    text.remove_suffix(last.size());
    if (above(id) == top) break;
    if (!text.ends_with(':')) return false;
    text.remove_suffix(1);
  }
  return text.empty();
}

bool Places::is_text_less(const Tree& tree, PlaceId a, PlaceId b) const {
  const std::size_t common = common_depth(a, b);
  return text_below(tree, a, common) < text_below(tree, b, common);
}

std::size_t Places::common_depth(PlaceId a, PlaceId b) const {
  a = ancestor(a, depth(b));
  b = ancestor(b, depth(a));
  while (a != b) {
    const bool may_jump = at(a).jump != at(b).jump;
    a = may_jump ? at(a).jump : at(a).above;
    b = may_jump ? at(b).jump : at(b).above;
  }
  return depth(a);
}

/// No more steps are made into text than are shown: each takes two bytes or more, with its ':'.
std::string Places::short_text(const Tree& tree, PlaceId id, std::size_t from) const {
  const std::size_t size = depth(id);
  const bool is_long = size > from + half_bytes;
  const std::size_t enough = is_long ? half_bytes : 2 * half_bytes + 1;
  const std::size_t last = is_long ? from + half_bytes / 2 + 1 : size;
  const std::vector<PathStep> steps = steps_below(ancestor(id, last), from);
  std::string start;
  std::size_t used = 0;
  for (; used < steps.size() && start.size() < enough; ++used)
    start.append(used > 0 ? ":" : "").append(step_text(tree, steps[used]));
  if (from + used >= size) return shortened(std::move(start));
  std::string end = step_text(tree, step(id));
  for (PlaceId up = above(id); end.size() < half_bytes; up = above(up))
    end.insert(0, step_text(tree, step(up)) + ":");
  return std::string(start_of(start)).append(ellipsis).append(end_of(end));
}

std::string PlaceTexts::text(PlaceId id) {
  if (bytes_left_ == 0) return places_.short_text(tree_, id);
  std::string text = places_.text(tree_, id);
  bytes_left_ -= std::min(bytes_left_, text.size());
  return text;
}

std::string Places::text_below(const Tree& tree, PlaceId id, std::size_t depth) const {
  return path_text(tree, steps_below(id, depth));
}

}  // namespace ckpt::model
