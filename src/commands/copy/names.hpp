// The names of SRC in `ckpt copy`, from those in its file to those by which DST is looked for.
//
//   in the file                   module.backbone.blocks.0.attn.qkv.weight
//   --strip-wrappers              backbone.blocks.0.attn.qkv.weight
//   --from-prefix backbone.       blocks.0.attn.qkv.weight
//   rules                         encoder.layer.0.attention.attention.query.weight ...
//   --map 'encoder=>layers'       layers.layer.0.attention.attention.query.weight
//   --to-prefix vit.              vit.layers.layer.0.attention.attention.query.weight
//
// --keep and --drop see the first and the last of these: a key is meant by what it is called in
// SRC, which tells apart what a map gives one name, and by what it is called where it is compared.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/match/pattern.hpp"
#include "ckpt/match/rename.hpp"
#include "commands/copy/plan.hpp"

namespace ckpt::commands {

/// --strip-wrappers as a rule, where it is given.
std::vector<match::RenameRule> wrapper_rules(const CopyChoice& choice);

/// Throws Error{usage}: `option` applies to none of the entries.
[[noreturn]] void throw_unused(const std::string& option, const std::vector<match::Named>& entries);

class SourceNames {
 public:
  explicit SourceNames(const CopyChoice& choice);

  /// Whether some names are not inner ones.
  bool is_narrowing() const { return choice_.strips_wrappers || choice_.from_prefix; }
  /// The name that rules see: without wrappers and prefix; nothing where it does not begin so.
  std::optional<std::string> find_inner(std::string_view name);
  /// From now on the keys of SRC are what rules made of inner names: each of the given names in the
  /// file.
  void set_origins(std::map<std::string, std::vector<std::string>> origins);
  bool have_rules() const { return origins_.has_value(); }

  /// Whether --keep and --drop leave it.
  bool is_selected(const std::string& key, const std::string& common_name);
  /// Of a key that rules may leave out: the patterns that match it did match something.
  void note_name_in_file(const std::string& name);
  /// Throws Error{usage} for a pattern that matched nothing given to is_selected().
  void require_patterns(const std::vector<match::Named>& entries) const;
  /// The name by which a key of SRC, or a prefix of keys, is paired; nothing where it does not
  /// begin as --from-prefix says.
  std::optional<std::string> find_common(std::string_view key);
  /// The same, without noting that an option applied: for keys that are left out.
  std::optional<std::string> common_name_of(std::string_view key) const;
  /// The names in the file of what a key is made of; none of what a rule created.
  std::vector<std::string> origins_of(const std::string& key) const;

  std::vector<std::string> unused_maps() const { return maps_.unused(); }
  bool has_used_wrappers() const { return wrappers_.unused().empty(); }
  /// Throws Error{usage} when no name that was asked for begins as --from-prefix says.
  void require_prefix(const std::vector<match::Named>& entries) const;

 private:
  [[noreturn]] void throw_no_match(std::string_view option, const std::string& text,
                                   const std::vector<match::Named>& entries) const;

  const CopyChoice& choice_;
  match::PatternSet keep_;
  match::PatternSet drop_;
  match::Renaming wrappers_;
  match::Renaming maps_;
  bool has_used_prefix_ = false;
  std::optional<std::map<std::string, std::vector<std::string>>> origins_;
};

}  // namespace ckpt::commands
