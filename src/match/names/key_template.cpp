#include "match/names/key_template.hpp"

#include <algorithm>

#include "ckpt/base/text.hpp"

namespace ckpt::match {

namespace {

constexpr std::size_t most_digits = 9;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_number(std::string_view digits) {
  return !digits.empty() && digits.size() <= most_digits &&
         (digits.size() == 1 || digits[0] != '0');
}

}  // namespace

std::string KeyTemplate::text() const {
  std::string text = literals.front();
  for (std::size_t i = 1; i < literals.size(); ++i) {
    text += '#';
    text += literals[i];
  }
  return text;
}

std::pair<std::string_view, std::string_view> split_last_part(std::string_view key) {
  const std::size_t dot = key.find_last_of("./");
  if (dot == std::string_view::npos) return {"", key};
  return {key.substr(0, dot + 1), key.substr(dot + 1)};
}

KeyTemplate make_key_template(std::string_view key) {
  KeyTemplate form{{""}, {}};
  while (!key.empty()) {
    const auto digit = std::ranges::find_if(key, is_digit);
    form.literals.back() += std::string_view(key.begin(), digit);
    key.remove_prefix(static_cast<std::size_t>(digit - key.begin()));
    const auto end = std::ranges::find_if_not(key, is_digit);
    const std::string_view digits(key.begin(), end);
    key.remove_prefix(digits.size());
    if (is_number(digits)) {
      form.numbers.push_back(*find_integer(digits));
      form.literals.emplace_back();
    } else {
      form.literals.back() += digits;
    }
  }
  return form;
}

std::string fill_template(const KeyTemplate& form, const std::vector<std::int64_t>& numbers) {
  std::string key = form.literals.front();
  for (std::size_t i = 0; i < numbers.size(); ++i) key += concat(numbers[i], form.literals[i + 1]);
  return key;
}

}  // namespace ckpt::match
