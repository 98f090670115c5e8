// The names of SRC in `ckpt copy`, from its file to the names under which entries are paired:
//
//   in the file                   module.backbone.blocks.0.attn.qkv.weight
//   --strip-wrappers              backbone.blocks.0.attn.qkv.weight
//   --from-prefix backbone.       blocks.0.attn.qkv.weight
//   rules                         encoder.layer.0.attention.attention.query.weight ...
//   --map 'encoder=>layers'       layers.layer.0.attention.attention.query.weight
//   --to-prefix vit.              vit.layers.layer.0.attention.attention.query.weight
//
// --keep and --drop match the first and the last of these names: a user may select a key by its
// name in SRC, or by the name under which it is compared.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/match/pairing.hpp"
#include "ckpt/match/pattern.hpp"
#include "ckpt/match/rename.hpp"

namespace ckpt::edit {

enum class CopiedRoles { all, parameters, buffers };
enum class OnMismatch { error, skip, slice, pad };

/// What takes part in a copy, and under which names; named in messages as the options of ckpt copy.
struct CopyChoice {
  std::vector<std::string> keep = {};  ///< patterns: of the source, by its own names
  std::vector<std::string> drop = {};
  bool strips_wrappers = false;  ///< on both sides
  std::optional<std::string> from_prefix = {};
  std::optional<std::string> to_prefix = {};
  std::vector<std::string> maps = {};
  CopiedRoles roles = CopiedRoles::all;
  OnMismatch on_mismatch = OnMismatch::error;
  bool casts = false;
  bool is_by_order = false;
};

/// --strip-wrappers as a rule; empty when the option is not given.
std::vector<match::RenameRule> wrapper_rules(const CopyChoice& choice);

/// Throws Error{usage}: `option` applies to none of the entries.
[[noreturn]] void throw_unused(const std::string& option, const std::vector<match::Named>& entries);

class SourceNames {
 public:
  explicit SourceNames(const CopyChoice& choice);

  /// Whether the file has names outside of the selected part.
  bool is_narrowing() const { return choice_.strips_wrappers || choice_.from_prefix; }
  /// The name that rules see, without wrappers and prefix; nothing when the name lacks the prefix.
  std::optional<std::string> find_inner(std::string_view name);
  /// Tells that rules have renamed the keys of SRC: `origins` has the names in the file for each
  /// key.
  void set_origins(std::map<std::string, std::vector<std::string>> origins);
  bool have_rules() const { return origins_.has_value(); }

  /// Whether --keep and --drop leave the key in.
  bool is_selected(const std::string& key, const std::string& common_name);
  /// Marks the patterns that match a name in the file as used, although rules may leave the key
  /// out.
  void note_name_in_file(const std::string& name);
  /// Throws Error{usage} for a pattern that matched nothing in the calls of is_selected().
  void require_patterns(const std::vector<match::Named>& entries) const;
  /// The name under which a key of SRC, or a prefix of keys, is paired; nothing when it lacks
  /// --from-prefix.
  std::optional<std::string> find_common(std::string_view key);
  /// The same without marking options as used, for keys that are left out.
  std::optional<std::string> common_name_of(std::string_view key) const;
  /// The names in the file from which a key is made; empty for a key that a rule created.
  std::vector<std::string> origins_of(const std::string& key) const;

  std::vector<std::string> unused_maps() const { return maps_.unused(); }
  bool has_used_wrappers() const { return wrappers_.unused().empty(); }
  /// Throws Error{usage} when no selected name begins with --from-prefix.
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

}  // namespace ckpt::edit
