// Sizes, counts and times for people. Decimal units: 1 kB is 1000 bytes, as disks and `ls` at
// their decimal setting count. Exact numbers belong into JSON.
#pragma once

#include <cstdint>
#include <string>

namespace ckpt::render {

/// "48 B", "1.5 kB", "497.8 MB", "18.4 EB"; one decimal from 1 kB on.
std::string human_bytes(std::uint64_t size_bytes);

/// "810 MB/s", "1.2 GB/s", "48 B/s": no decimals from 10 of a unit on.
std::string human_rate(double bytes_per_second);

/// "999", "1.2 k", "25.6 M", "7.0 G"
std::string human_count(std::uint64_t count);

/// "4.2 ms", "0.31 s", "12.3 s", "1 min 15 s", "2 h 3 min"; negative or NaN is "0.0 ms".
std::string human_seconds(double seconds);

}  // namespace ckpt::render
