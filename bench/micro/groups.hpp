// The groups of rows, a file each.
#pragma once

#include "table.hpp"

namespace bench {

void cast_rows(Table& table);
void statistics_rows(Table& table);
void compare_rows(Table& table);
void average_rows(Table& table);
void gather_rows(Table& table);
void checksum_rows(Table& table);

}  // namespace bench
