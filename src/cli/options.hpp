// The options and arguments that a command declares, bound to its own members.
//
//   options.flag("--tree", is_tree_, "as an outline");
//   options.output("-o,--output", output_, "write to FILE", "FILE");       // std::optional<path>
//   options.value("--order", order_, "one name a line", "FILE");           // a path is an input
//   options.value("--keep,--include", keep_, "keep only these", "PATTERN"); // vector: repeatable
//   options.choice("--sort", sort_, {{"file", Sort::file}, {"size", Sort::size}}, "order of rows");
//   options.positional("FILE", input_, "the checkpoint");
//   options.positionals("PATTERN", patterns_, Count::any, "which keys");
//
// Options only records declarations: parse.hpp parses a command line with them, help.hpp and
// completions describe them. The first long name is the name of the option in messages and
// relations; the others are aliases. Values may start with '-' or '!' and are never split at
// commas. An option with a single value that is given twice is refused, because either value could
// be meant.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ckpt/base/text.hpp"

namespace ckpt::cli {

/// What a shell can complete.
enum class ValueKind { text, file, choice };

enum class Count { one, optional, one_or_more, any };

/// Appends file names.
using ListFiles = std::function<void(std::vector<std::filesystem::path>& files)>;

/// Takes one value, or throws Error{usage} saying what was expected.
using TakeValue = std::function<void(const std::string& value)>;

/// A declared option.
struct OptionSpec {
  std::string short_name;               ///< "-o", or ""
  std::vector<std::string> long_names;  ///< "--output" and its aliases
  std::string help;
  std::string placeholder;  ///< "FILE"; "" for a flag
  std::string group;
  ValueKind kind = ValueKind::text;
  std::vector<std::string> choices;
  bool is_repeatable = false;
  TakeValue take;  ///< called with "" for a flag
  std::vector<std::string> excluded;
  std::vector<std::string> needed;

  bool takes_value() const { return !placeholder.empty(); }
  const std::string& name() const { return long_names.empty() ? short_name : long_names.front(); }
};

/// A declared positional argument.
struct PositionalSpec {
  std::string name;
  std::string help;
  Count count = Count::one;
  ValueKind kind = ValueKind::text;
  std::vector<std::string> choices;
  TakeValue take;
};

// Converts a text to a value. Throws Error{usage} unless all of the text is used and the value is
// in range.
void read_value(const std::string& text, std::string& value);
void read_value(const std::string& text, std::filesystem::path& value);
void read_value(const std::string& text, std::int64_t& value);
void read_value(const std::string& text, std::uint64_t& value);
void read_value(const std::string& text, double& value);

namespace options_detail {

template <class T>
struct Target {
  using Value = T;
  static void take(T& target, const std::string& text) { read_value(text, target); }
};

template <class T>
struct Target<std::optional<T>> {
  using Value = T;
  static void take(std::optional<T>& target, const std::string& text) {
    read_value(text, target.emplace());
  }
};

template <class T>
struct Target<std::vector<T>> {
  using Value = T;
  static void take(std::vector<T>& target, const std::string& text) {
    read_value(text, target.emplace_back());
  }
};

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
TakeValue into(T& target) {
  return [&target](const std::string& text) { Target<T>::take(target, text); };
}

template <class T>
constexpr ValueKind kind_of() {
  using Value = typename Target<T>::Value;
  return std::is_same_v<Value, std::filesystem::path> ? ValueKind::file : ValueKind::text;
}

inline ListFiles lister(const std::filesystem::path& target) {
  return [&target](std::vector<std::filesystem::path>& files) { files.push_back(target); };
}
inline ListFiles lister(const std::optional<std::filesystem::path>& target) {
  return [&target](std::vector<std::filesystem::path>& files) {
    if (target) files.push_back(*target);
  };
}
inline ListFiles lister(const std::vector<std::filesystem::path>& target) {
  return [&target](std::vector<std::filesystem::path>& files) {
    files.insert(files.end(), target.begin(), target.end());
  };
}

/// Throws Error{usage} "expected one of a, b, got 'x'", with the closest word as a hint.
[[noreturn]] void throw_not_a_choice(const std::string& text,
                                     const std::vector<std::string>& choices);

}  // namespace options_detail

template <class E>
struct Choice {
  std::string_view word;
  E value;
};

/// The choices for a target that is an enum E or a std::optional<E>.
template <class T>
using ChoicesFor = std::initializer_list<Choice<typename options_detail::Target<T>::Value>>;

namespace options_detail {

template <class T>
std::vector<std::string> words_of(ChoicesFor<T> choices) {
  std::vector<std::string> words;
  for (const auto& choice : choices) words.emplace_back(choice.word);
  return words;
}

template <class T>
TakeValue into_choice(T& target, ChoicesFor<T> choices) {
  return [&target, words = words_of<T>(choices),
          rows = std::vector(choices)](const std::string& text) {
    for (const auto& choice : rows) {
      if (choice.word != text) continue;
      target = choice.value;
      return;
    }
    throw_not_a_choice(text, words);
  };
}

}  // namespace options_detail

/// Targets must outlive parsing: they are members of the command.
class Options {
 public:
  /// Options declared from now on appear under `title` in help.
  void group(std::string_view title) { group_ = title; }

