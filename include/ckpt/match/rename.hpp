// Rules that rename keys: prefixes, the wrappers that DataParallel and torch.compile add, and
// OLD=>NEW with globs.
//
//   module._orig_mod.fc.weight   --strip-wrappers          fc.weight
//   encoder.layer1.weight        --map 'encoder.*=>enc.*'  enc.layer1.weight
//   fc.weight                    --map 'fc=>head'          head.weight
//
// The n-th *, ** or ? of NEW stands for what the n-th of OLD matched; {1} stands for the first
// group of OLD, braces included. OLD without wildcards is that key and everything below it.
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
  /// Parses "OLD=>NEW". Throws Error{usage} for other texts, and when NEW refers to a group that
  /// OLD lacks.
  static RenameRule map(std::string_view old_to_new);

  /// The rule as the user wrote it, for messages: "--strip-prefix module.".
  const std::string& text() const { return text_; }
  bool is_map() const { return kind_ == RenameKind::map; }
  /// The new name; nothing when the rule does not apply to `key`.
  std::optional<std::string> find_renamed(std::string_view key) const;

 private:
  struct Map;
  RenameRule(RenameKind kind, std::string text, std::string prefix);

  RenameKind kind_;
  std::string text_;
  std::string prefix_;
  std::shared_ptr<const Map> map_;
};

/// Rules applied one after another. Notes which of them have applied.
class Renaming {
 public:
  explicit Renaming(std::vector<RenameRule> rules)
      : rules_(std::move(rules)), is_used_(rules_.size()) {}

  /// `key` after all rules. Of several --map rules only the first one that applies is used.
  std::string renamed(std::string_view key) const;
  /// The same, and notes which rules applied.
  std::string rename(std::string_view key);
  /// The rules that applied to no key given to rename().
  std::vector<std::string> unused() const;

 private:
  std::string apply(std::string_view key, std::vector<bool>* is_used) const;

  std::vector<RenameRule> rules_;
  std::vector<bool> is_used_;
};

}  // namespace ckpt::match
