#include "optim/find/path_words.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace ckpt::optim {

namespace {

constexpr std::array<std::string_view, 16> common_words{
    "opt", "optim",  "optimizer", "optimizers", "state",  "dict", "model",  "models",
    "net", "states", "weights",   "sd",         "module", "ckpt", "params", "checkpoint"};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || is_upper(c); }

std::vector<std::string> telling_words(const std::string& path) {
  std::vector<std::string> words{""};
  for (const char c : path) {
    if (!is_letter(c) || (is_upper(c) && words.back().size() > 1)) words.emplace_back();
    if (is_letter(c)) words.back() += static_cast<char>(c | 0x20);
  }
  std::erase_if(words, [](const std::string& word) {
    return word.empty() ||
           std::ranges::find(common_words, std::string_view(word)) != common_words.end();
  });
  return words;
}

}  // namespace

int words_in_common(const std::string& a, const std::string& b) {
  const std::vector<std::string> others = telling_words(b);
  int count = 0;
  for (const std::string& word : telling_words(a))
    count += std::ranges::any_of(others, [&](const std::string& other) {
      return word.starts_with(other) || other.starts_with(word);
    });
  return count;
}

}  // namespace ckpt::optim
