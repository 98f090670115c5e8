// Numbers as they are read, not computed with: a few digits.
#pragma once

#include <cstdint>
#include <string>

namespace ckpt::commands {

/// Three significant digits: "0.0123", "1.2e-07".
std::string short_number(double number);

/// "25 %", "<0.1 %", ">99.9 %": never rounded to none or all.
std::string share_text(std::uint64_t part, std::uint64_t whole);

}  // namespace ckpt::commands
