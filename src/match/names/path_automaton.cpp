#include "match/names/path_automaton.hpp"

#include <algorithm>
#include <utility>

namespace ckpt::match {

namespace {

constexpr std::uint8_t last_ascii = 0x7F;
constexpr std::uint8_t last_byte = 0xFF;
constexpr std::uint8_t first_continuation = 0x80;
constexpr std::uint8_t last_continuation = 0xBF;

using Range = std::pair<std::uint8_t, std::uint8_t>;

}  // namespace

class PathAutomaton::Builder {
 public:
  Builder(std::vector<State>& states, Encoding encoding) : states_(states), encoding_(encoding) {}

  std::uint32_t begin() { return at_ = add_state(); }

  void add(const GlobPart& part) {
    switch (part.kind) {
      case GlobPartKind::literal:
        return add_literal(part.text);
      case GlobPartKind::any:
        return add_star({{0, last_ascii}});
      case GlobPartKind::within:
        return add_star(in_a_part);
      case GlobPartKind::one: {
        const std::uint32_t next = add_state();
        add_one(at_, next, in_a_part);
        at_ = next;
        return;
      }
      case GlobPartKind::open:
        return open();
      case GlobPartKind::either:
        return begin_alternative();
      case GlobPartKind::close:
        return close();
    }
  }

  /// (?:[.:].*)?
  std::uint32_t end() {
    const std::uint32_t separated = add_state();
    const std::uint32_t ended = add_state();
    for (const char c : {'.', ':'}) add_edge(at_, {byte_of(c), byte_of(c)}, separated);
    add_silent(at_, ended);
    at_ = separated;
    add_star({{0, last_ascii}});
    add_silent(at_, ended);
    return ended;
  }

 private:
  struct Group {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };

  /// ASCII but for '.' and ':'; what is beyond ASCII is always among the characters read.
  inline static const std::vector<Range> in_a_part{
      {0, '.' - 1}, {'.' + 1, ':' - 1}, {':' + 1, last_ascii}};

  static std::uint8_t byte_of(char c) { return static_cast<std::uint8_t>(c); }

  std::uint32_t add_state() {
    states_.emplace_back();
    return static_cast<std::uint32_t>(states_.size() - 1);
  }
  void add_edge(std::uint32_t from, Range range, std::uint32_t to) {
    states_[from].edges.push_back({range.first, range.second, to});
  }
  void add_silent(std::uint32_t from, std::uint32_t to) { states_[from].silent.push_back(to); }

  void add_literal(std::string_view text) {
    for (const char c : text) {
      const std::uint32_t next = add_state();
      add_edge(at_, {byte_of(c), byte_of(c)}, next);
      at_ = next;
    }
  }

  void add_star(const std::vector<Range>& ascii) {
    const std::uint32_t loop = add_state();
    add_silent(at_, loop);
    add_one(loop, loop, ascii);
    at_ = loop;
  }

  /// Characters beyond ASCII are those that RE2 takes for one: by their first byte and their
  /// length.
  void add_one(std::uint32_t from, std::uint32_t to, const std::vector<Range>& ascii) {
    for (const Range& range : ascii) add_edge(from, range, to);
    if (encoding_ == Encoding::bytes)
      return add_edge(from, {static_cast<std::uint8_t>(last_ascii + 1), last_byte}, to);
    constexpr Range continuation{first_continuation, last_continuation};
    constexpr Range first_of_two{0xC2, 0xDF};
    constexpr Range first_of_three{0xE0, 0xEF};
    constexpr Range first_of_four{0xF0, 0xF4};
    const std::uint32_t one_more = add_state();
    const std::uint32_t two_more = add_state();
    const std::uint32_t three_more = add_state();
    add_edge(from, first_of_two, one_more);
    add_edge(from, first_of_three, two_more);
    add_edge(from, first_of_four, three_more);
    add_edge(three_more, continuation, two_more);
    add_edge(two_more, continuation, one_more);
    add_edge(one_more, continuation, to);
  }

  void open() {
    groups_.push_back({at_, add_state()});
    at_ = add_state();
    add_silent(groups_.back().begin, at_);
  }
  void begin_alternative() {
    add_silent(at_, groups_.back().end);
    at_ = add_state();
    add_silent(groups_.back().begin, at_);
  }
  void close() {
    add_silent(at_, groups_.back().end);
    at_ = groups_.back().end;
    groups_.pop_back();
  }

  std::vector<State>& states_;
  Encoding encoding_;
  std::uint32_t at_ = 0;
  std::vector<Group> groups_;
};

/// A set of states that is filled anew for every byte.
class PathAutomaton::Active {
 public:
  explicit Active(const std::vector<State>& states) : states_(&states), is_in_(states.size()) {}

  const States& states() const { return in_; }
  void clear() {
    for (const std::uint32_t state : in_) is_in_[state] = false;
    in_.clear();
  }
  /// With what is reached without reading.
  void add(std::uint32_t state) {
    std::size_t next = in_.size();
    add_one(state);
    for (; next < in_.size(); ++next)
      for (const std::uint32_t target : (*states_)[in_[next]].silent) add_one(target);
  }

 private:
  void add_one(std::uint32_t state) {
    if (is_in_[state]) return;
    is_in_[state] = true;
    in_.push_back(state);
  }

  const std::vector<State>* states_;
  std::vector<bool> is_in_;
  States in_;
};

std::uint32_t PathAutomaton::add(std::span<const GlobPart> parts, Encoding encoding) {
  Builder builder(states_, encoding);
  begins_.push_back(builder.begin());
  for (const GlobPart& part : parts) builder.add(part);
  return builder.end();
}

PathAutomaton::States PathAutomaton::start() const {
  Active active(states_);
  for (const std::uint32_t begin : begins_) active.add(begin);
  States states = active.states();
  std::ranges::sort(states);
  return states;
}

PathAutomaton::States PathAutomaton::after(const States& states, std::string_view text) const {
  Active active(states_);
  Active next(states_);
  for (const std::uint32_t state : states) active.add(state);
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    next.clear();
    for (const std::uint32_t state : active.states())
      for (const Edge& edge : states_[state].edges)
        if (edge.first <= byte && byte <= edge.last) next.add(edge.target);
    if (next.states().empty()) return {};
    std::swap(active, next);
  }
  States reached = active.states();
  std::ranges::sort(reached);
  return reached;
}

}  // namespace ckpt::match
