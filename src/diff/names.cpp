// Interning by open addressing: one table for texts, one for names (above, joint, part). Jump
// pointers give ancestors in logarithmic time, which comparing names needs.

#include "ckpt/diff/names.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>

namespace ckpt::diff {

namespace {

constexpr std::uint32_t free_slot = 0xFFFFFFFF;

std::string_view text_of(Joint joint) {
  switch (joint) {
    case Joint::none:
      return "";
    case Joint::colon:
      return ":";
    case Joint::colon_space:
      return ": ";
    case Joint::number:
      return " #";
  }
  return {};
}

/// Spreads similar numbers over the whole table.
std::size_t mixed(std::uint64_t a, std::uint64_t b) {
  std::uint64_t mix = a * 0x9E3779B97F4A7C15U + b;
  mix = (mix ^ (mix >> 29U)) * 0xBF58476D1CE4E5B9U;
  return static_cast<std::size_t>(mix ^ (mix >> 32U));
}

/// The slot of the element that `is_equal` accepts, or the free slot where it belongs.
template <typename IsEqual>
std::size_t find_slot(const std::vector<std::uint32_t>& table, std::size_t hash, IsEqual is_equal) {
  std::size_t slot = hash & (table.size() - 1);
  while (table[slot] != free_slot && !is_equal(table[slot])) slot = (slot + 1) & (table.size() - 1);
  return slot;
}

/// Keeps a third of the table free; its size is a power of two.
template <typename HashOf>
void make_room(std::vector<std::uint32_t>& table, std::size_t count, HashOf hash_of) {
  if (table.size() * 2 > (count + 1) * 3) return;
  std::vector<std::uint32_t> larger(std::max<std::size_t>(64, table.size() * 2), free_slot);
  for (const std::uint32_t id : table)
    if (id != free_slot)
      larger[find_slot(larger, hash_of(id), [](std::uint32_t) { return false; })] = id;
  table = std::move(larger);
}

/// The start of the last " #2" in a part; npos without one.
std::size_t find_number(std::string_view part) {
  const std::size_t last = part.find_last_not_of("0123456789");
  const bool has_number = last != std::string_view::npos && last + 1 < part.size() && last > 0 &&
                          part[last] == '#' && part[last - 1] == ' ' && part[last + 1] != '0';
  return has_number ? last - 1 : std::string_view::npos;
}

}  // namespace

TextId Names::add_text(std::string_view text) {
  const std::hash<std::string_view> hash;
  make_room(text_table_, texts_.size(), [&](std::uint32_t id) { return hash(texts_[id]); });
  const std::size_t slot =
      find_slot(text_table_, hash(text), [&](std::uint32_t id) { return texts_[id] == text; });
  if (text_table_[slot] != free_slot) return TextId{text_table_[slot]};
  if (texts_.size() >= free_slot) throw std::logic_error("too many texts");
  text_table_[slot] = static_cast<std::uint32_t>(texts_.size());
  texts_.push_back(arena_.store(text));
  return TextId{text_table_[slot]};
}

NameId Names::add(NameId above, Joint joint, TextId part) {
  const std::size_t number = find_number(text(part));
  if (number == std::string_view::npos) return add_one(above, joint, part);
  const std::string_view whole = text(part);
  const NameId numbered = add_one(above, joint, add_text(whole.substr(0, number)));
  return add_one(numbered, Joint::number, add_text(whole.substr(number + 2)));
}

NameId Names::add_one(NameId above, Joint joint, TextId part) {
  const auto hash = [](NameId up, Joint before, TextId text) {
    return mixed(static_cast<std::uint64_t>(up),
                 static_cast<std::uint64_t>(text) * 4 + static_cast<std::uint64_t>(before));
  };
  make_room(name_table_, names_.size(), [&](std::uint32_t id) {
    return hash(names_[id].above, names_[id].joint, names_[id].part);
  });
  const std::size_t slot = find_slot(name_table_, hash(above, joint, part), [&](std::uint32_t id) {
    const Name& name = names_[id];
    return name.above == above && name.joint == joint && name.part == part;
  });
  if (name_table_[slot] == free_slot)
    name_table_[slot] = static_cast<std::uint32_t>(push(above, joint, part));
  return NameId{name_table_[slot]};
}

/// The jump pointers are chosen as in model::Places.
NameId Names::push(NameId above, Joint joint, TextId part) {
  if (names_.size() >= free_slot) throw std::logic_error("too many names");
  const Name& parent = at(above);
  const Name& jump = at(parent.jump);
  const bool is_even = parent.depth - jump.depth == jump.depth - at(jump.jump).depth;
  names_.push_back({.above = above,
                    .jump = is_even && above != top ? jump.jump : above,
                    .depth = parent.depth + 1,
                    .part = part,
                    .joint = joint,
                    .size_bytes = parent.size_bytes + text_of(joint).size() + text(part).size()});
  return static_cast<NameId>(names_.size() - 1);
}

NameId Names::ancestor(NameId id, std::size_t depth) const {
  while (at(id).depth > depth) id = at(at(id).jump).depth >= depth ? at(id).jump : at(id).above;
  return id;
}

NameId Names::common(NameId a, NameId b) const {
  a = ancestor(a, at(b).depth);
  b = ancestor(b, at(a).depth);
  while (a != b) {
    const bool may_jump = at(a).jump != at(b).jump;
    a = may_jump ? at(a).jump : at(a).above;
    b = may_jump ? at(b).jump : at(b).above;
  }
  return a;
}

void Names::append_below(std::string& text, NameId above, NameId id) const {
  std::vector<NameId> parts;
  for (; id != above; id = at(id).above) parts.push_back(id);
  for (auto part = parts.rbegin(); part != parts.rend(); ++part)
    text.append(text_of(at(*part).joint)).append(this->text(at(*part).part));
}

std::string Names::text(NameId id) const {
  std::string text;
  text.reserve(size_bytes(id));
  append_below(text, top, id);
  return text;
}

void Names::rewrite(std::string& text, NameId before, NameId id) const {
  const NameId shared = common(before, id);
  text.resize(size_bytes(shared));
  append_below(text, shared, id);
}

/// Reads the text of a name below one of its ancestors, piece by piece.
class Names::Reader {
 public:
  Reader(const Names& names, NameId id, NameId above)
      : names_(names), id_(id), depth_(names.at(above).depth) {}

