// A key with its numbers taken out: "layer1.0.bn2.weight" is "layer#.#.bn#.weight" with 1, 0, 2.
//
// A number is what {i} of a rule matches: decimal, without leading zeros, below a billion.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ckpt::match {

struct KeyTemplate {
  std::vector<std::string> literals;  ///< one more than numbers: in front of, between and behind
                                      ///< them
  std::vector<std::int64_t> numbers;

  /// The template with # for each number.
  std::string text() const;
  bool operator==(const KeyTemplate&) const = default;
};

/// The key split in front of its last part: "a.b.c" is {"a.b.", "c"}.
std::pair<std::string_view, std::string_view> split_last_part(std::string_view key);

KeyTemplate make_key_template(std::string_view key);
std::string fill_template(const KeyTemplate& form, const std::vector<std::int64_t>& numbers);

}  // namespace ckpt::match
