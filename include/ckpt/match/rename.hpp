// Rules that give a key another name: prefixes, the wrappers of parallel and compiled modules, and
// OLD=>NEW with globs.
//
//   module._orig_mod.fc.weight   --strip-wrappers          fc.weight
//   encoder.layer1.weight        --map 'encoder.*=>enc.*'  enc.layer1.weight
//   fc.weight                    --map 'fc=>head'          head.weight
//
// In NEW, the n-th *, ** or ? stands for what the n-th of OLD matched; {1} for the first group of
// OLD, braces included. OLD without wildcards means that key, or all below it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ckpt::match {

enum class RenameKind { strip_wrappers, strip_prefix, add_prefix, map };

class RenameRule {
 public:
  static RenameRule strip_wrappers();
  static RenameRule strip_prefix(std::string prefix);
  static RenameRule add_prefix(std::string prefix);
  /// "OLD=>NEW". Throws Error{usage} when it is not of that form, or NEW refers to what OLD lacks.
  static RenameRule map(std::string_view old_to_new);

  /// As the user wrote it, for messages: "--strip-prefix module.".
  const std::string& text() const { return text_; }
  bool is_map() const { return kind_ == RenameKind::map; }
  /// The new name, or nothing when the rule does not apply.
  std::optional<std::string> find_renamed(std::string_view key) const;

 private:
  struct Map;
  RenameRule(RenameKind kind, std::string text, std::string prefix);

  RenameKind kind_;
  std::string text_;
  std::string prefix_;
  std::shared_ptr<const Map> map_;
};

/// Rules applied one after another, and which of them ever applied.
class Renaming {
 public:
  explicit Renaming(std::vector<RenameRule> rules)
      : rules_(std::move(rules)), is_used_(rules_.size()) {}

  /// `key` after every rule; of several --map rules only the first that applies.
  std::string renamed(std::string_view key) const;
  /// The same, noting which rules applied.
  std::string rename(std::string_view key);
  /// The rules that applied to no key given to rename().
  std::vector<std::string> unused() const;

 private:
  std::string apply(std::string_view key, std::vector<bool>* is_used) const;

  std::vector<RenameRule> rules_;
  std::vector<bool> is_used_;
};

}  // namespace ckpt::match
