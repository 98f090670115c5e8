// How fast the loops over elements are, on one core, beside memcpy and pread: see table.hpp and
// inputs.hpp.
//
//   micro_bench [GROUP]...     cast statistics compare average gather checksum; all without a name
#include <algorithm>
#include <iostream>
#include <span>
#include <string_view>

#include "groups.hpp"

namespace {

struct Group {
  std::string_view name;
  void (*print_rows)(bench::Table& table);
};

constexpr Group groups[] = {
    {"cast", bench::cast_rows},       {"statistics", bench::statistics_rows},
    {"compare", bench::compare_rows}, {"average", bench::average_rows},
    {"gather", bench::gather_rows},   {"checksum", bench::checksum_rows},
};

}  // namespace

int main(int argument_count, char** arguments) {
  const std::span<char*> names(arguments + 1, static_cast<std::size_t>(argument_count - 1));
  for (const std::string_view name : names) {
    if (std::ranges::find(groups, name, &Group::name) != std::end(groups)) continue;
    std::cerr << "micro_bench: there is no group " << name << '\n';
    return 2;
  }
  bench::Table table;
  for (const Group& group : groups) {
    if (!names.empty() && std::ranges::find(names, group.name) == names.end()) continue;
    table.heading(group.name);
    group.print_rows(table);
  }
}
