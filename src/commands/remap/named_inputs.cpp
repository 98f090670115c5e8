#include "commands/remap/named_inputs.hpp"

#include <cctype>
#include <optional>
#include <string>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "commands/shared/prefixes.hpp"

namespace ckpt::commands {

namespace {

/// The position of {r} or {r:02} in a text, and the number of digits that it asks for.
struct Counter {
  std::size_t first = 0;
  std::size_t end = 0;
  std::string_view name;
  std::size_t digits = 0;
};

std::optional<Counter> read_counter(std::string_view text, std::size_t first) {
  const auto is_part = [&](std::size_t i) {
    return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) || text[i] == '_');
  };
  std::size_t at = first + 1;
  if (!is_part(at) || std::isdigit(static_cast<unsigned char>(text[at]))) return std::nullopt;
  while (is_part(at)) ++at;
  Counter counter{.first = first, .name = text.substr(first + 1, at - first - 1)};
  const bool has_width = text.substr(at).starts_with(":0") && at + 2 < text.size() &&
                         text[at + 2] >= '1' && text[at + 2] <= '9';
  if (has_width) {
    counter.digits = static_cast<std::size_t>(text[at + 2] - '0');
    at += 3;
  }
  if (at >= text.size() || text[at] != '}') return std::nullopt;
  counter.end = at + 1;
  return counter;
}

std::optional<Counter> find_counter(std::string_view text) {
  for (std::size_t i = text.find('{'); i != std::string_view::npos; i = text.find('{', i + 1))
    if (auto counter = read_counter(text, i)) return counter;
  return std::nullopt;
}

/// `text` with every counter replaced by `number`.
std::string counted_text(std::string_view text, std::uint64_t number) {
  std::string result;
  while (const auto counter = find_counter(text)) {
    const std::string digits = concat(number);
    result += text.substr(0, counter->first);
    if (digits.size() < counter->digits) result.append(counter->digits - digits.size(), '0');
    result += digits;
    text = text.substr(counter->end);
  }
  return result.append(text);
}

std::vector<Input> count_inputs(std::string_view prefix, std::string_view file) {
  const auto input_of = [&](std::uint64_t number) {
    return Input{counted_text(file, number), counted_text(prefix, number)};
  };
  std::uint64_t number = std::filesystem::exists(input_of(0).path) ? 0 : 1;
  std::vector<Input> inputs;
  for (Input input = input_of(number); std::filesystem::exists(input.path);
       input = input_of(++number))
    inputs.push_back(std::move(input));
  if (inputs.empty())
    throw Error(ErrorKind::usage, concat("--in: there is neither ", input_of(0).path.string(),
                                         " nor ", input_of(1).path.string()));
  return inputs;
}

}  // namespace

std::vector<Input> parse_named_input(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals + 1 == text.size())
    throw Error(ErrorKind::usage, concat("--in: expected PREFIX=FILE, got ", quote(text)));
  const std::string_view prefix = text.substr(0, equals);
  within("--in", [&] { refuse_unseparated(std::string(prefix), std::string(text)); });
  const std::string_view file = text.substr(equals + 1);
  const auto counter = find_counter(prefix);
  if (const auto in_file = find_counter(file)) {
    if (counter && counter->name != in_file->name)
      throw Error(ErrorKind::usage, concat("--in: {", counter->name, "} and {", in_file->name,
                                           "} are two numbers, expected one"));
    return count_inputs(prefix, file);
  }
  if (counter)
    throw Error(ErrorKind::usage, concat("--in: {", counter->name, "} is not in ", quote(file)),
                "such as rank{r}/=consolidated.{r:02}.pth");
  return {{file, std::string(prefix)}};
}

}  // namespace ckpt::commands
