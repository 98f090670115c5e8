// Decides whether two templates can match the same key. Each template becomes a small automaton
// over characters, digit runs and texts, and the product of the two is searched for a common word.
// To the automaton a number is any run of digits, so the word is only a candidate: small numbers
// are inserted, and the real matcher decides.
#include "match/rules/overlap.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <deque>
#include <map>
#include <span>

#include "match/rules/error.hpp"

namespace ckpt::match {

namespace {

using Kind = TemplateItem::Kind;

/// A character, or one of the classes below.
using Letter = int;
constexpr Letter digit = 256;
constexpr Letter segment = 257;  ///< any character but . and /
constexpr Letter any = 258;
constexpr Letter nothing = 259;  ///< of a transition that takes no character: an empty word

struct Transition {
  Letter letter;
  std::size_t next;
};

struct Automaton {
  std::vector<std::vector<Transition>> transitions{1};
  std::size_t accepting = 0;

  std::size_t add_state() {
    transitions.emplace_back();
    return transitions.size() - 1;
  }
  void connect(std::size_t from, Letter letter, std::size_t to) {
    transitions[from].push_back({letter, to});
  }
};

void append_text(Automaton& automaton, std::size_t& state, std::string_view text) {
  for (const char c : text) {
    const std::size_t next = automaton.add_state();
    automaton.connect(state, static_cast<unsigned char>(c), next);
    state = next;
  }
}

constexpr std::size_t most_spelled_words = 64;

void append_words(Automaton& automaton, std::size_t& state, const std::vector<std::string>& words) {
  const std::size_t start = state;
  const std::size_t end = automaton.add_state();
  // The words of a long range are mostly digits; the matcher checks which.
  if (words.size() > most_spelled_words) {
    automaton.connect(start, digit, end);
    automaton.connect(end, digit, end);
  }
  for (const std::string& word :
       std::span(words).first(std::min(words.size(), most_spelled_words))) {
    if (word.empty()) {
      automaton.connect(start, nothing, end);
      continue;
    }
    state = start;
    append_text(automaton, state, std::string_view(word).substr(0, word.size() - 1));
    automaton.connect(state, static_cast<unsigned char>(word.back()), end);
  }
  state = end;
}

/// A star may match nothing, but a key in which it matches something is a better example.
enum class Stars : std::uint8_t { filled, absent };

void append_star(Automaton& automaton, std::size_t& state, Letter letter, Stars stars) {
  if (stars == Stars::filled) {
    const std::size_t next = automaton.add_state();
    automaton.connect(state, letter, next);
    state = next;
  }
  automaton.connect(state, letter, state);
}

Automaton automaton_of(const CompiledTemplate& key_template, Stars stars) {
  Automaton automaton;
  std::size_t state = 0;
  for (const CompiledItem& item : key_template) {
    if (item.kind == Kind::literal) {
      append_text(automaton, state, item.text);
    } else if (item.kind == Kind::list || item.kind == Kind::range) {
      append_words(automaton, state, item.words);
    } else if (item.kind == Kind::number) {
      append_star(automaton, state, digit, Stars::filled);
    } else {
      append_star(automaton, state, item.kind == Kind::double_star ? any : segment, stars);
    }
  }
  automaton.accepting = state;
  return automaton;
}

bool holds(Letter letter_class, Letter character) {
  if (letter_class == any) return true;
  if (letter_class == segment) return character != '.' && character != '/';
  return character >= '0' && character <= '9';
}

/// A letter in both classes; '\0' stands for a digit of a number.
std::optional<char> common_letter(Letter a, Letter b) {
  if (a == nothing || b == nothing) return std::nullopt;
  if (a < 256 && b < 256) return a == b ? std::optional(static_cast<char>(a)) : std::nullopt;
  if (a < 256) return holds(b, a) ? std::optional(static_cast<char>(a)) : std::nullopt;
  if (b < 256) return holds(a, b) ? std::optional(static_cast<char>(b)) : std::nullopt;
  return a == digit || b == digit ? '\0' : 'x';
}

class ProductSearch {
 public:
  ProductSearch(const Automaton& a, const Automaton& b) : a_(a), b_(b) {}

  /// The shortest words that both automata accept, with digits as '\0'.
  std::vector<std::string> words() {
    nodes_.push_back({.parent = no_parent});
    std::vector<std::string> found;
    for (std::size_t next = 0; next < nodes_.size() && found.size() < most_words; ++next) {
      const Node node = nodes_[next];
      if (node.a == a_.accepting && node.b == b_.accepting) {
        found.push_back(word_of(next));
        continue;
      }
      for (const Transition& left : a_.transitions[node.a])
        if (left.letter == nothing) visit({left.next, node.b, next, std::nullopt, node.length});
      for (const Transition& right : b_.transitions[node.b])
        if (right.letter == nothing) visit({node.a, right.next, next, std::nullopt, node.length});
      for (const Transition& left : a_.transitions[node.a])
        for (const Transition& right : b_.transitions[node.b])
          if (const auto letter = common_letter(left.letter, right.letter))
            visit({left.next, right.next, next, letter, node.length + 1});
    }
    return found;
  }

 private:
  struct Node {
    std::size_t a = 0;
    std::size_t b = 0;
    std::size_t parent = 0;
    std::optional<char> letter = {};  ///< none: reached through an empty word
    std::size_t length = 0;
  };

