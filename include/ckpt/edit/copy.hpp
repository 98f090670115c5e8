// The tensors of one state dict into another where they fit, as load_state_dict copies them: which
// entries take part, under which names, how they pair, and then their values.
//
//   SourceNames names(choice);
//   const CopyPlan plan = make_copy_plan(source, target, choice, names);   // changes nothing
//   if (auto refusal = find_refusal(source, target, plan, choice, Strictness::strict)) throw
//   *refusal; optim::transplant_states(..., transfers_of(plan), ...);                // before the
//   values copy_values(target_tree, target.root, source.tree, plan, OnTied::error);
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/base/error.hpp"
#include "ckpt/edit/copy_names.hpp"
#include "ckpt/match/pairing.hpp"
#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/optim/merge.hpp"

namespace ckpt::edit {

/// One of the two state dicts of a copy.
struct CopySide {
  const model::Tree& tree;
  const model::Root& root;
  std::string path = {};   ///< of its file, for messages
  std::string place = {};  ///< "run.pt", "run.pt:ema"
  std::string hint = {};   ///< of the source: what helps where no name is one of the target's
};

struct CopyPlan {
  bool has_rules = false;  ///< the keys of the source are those that rules gave
  std::vector<match::Named> sources = {};
  std::vector<std::vector<std::string>> origins = {};  ///< of each source: names in its file
  std::vector<match::Named> targets = {};
  match::Pairing pairing = {};
  /// Of the target: keys that the source has, and that the options leave out. They stay as they
  /// are.
  std::vector<std::size_t> left_out = {};

  const match::Named& source_of(const match::Pair& pair) const { return sources[pair.source]; }
  const match::Named& target_of(const match::Pair& pair) const { return targets[pair.target]; }
};

/// Throws Error{usage} for prefixes and maps that match nothing, and as pairing does.
CopyPlan make_copy_plan(const CopySide& source, const CopySide& target, const CopyChoice& choice,
                        SourceNames& names);

struct CopyCounts {
  std::size_t copied = 0;   ///< tensors
  std::size_t buffers = 0;  ///< of these
  std::size_t values = 0;   ///< copied, and no tensors
  std::size_t cast = 0;
  std::size_t sliced = 0;
  std::size_t padded = 0;
  std::size_t mismatched = 0;
  std::size_t left_out = 0;  ///< keys of the target
};
CopyCounts count_copied(const CopyPlan& plan);

enum class Strictness { lenient, strict };

/// The reason not to go on: nothing copied, something mismatched that is not to be skipped, with
/// `strict` also missing or unexpected keys.
std::optional<Error> find_refusal(const CopySide& source, const CopySide& target,
                                  const CopyPlan& plan, const CopyChoice& choice,
                                  Strictness strictness);

/// "with --to-prefix encoder. 12 of 12 tensors match", where names agree far better so.
std::optional<std::string> find_naming_hint(const CopyPlan& plan, const CopyChoice& choice);

/// What is said where less than half of both sides pairs: these may well be other models.
std::optional<std::string> find_few_hint(const CopySide& source, const CopySide& target,
                                         const CopyPlan& plan, const CopyChoice& choice);

/// The parameters whose values are copied, for optimizer states that come along.
std::vector<optim::Transfer> transfers_of(const CopyPlan& plan);

/// What happens when tied tensors of the target would get two values.
enum class OnTied { error, last };

/// Copies what pairs into the storages of `target`, whose order, strides, sharing, devices and
/// attributes stay. Throws Error{conflict} naming both keys of a tie.
void copy_values(model::Tree& target, const model::Root& target_root, const model::Tree& source,
                 const CopyPlan& plan, OnTied on_tied);

/// Whether the target holds all that would be copied, bit for bit. Storages are read only where
/// their checksums do not tell them apart, and not at all (false) where views that repeat or
/// overlap have more than twice the bytes of their storages.
bool has_all_values(const model::Tree& target, const model::Tree& source, const CopyPlan& plan);

/// Tensors outside of the root of the target that see storages written to, in words: they change
/// along. Nothing when there are none.
std::optional<std::string> find_seen_elsewhere(const model::Tree& target,
                                               const model::Root& target_root,
                                               const CopyPlan& plan);

}  // namespace ckpt::edit
