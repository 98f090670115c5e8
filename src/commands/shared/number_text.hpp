// Numbers for reading, with a few digits.
#pragma once

#include <cstdint>
#include <string>

namespace ckpt::commands {

/// Three significant digits: "0.0123", "1.2e-07".
std::string short_number(double number);

/// "25 %", "<0.1 %", ">99.9 %": never rounded to 0 or 100.
std::string share_text(std::uint64_t part, std::uint64_t whole);

}  // namespace ckpt::commands
