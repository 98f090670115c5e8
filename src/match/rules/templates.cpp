// Compiles templates: unnamed lists and stars get names by their position, ranges get their values,
// numbers their affine form.
#include <algorithm>

#include "ckpt/base/text.hpp"
#include "match/rules/compile.hpp"
#include "match/rules/error.hpp"

namespace ckpt::match {

namespace {

using Kind = TemplateItem::Kind;

constexpr std::int64_t longest_range = 100'000;

enum class Side : std::uint8_t { left, right };

std::vector<std::int64_t> numbers_of(const std::vector<std::string>& words) {
  std::vector<std::int64_t> numbers;
  for (const std::string& word : words) {
    const auto number = find_integer(word);
    const bool is_plain = number && *number >= 0 && concat(*number) == word;
    if (!is_plain) return {};
    numbers.push_back(*number);
  }
  return numbers;
}

std::vector<std::string> words_of_range(const TemplateItem& item, const Names& names) {
  const std::int64_t first = to_whole(evaluate(item.words.front(), names), "the start of a range");
  const std::int64_t last = to_whole(evaluate(item.words.back(), names), "the end of a range");
  const std::string text = concat("{", item.words.front(), "..", item.words.back(), "}");
  if (first < 0 || last < first)
    throw RuleError("E06", concat("the range ", text, " is ", first, "..", last),
                    "ranges go up from 0 or more, and hold at least one number");
  if (last - first >= longest_range)
    throw RuleError("E06",
                    concat("the range ", text, " holds more than ", longest_range, " numbers"));
  std::vector<std::string> words;
  for (std::int64_t number = first; number <= last; ++number) words.push_back(concat(number));
  return words;
}

/// Compiles the templates of one side, one after the other, into the variables of a rule.
class SideCompiler {
 public:
  SideCompiler(Side side, const Names& names, std::vector<Variable>& variables)
      : side_(side), names_(names), variables_(variables) {}

  CompiledTemplate compile(const Template& key_template) {
    if (key_template.empty()) throw RuleError("E01", "an empty key");
    stars_ = 0;
    CompiledTemplate compiled;
    for (const TemplateItem& item : key_template) compiled.push_back(compile_item(item));
    return compiled;
  }

 private:
  CompiledItem compile_item(const TemplateItem& item) {
    switch (item.kind) {
      case Kind::literal:
        return {.kind = item.kind, .text = item.text};
      case Kind::star:
      case Kind::double_star:
        return star(item);
      case Kind::list:
        return list(item, item.words);
      case Kind::range:
        return list(item, words_of_range(item, names_));
      case Kind::number:
        return number(item);
    }
    return {};
  }

  CompiledItem star(const TemplateItem& item) {
    const VariableId id = use(concat("*", stars_++), VariableKind::star);
    const std::size_t width = item.kind == Kind::double_star ? 2 : 1;
    Variable& variable = variables_[id];
    variable.word_count = std::max(variable.word_count, width);
    return {.kind = item.kind, .variable = id};
  }

  CompiledItem list(const TemplateItem& item, std::vector<std::string> words) {
    const std::string name = item.name.empty() ? concat("_", unnamed_++) : item.name;
    const VariableId id = use(name, VariableKind::choice);
    Variable& variable = variables_[id];
    if (variable.word_count != 0 && variable.word_count != words.size())
      throw RuleError(
          "E03",
          concat(item.name.empty() ? "the lists that pair up" : concat("the lists for ", item.name),
                 " have ", variable.word_count, " and ", words.size(), " members"));
    variable.word_count = words.size();
    if (variable.range.empty()) variable.range = numbers_of(words);
    CompiledItem compiled{.kind = Kind::list, .variable = id, .words = std::move(words)};
    for (std::size_t i = 0; i < compiled.words.size(); ++i)
      compiled.place_of_word.try_emplace(compiled.words[i], i);
    return compiled;
  }

  CompiledItem number(const TemplateItem& item) {
    const Affine affine = affine_form(item.text, names_);
    CompiledItem compiled{.kind = Kind::number, .text = item.text, .constant = affine.constant};
    for (const auto& [name, coefficient] : affine.coefficients)
      compiled.coefficients.emplace_back(use(name, VariableKind::number), coefficient);
    return compiled;
  }