  void flag(std::string_view names, bool& target, std::string_view help) {
    flag(names, target, true, help);
  }
  /// When the flag is given, `target` becomes `value_if_given`.
  template <class T>
  void flag(std::string_view names, T& target, T value_if_given, std::string_view help) {
    add_option(names, help, {}).take = [&target, value_if_given](const std::string&) {
      target = value_if_given;
    };
  }

  /// T is std::string, path, int64, uint64, double, an optional of these, or a vector of these, to
  /// which each occurrence appends. A path counts as an input.
  template <class T>
  void value(std::string_view names, T& target, std::string_view help,
             std::string_view placeholder) {
    add_value(names, target, help, placeholder);
    add_input(target);
  }
  /// A file that the command writes; it must not be one of its inputs.
  void output(std::string_view names, std::optional<std::filesystem::path>& target,
              std::string_view help, std::string_view placeholder) {
    add_value(names, target, help, placeholder);
    outputs_.push_back(options_detail::lister(target));
  }
  /// Registers inputs that are not plain paths: NAME=FILE, FILE:PATH.
  void reads(ListFiles list) { inputs_.push_back(std::move(list)); }

  /// Calls `take` for every occurrence, in command line order across all such options: for options
  /// whose order matters, such as rules.
  void each(std::string_view names, TakeValue take, std::string_view help,
            std::string_view placeholder);

  /// T is an enum or a std::optional of one.
  template <class T>
  void choice(std::string_view names, T& target, ChoicesFor<T> choices, std::string_view help) {
    const std::vector<std::string> words = options_detail::words_of<T>(choices);
    OptionSpec& option = add_option(names, help, "WORD");
    option.kind = ValueKind::choice;
    option.choices = words;
    option.take = options_detail::into_choice(target, choices);
  }

  template <class T>
  void positional(std::string_view name, T& target, std::string_view help) {
    static_assert(!options_detail::is_vector<T>, "use positionals()");
    add_positional(name, options_detail::is_optional<T> ? Count::optional : Count::one, help);
    positionals_.back().kind = options_detail::kind_of<T>();
    positionals_.back().take = options_detail::into(target);
    add_input(target);
  }
  template <class T>
  void positionals(std::string_view name, std::vector<T>& target, Count count,
                   std::string_view help) {
    add_positional(name, count, help);
    positionals_.back().kind = options_detail::kind_of<std::vector<T>>();
    positionals_.back().take = options_detail::into(target);
    add_input(target);
  }

  /// An argument that is one of a few words.
  template <class T>
  void positional_choice(std::string_view name, T& target, ChoicesFor<T> choices,
                         std::string_view help) {
    add_positional(name, options_detail::is_optional<T> ? Count::optional : Count::one, help);
    positionals_.back().kind = ValueKind::choice;
    positionals_.back().choices = options_detail::words_of<T>(choices);
    positionals_.back().take = options_detail::into_choice(target, choices);
  }

  /// Giving both options, which are declared under these names, throws Error{usage}.
  void excludes(std::string_view option, std::string_view other);
  /// Giving `option` without `other` throws Error{usage}.
  void needs(std::string_view option, std::string_view other);
  /// Called after parsing, to check what excludes() and needs() cannot express.
  void check(std::function<void()> verify) { checks_.push_back(std::move(verify)); }

  const std::vector<OptionSpec>& options() const { return options_; }
  const std::vector<PositionalSpec>& positionals() const { return positionals_; }
  const std::vector<std::function<void()>>& checks() const { return checks_; }
  /// The input files on the command line; call after parsing.
  std::vector<std::filesystem::path> inputs() const { return listed(inputs_); }
  std::vector<std::filesystem::path> outputs() const { return listed(outputs_); }
  /// Finds an option by any of its names, with dashes.
  const OptionSpec* find_option(std::string_view name) const;

 private:
  template <class T>
  void add_value(std::string_view names, T& target, std::string_view help,
                 std::string_view placeholder) {
    OptionSpec& option = add_option(names, help, placeholder);
    option.kind = options_detail::kind_of<T>();
    option.is_repeatable = options_detail::is_vector<T>;
    option.take = options_detail::into(target);
  }
  template <class T>
  void add_input(const T& target) {
    if constexpr (options_detail::kind_of<T>() == ValueKind::file)
      inputs_.push_back(options_detail::lister(target));
  }
  static std::vector<std::filesystem::path> listed(const std::vector<ListFiles>& lists);

  OptionSpec& add_option(std::string_view names, std::string_view help,
                         std::string_view placeholder);
  void add_positional(std::string_view name, Count count, std::string_view help);
  OptionSpec& option_named(std::string_view name);

  std::vector<OptionSpec> options_;
  std::vector<PositionalSpec> positionals_;
  std::vector<std::function<void()>> checks_;
  std::vector<ListFiles> inputs_;
  std::vector<ListFiles> outputs_;
  std::string group_ = "options";
};

}  // namespace ckpt::cli
