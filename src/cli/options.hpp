// What a command declares: options and arguments, bound to its own members.
//
//   options.flag("--tree", is_tree_, "as an outline");
//   options.output("-o,--output", output_, "write to FILE", "FILE");       // std::optional<path>
//   options.value("--order", order_, "one name a line", "FILE");           // a path is an input
//   options.value("--keep,--include", keep_, "keep only these", "PATTERN"); // vector: repeatable
//   options.choice("--sort", sort_, {{"file", Sort::file}, {"size", Sort::size}}, "order of rows");
//   options.positional("FILE", input_, "the checkpoint");
//   options.positionals("PATTERN", patterns_, Count::any, "which keys");
//
// Options only records; parse.hpp reads a command line by it, help.hpp and completions describe it.
// The first long name is the option's name in messages and relations, the others are aliases.
// Values may begin with '-' or '!', and are never split at commas. A single value given twice is
// refused: which of the two was meant cannot be known.
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

/// What a shell may offer to complete.
enum class ValueKind { text, file, choice };

enum class Count { one, optional, one_or_more, any };

/// Appends the names of files.
using ListFiles = std::function<void(std::vector<std::filesystem::path>& files)>;

/// Takes one value, or throws Error{usage} saying what was expected.
using TakeValue = std::function<void(const std::string& value)>;

struct OptionSpec {
  std::string short_name;               ///< "-o", or ""
  std::vector<std::string> long_names;  ///< "--output" and its aliases
  std::string help;
  std::string placeholder;  ///< "FILE"; "" for a flag
  std::string group;
  ValueKind kind = ValueKind::text;
  std::vector<std::string> choices;
  bool is_repeatable = false;
  TakeValue take;  ///< for a flag, called with ""
  std::vector<std::string> excluded;
  std::vector<std::string> needed;

  bool takes_value() const { return !placeholder.empty(); }
  const std::string& name() const { return long_names.empty() ? short_name : long_names.front(); }
};

struct PositionalSpec {
  std::string name;
  std::string help;
  Count count = Count::one;
  ValueKind kind = ValueKind::text;
  std::vector<std::string> choices;
  TakeValue take;
};

// How a text becomes a value: whole and in range, else Error{usage}.
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

/// Error{usage}: "expected one of a, b, got 'x'", with a hint at the closest.
[[noreturn]] void throw_not_a_choice(const std::string& text,
                                     const std::vector<std::string>& choices);

}  // namespace options_detail

template <class E>
struct Choice {
  std::string_view word;
  E value;
};

/// The choices for a target of type T, an E or a std::optional<E>.
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

/// Targets must outlive the parsing: they are members of the command.
class Options {
 public:
  /// The options declared after this appear below `title` in help.
  void group(std::string_view title) { group_ = title; }

  void flag(std::string_view names, bool& target, std::string_view help) {
    flag(names, target, true, help);
  }
  /// Given, the flag sets `target` to `value_if_given`.
  template <class T>
  void flag(std::string_view names, T& target, T value_if_given, std::string_view help) {
    add_option(names, help, {}).take = [&target, value_if_given](const std::string&) {
      target = value_if_given;
    };
  }

  /// T: std::string, path, int64, uint64, double, an optional of these, or a vector of these, to
  /// which each occurrence adds one. A path is an input.
  template <class T>
  void value(std::string_view names, T& target, std::string_view help,
             std::string_view placeholder) {
    add_value(names, target, help, placeholder);
    add_input(target);
  }
  /// A file that the command writes, which none of its inputs may be.
  void output(std::string_view names, std::optional<std::filesystem::path>& target,
              std::string_view help, std::string_view placeholder) {
    add_value(names, target, help, placeholder);
    outputs_.push_back(options_detail::lister(target));
  }
  /// Inputs that are named otherwise than by a path: NAME=FILE, FILE:PATH.
  void reads(ListFiles list) { inputs_.push_back(std::move(list)); }

  /// `take` gets every occurrence, in the order of the command line also across several options:
  /// for options whose order matters, such as rules.
  void each(std::string_view names, TakeValue take, std::string_view help,
            std::string_view placeholder);

  /// T: an enum or a std::optional of one.
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

  /// Both were declared, by these names; given together they are Error{usage}.
  void excludes(std::string_view option, std::string_view other);
  /// `option` without `other` is Error{usage}.
  void needs(std::string_view option, std::string_view other);
  /// Runs when everything is parsed: for contradictions that relations cannot say.
  void check(std::function<void()> verify) { checks_.push_back(std::move(verify)); }

  const std::vector<OptionSpec>& options() const { return options_; }
  const std::vector<PositionalSpec>& positionals() const { return positionals_; }
  const std::vector<std::function<void()>>& checks() const { return checks_; }
  /// The files that the command line named, once it is parsed.
  std::vector<std::filesystem::path> inputs() const { return listed(inputs_); }
  std::vector<std::filesystem::path> outputs() const { return listed(outputs_); }
  /// By any of its names, dashes included.
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
