#include "cli/options.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::cli {

namespace {

template <class Number>
void read_number(const std::string& text, Number& value, std::string_view expected) {
  const char* const end = text.data() + text.size();
  const auto [stopped_at, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc{} && stopped_at == end) return;
  throw Error(ErrorKind::usage, concat("expected ", expected, ", got ", quote(text)));
}

}  // namespace

void read_value(const std::string& text, std::string& value) { value = text; }
void read_value(const std::string& text, std::int64_t& value) {
  read_number(text, value, "an integer");
}
void read_value(const std::string& text, std::uint64_t& value) {
  read_number(text, value, "a non-negative integer");
}
void read_value(const std::string& text, double& value) { read_number(text, value, "a number"); }

void read_value(const std::string& text, std::filesystem::path& value) {
  if (text.empty()) throw Error(ErrorKind::usage, "expected a file name, got ''");
  if (text == "-")
    throw Error(ErrorKind::usage, "expected a file name, got '-'",
                "ckpt reads and writes files by position, which pipes do not allow; "
                "./- is a file of that name");
  value = text;
}

void options_detail::throw_not_a_choice(const std::string& text,
                                        const std::vector<std::string>& choices) {
  throw Error(ErrorKind::usage,
              concat("expected one of ", join(choices, ", "), ", got ", quote(text)),
              did_you_mean(find_closest(text, choices)));
}

void Options::each(std::string_view names, TakeValue take, std::string_view help,
                   std::string_view placeholder) {
  OptionSpec& option = add_option(names, help, placeholder);
  option.is_repeatable = true;
  option.take = std::move(take);
}

void Options::excludes(std::string_view option, std::string_view other) {
  option_named(option).excluded.push_back(option_named(other).name());
}

void Options::needs(std::string_view option, std::string_view other) {
  option_named(option).needed.push_back(option_named(other).name());
}

std::vector<std::filesystem::path> Options::listed(const std::vector<ListFiles>& lists) {
  std::vector<std::filesystem::path> files;
  for (const ListFiles& list : lists) list(files);
  return files;
}

const OptionSpec* Options::find_option(std::string_view name) const {
  const auto has_name = [name](const OptionSpec& option) {
    return option.short_name == name ||
           std::ranges::find(option.long_names, name) != option.long_names.end();
  };
  const auto found = std::ranges::find_if(options_, has_name);
  return found == options_.end() || name.empty() ? nullptr : &*found;
}

OptionSpec& Options::option_named(std::string_view name) {
  const OptionSpec* const found = find_option(name);
  if (found == nullptr) throw std::logic_error(concat("option ", name, " is not declared"));
  return options_[static_cast<std::size_t>(found - options_.data())];
}

OptionSpec& Options::add_option(std::string_view names, std::string_view help,
                                std::string_view placeholder) {
  OptionSpec option;
  for (const std::string_view name : split(names, ',')) {
    if (find_option(name) != nullptr)
      throw std::logic_error(concat("option ", name, " is declared twice"));
    if (name.starts_with("--")) {
      option.long_names.emplace_back(name);
    } else {
      option.short_name = name;
    }
  }
  option.help = help;
  option.placeholder = placeholder;
  option.group = group_;
  return options_.emplace_back(std::move(option));
}

void Options::add_positional(std::string_view name, Count count, std::string_view help) {
  PositionalSpec positional;
  positional.name = name;
  positional.help = help;
  positional.count = count;
  positionals_.push_back(std::move(positional));
}

}  // namespace ckpt::cli