  static constexpr std::size_t no_parent = static_cast<std::size_t>(-1);
  static constexpr std::size_t most_words = 40;
  static constexpr std::size_t longest_word = 200;
  static constexpr int most_visits = 3;
  static constexpr std::size_t most_nodes = 100'000;

  void visit(Node node) {
    if (node.length > longest_word || nodes_.size() > most_nodes) return;
    int& visits = visits_[node.a * b_.transitions.size() + node.b];
    if (visits == most_visits) return;
    ++visits;
    nodes_.push_back(node);
  }

  std::string word_of(std::size_t node) const {
    std::string word;
    for (; nodes_[node].parent != no_parent; node = nodes_[node].parent)
      if (nodes_[node].letter) word += *nodes_[node].letter;
    std::ranges::reverse(word);
    return word;
  }

  const Automaton& a_;
  const Automaton& b_;
  std::vector<Node> nodes_;
  std::map<std::size_t, int> visits_;
};

/// `word` with the k-th run of '\0' replaced by the k-th of `digits`.
std::string with_numbers(std::string_view word, const std::vector<int>& digits) {
  std::string key;
  std::size_t run = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] != '\0') {
      key += word[i];
    } else if (i == 0 || word[i - 1] != '\0') {
      key += static_cast<char>('0' + (run < digits.size() ? digits[run] : 0));
      ++run;
    }
  }
  return key;
}

std::size_t count_runs(std::string_view word) {
  std::size_t runs = 0;
  for (std::size_t i = 0; i < word.size(); ++i)
    if (word[i] == '\0' && (i == 0 || word[i - 1] != '\0')) ++runs;
  return runs;
}

constexpr int largest_number = 8;
constexpr std::size_t most_varied_runs = 4;

bool advance(std::vector<int>& digits) {
  for (std::size_t i = digits.size(); i-- > 0;) {
    if (++digits[i] <= largest_number) return true;
    digits[i] = 0;
  }
  return false;
}

}  // namespace

bool Searchable::matches(std::string_view key) const {
  const auto captures = matcher.find_captures(key);
  try {
    return captures && solve(*key_template, *captures, *variables).has_value();
  } catch (const RuleError&) {
    return false;  // a key with several solutions is refused when it occurs
  }
}

std::optional<std::string> find_common_key(const Searchable& a, const Searchable& b) {
  for (const Stars stars : {Stars::filled, Stars::absent}) {
    const Automaton left = automaton_of(*a.key_template, stars);
    const Automaton right = automaton_of(*b.key_template, stars);
    for (const std::string& word : ProductSearch(left, right).words()) {
      std::vector<int> digits(std::min(count_runs(word), most_varied_runs));
      do {
        const std::string key = with_numbers(word, digits);
        if (a.matches(key) && b.matches(key)) return key;
      } while (advance(digits));
    }
  }
  return std::nullopt;
}

namespace {

constexpr std::array<std::int64_t, 6> sample_numbers{0, 1, 2, 3, 9, 1234567};
constexpr std::array<std::string_view, 3> sample_texts{"", "q7z", "weight"};
constexpr std::array<std::string_view, 4> sample_long_texts{"", "q7z", "q7z.3.y8w", "a.b.weight"};
constexpr std::size_t most_samples = 600;

std::vector<Binding> sample_values(const Variable& variable) {
  std::vector<Binding> values;
  if (variable.kind == VariableKind::star) {
    const std::span<const std::string_view> texts =
        variable.word_count == 2 ? std::span<const std::string_view>(sample_long_texts)
                                 : std::span<const std::string_view>(sample_texts);
    for (const std::string_view text : texts) values.push_back({.is_bound = true, .text = text});
    return values;
  }
  std::vector<std::int64_t> numbers = variable.range;
  if (numbers.empty() && variable.word_count == 0)
    numbers.assign(sample_numbers.begin(), sample_numbers.end());
  for (std::size_t i = 0; numbers.size() < variable.word_count; ++i)
    numbers.push_back(static_cast<std::int64_t>(i));
  for (const std::int64_t number : numbers) values.push_back({.is_bound = true, .number = number});
  return values;
}

std::vector<bool> used_variables(const CompiledTemplate& key_template, std::size_t count) {
  std::vector<bool> is_used(count);
  for (const CompiledItem& item : key_template) {
    if (item.kind != Kind::literal && item.kind != Kind::number) is_used[item.variable] = true;
    for (const auto& [id, coefficient] : item.coefficients) is_used[id] = true;
  }
  return is_used;
}

}  // namespace

std::vector<std::string> sample_keys(const CompiledTemplate& key_template,
                                     const std::vector<Variable>& variables) {
  std::vector<Bindings> samples{Bindings(variables.size())};
  const std::vector<bool> is_used = used_variables(key_template, variables.size());
  for (VariableId id = 0; id < variables.size(); ++id) {
    if (!is_used[id]) continue;
    std::vector<Bindings> next;
    for (const Bindings& sample : samples)
      for (const Binding& value : sample_values(variables[id])) {
        next.push_back(sample);
        next.back()[id] = value;
        if (next.size() > most_samples) return {};
      }
    samples = std::move(next);
  }
  std::vector<std::string> keys;
  for (const Bindings& sample : samples) {
    try {
      keys.push_back(render(key_template, sample, variables));
    } catch (const RuleError&) {
      continue;  // a number below 0 gives no key
    }
  }
  return keys;
}

}  // namespace ckpt::match
