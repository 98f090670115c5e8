// The templates of a family may match more keys of A than its members. make_exact() limits
// variables to their values, or splits the family, until each template matches exactly its members.

#include "match/align/lines.hpp"

#include <algorithm>
#include <set>

#include "ckpt/base/text.hpp"
#include "match/rules/text.hpp"

namespace ckpt::match {

namespace {

using Numbers = std::vector<std::int64_t>;

constexpr std::string_view variable_names = "ijklmn";
constexpr std::string_view expert_name = "e";

std::string variable_name(std::size_t variable) {
  if (variable < variable_names.size()) return std::string(1, variable_names[variable]);
  return concat("i", variable);
}

std::string escaped_literal(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '{' || c == '}' || c == '*' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

std::string values_text(const Numbers& values) {
  if (values.back() - values.front() == std::ssize(values) - 1)
    return concat(values.front(), "..", values.back());
  std::vector<std::string> words;
  for (const std::int64_t value : values) words.push_back(concat(value));
  return join(words, ",");
}

std::string number_text(const NumberForm& form) {
  if (form.kind == NumberForm::Kind::open) return concat("{", expert_name, "}");
  if (form.kind == NumberForm::Kind::constant) return concat(form.constant);
  const std::string name = variable_name(form.variable);
  if (form.is_negated) return concat("{", form.constant, "-", name, "}");
  if (form.constant == 0) return concat("{", name, "}");
  return concat("{", name, form.constant > 0 ? "+" : "", form.constant, "}");
}

/// The values of each variable over the members of a family.
VariableValues values_in(std::span<const PairForm> pairs, const Family& family) {
  std::vector<std::set<std::int64_t>> seen(family.variable_count);
  for (const std::size_t member : family.members) {
    const auto values = family.variables_of(pairs[member].a.numbers());
    for (std::size_t i = 0; values && i < values->size(); ++i) seen[i].insert((*values)[i]);
  }
  VariableValues values;
  for (const std::set<std::int64_t>& of_variable : seen)
    values.emplace_back(Numbers(of_variable.begin(), of_variable.end()));
  return values;
}

bool allows(const VariableValues& values, const Numbers& variables) {
  for (std::size_t i = 0; i < variables.size(); ++i)
    if (variables[i] >= 0 && values[i] && !std::ranges::binary_search(*values[i], variables[i]))
      return false;
  return true;
}

/// The part of the family that concerns one key of a form with several keys.
Family part_of(const Family& family, std::size_t first, std::size_t count) {
  Family part{
      .members = {}, .variable_count = family.variable_count, .numbers_a = {}, .numbers_b = {}};
  part.numbers_a.assign(family.numbers_a.begin() + static_cast<std::ptrdiff_t>(first),
                        family.numbers_a.begin() + static_cast<std::ptrdiff_t>(first + count));
  return part;
}

/// How many keys in the index the template of key `k` of `form` would match.
std::size_t count_taken(const ExactFamily& exact, const SideForm& form, std::size_t k,
                        std::size_t first_number, const KeyIndex& index) {
  const KeyTemplate& key = form.keys[k];
  const Family part = part_of(exact.family, first_number, key.numbers.size());
  std::size_t count = 0;
  for (Numbers numbers : index.numbers_of(key.text())) {
    const auto variables = part.variables_of(numbers);
    if (variables && allows(exact.values, *variables)) ++count;
  }
  return count;
}

bool takes_others(std::span<const PairForm> pairs, const ExactFamily& exact, const KeyIndex& index,
                  std::size_t expert_count) {
  const SideForm& form = pairs[exact.family.members.front()].a;
  std::size_t first_number = 0;
  for (std::size_t k = 0; k < form.keys.size(); ++k) {
    if (count_taken(exact, form, k, first_number, index) >
        exact.family.members.size() * expert_count)
      return true;
    first_number += form.keys[k].numbers.size();
  }
  return false;
}

/// The literal parts of the template with `forms` in place of its numbers.
std::string template_text(const KeyTemplate& key, std::span<const NumberForm> forms,
                          const VariableValues* values) {
  std::string text = escaped_literal(key.literals.front());
  std::set<std::size_t> bounded;
  for (std::size_t i = 0; i < forms.size(); ++i) {
    const NumberForm& form = forms[i];
    const bool is_bounded = values && form.kind == NumberForm::Kind::variable &&
                            (*values)[form.variable] && bounded.insert(form.variable).second;
    text += is_bounded ? concat("{", variable_name(form.variable), ":",
                                values_text(*(*values)[form.variable]), "}")
                       : number_text(form);
    text += escaped_literal(key.literals[i + 1]);
  }
  return text;
}

/// The positions where a brace list may begin or end: at separators outside of braces.
std::vector<bool> boundaries(std::string_view text) {
  std::vector<bool> may_cut(text.size() + 1, false);
  may_cut.front() = may_cut.back() = true;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}') --depth;
    const bool is_separator = text[i] == '.' || text[i] == '_' || text[i] == '/';
    if (depth == 0 && is_separator) may_cut[i] = may_cut[i + 1] = true;
  }
  return may_cut;
}

std::size_t common_prefix(const std::vector<std::string>& texts) {
  std::size_t length = texts.front().size();
  for (const std::string& text : texts) {
    const auto end = std::ranges::mismatch(text, texts.front()).in1;
    length = std::min(length, static_cast<std::size_t>(end - text.begin()));
  }
  const std::vector<bool> may_cut = boundaries(texts.front());
  while (!may_cut[length]) --length;
  return length;
}

}  // namespace