  VariableId use(const std::string& name, VariableKind kind) {
    auto found = std::ranges::find(variables_, name, &Variable::name);
    if (found == variables_.end()) {
      variables_.push_back({.name = name, .kind = kind});
      found = variables_.end() - 1;
    }
    // A number with a range may be a list on one side and an expression on the other.
    if (kind == VariableKind::choice) found->kind = kind;
    (side_ == Side::left ? found->is_left : found->is_right) = true;
    return static_cast<VariableId>(found - variables_.begin());
  }

  Side side_;
  const Names& names_;
  std::vector<Variable>& variables_;
  std::size_t unnamed_ = 0;
  std::size_t stars_ = 0;
};

bool uses(const CompiledTemplate& key_template, VariableId id) {
  return std::ranges::any_of(key_template, [&](const CompiledItem& item) {
    if (item.kind == Kind::literal) return false;
    if (item.kind != Kind::number) return item.variable == id;
    return std::ranges::any_of(item.coefficients,
                               [&](const auto& term) { return term.first == id; });
  });
}

void refuse_words_as_numbers(const std::vector<Variable>& variables,
                             const std::vector<CompiledTemplate>& templates) {
  for (const CompiledTemplate& key_template : templates)
    for (const CompiledItem& item : key_template)
      for (const auto& [id, coefficient] : item.coefficients)
        if (variables[id].kind == VariableKind::choice && variables[id].range.empty())
          throw RuleError("E06", concat("{", item.text, "}: ", variables[id].name,
                                        " is a list of words, not of numbers"));
}

/// Every number in a key must follow from the key.
void refuse_unsolvable(const std::vector<Variable>& variables, const CompiledTemplate& side) {
  std::vector<bool> is_known(variables.size());
  for (std::size_t id = 0; id < variables.size(); ++id) is_known[id] = !variables[id].range.empty();
  bool has_progress = true;
  const CompiledItem* open = nullptr;
  while (has_progress) {
    has_progress = false;
    open = nullptr;
    for (const CompiledItem& item : side) {
      std::vector<VariableId> unknown;
      for (const auto& [id, coefficient] : item.coefficients)
        if (!is_known[id]) unknown.push_back(id);
      if (unknown.size() > 1) open = &item;
      if (unknown.size() != 1) continue;
      is_known[unknown.front()] = true;
      has_progress = true;
    }
  }
  if (open)
    throw RuleError("E06", concat("{", open->text, "} does not tell its variables apart"),
                    "give all but one of them a range: {b:0..1}");
}

void refuse_missing_variables(const CompiledRule& compiled) {
  const std::vector<Variable>& variables = compiled.variables;
  for (std::size_t t = 0; t < compiled.from.size(); ++t)
    for (VariableId id = 0; id < variables.size(); ++id) {
      if (!variables[id].is_left || variables[id].kind == VariableKind::key_list) continue;
      const bool is_needed =
          !compiled.pairs_keys || compiled.is_fan_in(id) || uses(compiled.to[t], id);
      if (is_needed && !uses(compiled.from[t], id))
        throw RuleError("E05", concat(variable_text(variables[id]), " is missing in ",
                                      quote(to_text(compiled.rule->from[t]))));
    }
}

/// The k-th star of a key corresponds to the k-th star of the key that it becomes.
void refuse_unlike_stars(const CompiledTemplate& from, const CompiledTemplate& to) {
  const auto stars = [](const CompiledTemplate& key_template) {
    std::vector<Kind> kinds;
    for (const CompiledItem& item : key_template)
      if (item.kind == Kind::star || item.kind == Kind::double_star) kinds.push_back(item.kind);
    return kinds;
  };
  if (const auto left = stars(from), right = stars(to);
      left.size() == right.size() && left != right)
    throw RuleError("E04", "a * pairs with a **", "the k-th star pairs with the k-th star");
}

void find_fans(CompiledRule& compiled) {
  const std::size_t from = compiled.from.size();
  const std::size_t to = compiled.to.size();
  if (from > 1 && to > 1 && from != to)
    throw RuleError("E03", concat("the lists of keys have ", from, " and ", to, " members"));
  compiled.pairs_keys = from > 1 && from == to;
  if (from != to)
    compiled.variables.push_back({.name = "@",
                                  .kind = VariableKind::key_list,
                                  .word_count = std::max(from, to),
                                  .is_left = from > 1,
                                  .is_right = to > 1});
  for (VariableId id = 0; id < compiled.variables.size(); ++id) {
    const Variable& variable = compiled.variables[id];
    if (variable.is_left && !variable.is_right) compiled.fan_in.push_back(id);
    if (variable.is_right && !variable.is_left) compiled.fan_out.push_back(id);
    if (variable.is_left != variable.is_right && variable.kind == VariableKind::star)
      throw RuleError("E04", "the number of * and ** differs between the two sides",
                      "what a star matches must go somewhere: the k-th star pairs with the k-th");
  }
}

std::size_t unnamed_lists(const std::vector<Template>& templates) {
  std::size_t count = 0;
  for (const Template& key_template : templates)
    for (const TemplateItem& item : key_template)
      if ((item.kind == Kind::list || item.kind == Kind::range) && item.name.empty()) ++count;
  return count;
}

void compile_map(CompiledRule& compiled, const Names& names) {
  const std::size_t on_left = unnamed_lists(compiled.rule->from);
  const std::size_t on_right = unnamed_lists(compiled.rule->to);
  if (on_left != on_right && on_left > 0 && on_right > 0)
    throw RuleError(
        "E04", concat("there are ", on_left, " and ", on_right, " unnamed lists on the two sides"),
        "name them, {x:a,b}, so that it is clear which pair up");
  SideCompiler left(Side::left, names, compiled.variables);
  for (const Template& key_template : compiled.rule->from)
    compiled.from.push_back(left.compile(key_template));
  SideCompiler right(Side::right, names, compiled.variables);
  for (const Template& key_template : compiled.rule->to)
    compiled.to.push_back(right.compile(key_template));
  find_fans(compiled);
  for (std::size_t t = 0; t < compiled.to.size(); ++t)
    refuse_unlike_stars(compiled.from[compiled.pairs_keys ? t : 0], compiled.to[t]);
  refuse_missing_variables(compiled);
}

void compile_new(CompiledRule& compiled, const Names& names) {
  if (compiled.rule->anchor) {
    SideCompiler left(Side::left, names, compiled.variables);
    compiled.anchor = left.compile(*compiled.rule->anchor);
    refuse_unsolvable(compiled.variables, *compiled.anchor);
  }
  SideCompiler right(Side::right, names, compiled.variables);
  for (const Template& key_template : compiled.rule->to)
    compiled.to.push_back(right.compile(key_template));
  for (VariableId id = 0; id < compiled.variables.size(); ++id) {
    const Variable& variable = compiled.variables[id];
    if (!variable.is_right || variable.is_left) continue;
    const bool is_closed = variable.kind == VariableKind::choice || !variable.range.empty();
    if (!is_closed)
      throw RuleError(variable.kind == VariableKind::star ? "E04" : "E05",
                      concat(variable_text(variable), " has no value in a new key"),
                      "create one for each of some keys: new KEY = VALUE for KEY");
    compiled.fan_out.push_back(id);
  }
}

}  // namespace

std::string variable_text(const Variable& variable) {
  if (variable.kind == VariableKind::star) return "a star";
  if (variable.kind == VariableKind::key_list) return "the list of keys";
  if (variable.name.starts_with('_') && variable.name.size() > 1 && variable.name[1] >= '0' &&
      variable.name[1] <= '9')
    return "an unnamed list";
  return concat("{", variable.name, "}");
}

bool CompiledRule::is_fan_in(VariableId id) const {
  return std::ranges::find(fan_in, id) != fan_in.end();
}

std::optional<VariableId> CompiledRule::key_list() const {
  for (VariableId id = 0; id < variables.size(); ++id)
    if (variables[id].kind == VariableKind::key_list) return id;
  return std::nullopt;
}

CompiledTemplate compile_template(const Template& key_template, const Names& names,
                                  std::vector<Variable>& variables) {
  return SideCompiler(Side::left, names, variables).compile(key_template);
}

void compile_templates(CompiledRule& compiled, const Names& names) {
  switch (compiled.rule->kind) {
    case RuleKind::map:
      compile_map(compiled, names);
      break;
    case RuleKind::drop: {
      SideCompiler left(Side::left, names, compiled.variables);
      for (const Template& key_template : compiled.rule->from)
        compiled.from.push_back(left.compile(key_template));
      break;
    }
    case RuleKind::create:
      compile_new(compiled, names);
      break;
  }
  refuse_words_as_numbers(compiled.variables, compiled.from);
  refuse_words_as_numbers(compiled.variables, compiled.to);
  for (const CompiledTemplate& key_template : compiled.from)
    refuse_unsolvable(compiled.variables, key_template);
}

}  // namespace ckpt::match
