// Components are small for real models, and solved exactly by the Hungarian method in cubic time. A
// component above the limit is assigned greedily, best score first.

#include "match/align/assign.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace ckpt::match {

namespace {

// A larger component is assigned greedily: the exact method takes time cubic in its size.
constexpr std::size_t largest_exact_part = 1500;
constexpr std::uint32_t nobody = static_cast<std::uint32_t>(-1);

/// The connected components of the graph of candidates; each with its candidates.
class Components {
 public:
  explicit Components(const Candidates& candidates)
      : parent_(candidates.count_a() + candidates.count_b()) {
    std::iota(parent_.begin(), parent_.end(), 0U);
    const auto offset = static_cast<std::uint32_t>(candidates.count_a());
    for (const Candidate& pair : candidates.pairs()) parent_[find(pair.a)] = find(offset + pair.b);
    std::vector<std::uint32_t> number(parent_.size(), nobody);
    for (std::uint32_t i = 0; i < candidates.pairs().size(); ++i) {
      std::uint32_t& part = number[find(candidates.pairs()[i].a)];
      if (part == nobody) {
        part = static_cast<std::uint32_t>(parts.size());
        parts.emplace_back();
      }
      parts[part].push_back(i);
    }
  }

  std::vector<std::vector<std::uint32_t>> parts;

 private:
  std::uint32_t find(std::uint32_t node) {
    while (parent_[node] != node) node = parent_[node] = parent_[parent_[node]];
    return node;
  }

  std::vector<std::uint32_t> parent_;
};

/// The minimum-cost assignment of every row to a column (rows <= columns) by shortest augmenting
/// paths with potentials, the "Hungarian method". Element [row * columns + column] is the cost.
class Hungarian {
 public:
  Hungarian(const std::vector<double>& costs, std::size_t rows, std::size_t columns)
      : costs_(costs),
        columns_(columns),
        row_potential_(rows + 1),
        column_potential_(columns + 1),
        row_of_column_(columns + 1, 0),
        previous_(columns + 1, 0) {
    for (std::size_t row = 1; row <= rows; ++row) augment(row);
  }

  /// The row assigned to each column, or nobody.
  std::vector<std::uint32_t> row_of_column() const {
    std::vector<std::uint32_t> rows;
    for (std::size_t column = 1; column <= columns_; ++column)
      rows.push_back(row_of_column_[column] == 0
                         ? nobody
                         : static_cast<std::uint32_t>(row_of_column_[column] - 1));
    return rows;
  }

 private:
  // Rows and columns count from 1; column 0 stands for the row that is being assigned.
  void augment(std::size_t row) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    std::vector<double> slack(columns_ + 1, infinity);
    std::vector<bool> used(columns_ + 1, false);
    row_of_column_[0] = row;
    std::size_t column = 0;
    do {
      used[column] = true;
      column = advance(column, slack, used);
    } while (row_of_column_[column] != 0);
    for (; column != 0; column = previous_[column])
      row_of_column_[column] = row_of_column_[previous_[column]];
  }

  std::size_t advance(std::size_t column, std::vector<double>& slack,
                      const std::vector<bool>& used) {
    const std::size_t row = row_of_column_[column];
    const double* costs = costs_.data() + (row - 1) * columns_;
    double least = std::numeric_limits<double>::infinity();
    std::size_t next = 0;
    for (std::size_t j = 1; j <= columns_; ++j) {
      if (used[j]) continue;
      const double reduced = costs[j - 1] - row_potential_[row] - column_potential_[j];
      if (reduced < slack[j]) {
        slack[j] = reduced;
        previous_[j] = column;
      }
      if (slack[j] < least) {
        least = slack[j];
        next = j;
      }
    }
    for (std::size_t j = 0; j <= columns_; ++j) {
      if (used[j]) {
        row_potential_[row_of_column_[j]] += least;
        column_potential_[j] -= least;
      } else {
        slack[j] -= least;
      }
    }
    return next;
  }

  const std::vector<double>& costs_;
  std::size_t columns_;
  std::vector<double> row_potential_, column_potential_;
  std::vector<std::size_t> row_of_column_, previous_;
};

std::vector<std::uint32_t> numbered(const Candidates& candidates,
                                    const std::vector<std::uint32_t>& part,
                                    std::uint32_t Candidate::*end) {
  std::vector<std::uint32_t> nodes;
  for (const std::uint32_t i : part) nodes.push_back(candidates.pairs()[i].*end);
  std::ranges::sort(nodes);
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

std::size_t place_of(const std::vector<std::uint32_t>& nodes, std::uint32_t node) {
  return static_cast<std::size_t>(std::ranges::lower_bound(nodes, node) - nodes.begin());
}

/// Takes candidates best first; each uses up both of its units.
void assign_greedily(const Candidates& candidates, std::vector<std::uint32_t> part,
                     std::vector<std::uint32_t>& chosen) {
  const std::vector<Candidate>& pairs = candidates.pairs();
  std::ranges::stable_sort(part, std::ranges::greater{},
                           [&](std::uint32_t i) { return pairs[i].score; });
  std::vector<bool> taken_a(candidates.count_a()), taken_b(candidates.count_b());
  for (const std::uint32_t i : part) {
    if (taken_a[pairs[i].a] || taken_b[pairs[i].b]) continue;
    taken_a[pairs[i].a] = taken_b[pairs[i].b] = true;
    chosen.push_back(i);
  }
}

/// A pair that is not a candidate has value 0; a candidate has its score plus a small constant.
void assign_exactly(const Candidates& candidates, const std::vector<std::uint32_t>& part,
                    std::vector<std::uint32_t>& chosen) {
  std::vector<std::uint32_t> rows = numbered(candidates, part, &Candidate::a);
  std::vector<std::uint32_t> columns = numbered(candidates, part, &Candidate::b);
  const bool is_turned = rows.size() > columns.size();
  const auto row_end = is_turned ? &Candidate::b : &Candidate::a;
  const auto column_end = is_turned ? &Candidate::a : &Candidate::b;
  if (is_turned) std::swap(rows, columns);
  std::vector<double> costs(rows.size() * columns.size(), 0.0);
  std::vector<std::uint32_t> pair_at(costs.size(), nobody);
  for (const std::uint32_t i : part) {
    const Candidate& pair = candidates.pairs()[i];
    const std::size_t cell =
        place_of(rows, pair.*row_end) * columns.size() + place_of(columns, pair.*column_end);
    costs[cell] = -(pair.score + 1);
    pair_at[cell] = i;
  }
  const auto row_of_column = Hungarian(costs, rows.size(), columns.size()).row_of_column();
  for (std::size_t column = 0; column < columns.size(); ++column) {
    if (row_of_column[column] == nobody) continue;
    const std::uint32_t pair = pair_at[row_of_column[column] * columns.size() + column];
    if (pair != nobody) chosen.push_back(pair);
  }
}

}  // namespace

std::vector<std::uint32_t> assign(const Candidates& candidates) {
  std::vector<std::uint32_t> chosen;
  for (const std::vector<std::uint32_t>& part : Components(candidates).parts) {
    const std::size_t size = std::max(numbered(candidates, part, &Candidate::a).size(),
                                      numbered(candidates, part, &Candidate::b).size());
    if (size > largest_exact_part) {
      assign_greedily(candidates, part, chosen);
    } else {
      assign_exactly(candidates, part, chosen);
    }
  }
  std::ranges::sort(chosen);
  return chosen;
}

}  // namespace ckpt::match