KeyIndex::KeyIndex(std::span<const AlignTensor> tensors) {
  for (const AlignTensor& tensor : tensors) {
    const KeyTemplate form = make_key_template(tensor.key);
    const std::string text = form.text();
    numbers_[text].push_back(form.numbers);
    const auto [module, last] = split_last_part(text);
    last_parts_[std::string(module)].emplace_back(last);
  }
  for (auto& [module, parts] : last_parts_) {
    std::ranges::sort(parts);
    parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  }
}

const std::vector<Numbers>& KeyIndex::numbers_of(const std::string& key_template) const {
  static const std::vector<Numbers> none;
  const auto found = numbers_.find(key_template);
  return found == numbers_.end() ? none : found->second;
}

std::vector<std::string> KeyIndex::last_parts_of(const std::string& module_template) const {
  const auto found = last_parts_.find(module_template);
  return found == last_parts_.end() ? std::vector<std::string>{} : found->second;
}

std::vector<ExactFamily> make_exact(std::span<const PairForm> pairs, Family family,
                                    const KeyIndex& index, std::size_t expert_count) {
  std::vector<ExactFamily> done;
  std::vector<Family> open;
  open.push_back(std::move(family));
  while (!open.empty()) {
    ExactFamily exact{std::move(open.back()), {}};
    open.pop_back();
    exact.values.resize(exact.family.variable_count);
    if (exact.family.variable_count > 0 && takes_others(pairs, exact, index, expert_count))
      exact.values = values_in(pairs, exact.family);
    if (exact.family.variable_count == 0 || !takes_others(pairs, exact, index, expert_count)) {
      done.push_back(std::move(exact));
      continue;
    }
    for (auto& part : cut(pairs, exact.family.members))
      for (Family& smaller : split_into_families(pairs, std::move(part)))
        open.push_back(std::move(smaller));
  }
  return done;
}

std::vector<std::string> template_texts(const ExactFamily& exact, const PairForm& form, End end) {
  const SideForm& side = end == End::a ? form.a : form.b;
  std::span<const NumberForm> numbers =
      end == End::a ? exact.family.numbers_a : exact.family.numbers_b;
  std::vector<std::string> texts;
  for (const KeyTemplate& key : side.keys) {
    const std::size_t count = key.numbers.size();
    texts.push_back(
        template_text(key, numbers.first(count), end == End::a ? &exact.values : nullptr));
    numbers = numbers.subspan(count);
  }
  return texts;
}

std::optional<std::string> braced(const std::vector<std::string>& texts, std::string_view name) {
  const std::size_t first = common_prefix(texts);
  std::vector<std::string> backwards;
  for (const std::string& text : texts)
    backwards.emplace_back(text.rbegin(), text.rend() - static_cast<std::ptrdiff_t>(first));
  std::size_t last = backwards.front().size();
  for (const std::string& text : backwards) {
    const auto end = std::ranges::mismatch(text, backwards.front()).in1;
    last = std::min(last, static_cast<std::size_t>(end - text.begin()));
  }
  const std::vector<bool> may_cut = boundaries(texts.front());
  while (!may_cut[texts.front().size() - last]) --last;
  std::vector<std::string> words;
  for (const std::string& text : texts) {
    words.push_back(text.substr(first, text.size() - last - first));
    if (words.back().empty() || words.back().find_first_of("{}*\\, \t\":") != std::string::npos ||
        words.back().find("..") != std::string::npos)
      return std::nullopt;
  }
  const std::string label = name.empty() ? "" : concat(name, ":");
  return concat(texts.front().substr(0, first), "{", label, join(words, ","), "}",
                texts.front().substr(texts.front().size() - last));
}

std::string quoted_template(const std::string& text) {
  std::string outside;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escaped = text[i] == '\\' && i + 1 < text.size();
    if (is_escaped) ++i;
    if (text[i] == '{' && !is_escaped) ++depth;
    if (depth == 0) outside += text[i];
    if (text[i] == '}' && !is_escaped) --depth;
  }
  const bool needs_quotes = outside.find_first_of(quoted_characters) != std::string::npos ||
                            outside.find_first_of("?\"") != std::string::npos ||
                            outside.find("->") != std::string::npos || outside == "=";
  return needs_quotes ? concat("\"", text, "\"") : text;
}

}  // namespace ckpt::match