  /// Empty at the end.
  std::string_view rest() {
    while (rest_.empty() && (is_at_part_ || depth_ < names_.at(id_).depth)) {
      if (!is_at_part_) ++depth_;
      const Name& name = names_.at(names_.ancestor(id_, depth_));
      rest_ = is_at_part_ ? names_.text(name.part) : text_of(name.joint);
      is_at_part_ = !is_at_part_;
    }
    return rest_;
  }
  void skip(std::size_t count) { rest_.remove_prefix(count); }

 private:
  const Names& names_;
  NameId id_;
  std::size_t depth_;        // of the current part
  bool is_at_part_ = false;  // the joint was read
  std::string_view rest_;
};

bool Names::is_less(NameId a, NameId b) const {
  const NameId shared = common(a, b);
  Reader of_a(*this, a, shared);
  Reader of_b(*this, b, shared);
  while (true) {
    const std::string_view rest_a = of_a.rest();
    const std::string_view rest_b = of_b.rest();
    if (rest_a.empty() || rest_b.empty()) return rest_a.empty() && !rest_b.empty();
    const std::size_t count = std::min(rest_a.size(), rest_b.size());
    const int order = rest_a.substr(0, count).compare(rest_b.substr(0, count));
    if (order != 0) return order < 0;
    of_a.skip(count);
    of_b.skip(count);
  }
}

std::size_t Names::common_end(NameId a, NameId b) const {
  std::size_t count = 0;
  std::string_view rest_a;
  std::string_view rest_b;
  const auto refill = [this](NameId& id, std::string_view& rest, bool& is_at_joint) {
    while (rest.empty() && (is_at_joint || id != top)) {
      rest = is_at_joint ? text_of(at(id).joint) : text(at(id).part);
      if (is_at_joint) id = at(id).above;
      is_at_joint = !is_at_joint;
    }
    return !rest.empty();
  };
  bool at_joint_a = false;
  bool at_joint_b = false;
  while (true) {
    const bool is_aligned = rest_a.empty() && rest_b.empty() && !at_joint_a && !at_joint_b;
    if (is_aligned && a == b) return count + size_bytes(a);
    if (!refill(a, rest_a, at_joint_a) || !refill(b, rest_b, at_joint_b)) return count;
    while (!rest_a.empty() && !rest_b.empty()) {
      if (rest_a.back() != rest_b.back()) return count;
      rest_a.remove_suffix(1);
      rest_b.remove_suffix(1);
      ++count;
    }
  }
}

}  // namespace ckpt::diff
