// Sizes, counts and times as text for people. Units are decimal: 1 kB is 1000 bytes. JSON output
// has exact numbers instead.
#pragma once

#include <cstdint>
#include <string>

namespace ckpt::render {

/// "48 B", "1.5 kB", "497.8 MB", "18.4 EB"; one decimal from 1 kB on.
std::string human_bytes(std::uint64_t size_bytes);

/// "810 MB/s", "1.2 GB/s", "48 B/s"; one decimal below 10 of a unit, none from 10 on.
std::string human_rate(double bytes_per_second);

/// "999", "1.2 k", "25.6 M", "7.0 G"
std::string human_count(std::uint64_t count);

/// "4.2 ms", "0.31 s", "12.3 s", "1 min 15 s", "2 h 3 min"; "0.0 ms" for negative numbers and NaN.
std::string human_seconds(double seconds);

}  // namespace ckpt::render
