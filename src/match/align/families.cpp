// solve_column() looks for b = a + c or b = c - a in every row. A group whose numbers allow no
// common formula is split by the number with the fewest values, and each part is tried again.

#include "match/align/families.hpp"

#include <algorithm>
#include <map>

#include "ckpt/base/text.hpp"

namespace ckpt::match {

namespace {

using Numbers = std::vector<std::int64_t>;

/// The numbers of each member, one row per member.
struct NumberTable {
  std::vector<Numbers> a, b;

  NumberTable(std::span<const PairForm> pairs, const std::vector<std::size_t>& members) {
    for (const std::size_t member : members) {
      a.push_back(pairs[member].a.numbers());
      b.push_back(pairs[member].b.numbers());
    }
  }
};

bool is_constant(const std::vector<Numbers>& rows, std::size_t column) {
  return std::ranges::all_of(rows,
                             [&](const Numbers& row) { return row[column] == rows[0][column]; });
}

/// Makes a variable of each number of A that varies; numbers that are always equal share a
/// variable.
void name_variables(const NumberTable& table, Family& family) {
  std::vector<std::size_t> column_of_variable;
  for (std::size_t column = 0; column < table.a[0].size(); ++column) {
    if (is_constant(table.a, column)) {
      family.numbers_a.push_back({.constant = table.a[0][column]});
      continue;
    }
    const auto same = std::ranges::find_if(column_of_variable, [&](std::size_t other) {
      return std::ranges::all_of(table.a,
                                 [&](const Numbers& row) { return row[other] == row[column]; });
    });
    const auto variable = static_cast<std::size_t>(same - column_of_variable.begin());
    if (same == column_of_variable.end()) column_of_variable.push_back(column);
    family.numbers_a.push_back({.kind = NumberForm::Kind::variable, .variable = variable});
  }
  family.variable_count = column_of_variable.size();
}

/// Expresses column `column` of B as a variable of A plus a constant, or a constant minus a
/// variable.
std::optional<NumberForm> solve_column(const NumberTable& table, const Family& family,
                                       std::size_t column) {
  for (std::size_t source = 0; source < family.numbers_a.size(); ++source) {
    if (family.numbers_a[source].kind == NumberForm::Kind::constant) continue;
    for (const bool is_negated : {false, true}) {
      const auto rest = [&](std::size_t row) {
        return table.b[row][column] + (is_negated ? 1 : -1) * table.a[row][source];
      };
      bool fits = true;
      for (std::size_t row = 1; fits && row < table.a.size(); ++row) fits = rest(row) == rest(0);
      if (fits)
        return NumberForm{NumberForm::Kind::variable, rest(0), family.numbers_a[source].variable,
                          is_negated};
    }
  }
  return std::nullopt;
}

std::optional<Family> find_family(std::span<const PairForm> pairs,
                                  const std::vector<std::size_t>& members) {
  const NumberTable table(pairs, members);
  Family family{.members = members, .numbers_a = {}, .numbers_b = {}};
  name_variables(table, family);
  std::vector<bool> used(family.variable_count);
  for (std::size_t column = 0; column < table.b[0].size(); ++column) {
    if (is_constant(table.b, column)) {
      family.numbers_b.push_back({.constant = table.b[0][column]});
      continue;
    }
    const auto form = solve_column(table, family, column);
    if (!form) return std::nullopt;
    used[form->variable] = true;
    family.numbers_b.push_back(*form);
  }
  if (std::ranges::find(used, false) != used.end()) return std::nullopt;
  for (const std::size_t position : pairs[members.front()].a.open_numbers)
    family.numbers_a[position].kind = NumberForm::Kind::open;
  for (const std::size_t position : pairs[members.front()].b.open_numbers)
    family.numbers_b[position].kind = NumberForm::Kind::open;
  return family;
}

}  // namespace

std::string SideForm::text() const {
  std::string text;
  for (const std::size_t position : open_numbers) text += concat(position, ' ');
  for (const KeyTemplate& key : keys) {
    text += key.text();
    text += '\n';
  }
  return text;
}

Numbers SideForm::numbers() const {
  Numbers all;
  for (const KeyTemplate& key : keys) all.insert(all.end(), key.numbers.begin(), key.numbers.end());
  return all;
}

std::optional<Numbers> Family::variables_of(std::span<const std::int64_t> numbers) const {
  if (numbers.size() != numbers_a.size()) return std::nullopt;
  Numbers values(variable_count, -1);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const NumberForm& form = numbers_a[i];
    if (form.kind == NumberForm::Kind::open) continue;
    if (form.kind == NumberForm::Kind::constant) {
      if (form.constant != numbers[i]) return std::nullopt;
    } else {
      if (values[form.variable] >= 0 && values[form.variable] != numbers[i]) return std::nullopt;
      values[form.variable] = numbers[i];
    }
  }
  return values;
}

std::vector<std::vector<std::size_t>> cut(std::span<const PairForm> pairs,
                                          const std::vector<std::size_t>& members) {
  const NumberTable table(pairs, members);
  std::vector<std::vector<std::size_t>> best;
  for (std::size_t column = 0; column < table.a[0].size(); ++column) {
    std::map<std::int64_t, std::vector<std::size_t>> by_value;
    for (std::size_t row = 0; row < members.size(); ++row)
      by_value[table.a[row][column]].push_back(members[row]);
    if (by_value.size() < 2 || (!best.empty() && by_value.size() >= best.size())) continue;
    best.clear();
    for (auto& [value, rows] : by_value) best.push_back(std::move(rows));
  }
  return best;
}

std::vector<Family> split_into_families(std::span<const PairForm> pairs,
                                        std::vector<std::size_t> members) {
  std::vector<Family> families;
  std::vector<std::vector<std::size_t>> open{std::move(members)};
  while (!open.empty()) {
    const std::vector<std::size_t> next = std::move(open.back());
    open.pop_back();
    if (auto family = find_family(pairs, next)) {
      families.push_back(std::move(*family));
      continue;
    }
    for (auto& part : cut(pairs, next)) open.push_back(std::move(part));
  }
  return families;
}

std::vector<Family> find_families(std::span<const PairForm> pairs,
                                  std::span<const std::size_t> group) {
  std::map<std::size_t, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < pairs.size(); ++i) groups[group[i]].push_back(i);
  std::vector<Family> families;
  for (auto& [number, members] : groups)
    for (Family& family : split_into_families(pairs, std::move(members)))
      families.push_back(std::move(family));
  return families;
}

}  // namespace ckpt::match
