// Finds entries of the target that change along with a copy: they get no value themselves, but see
// bytes of an entry that does. load_state_dict writes into the storage, so ckpt does too.
//
//   a = t; b = t              b is tied to a: the same view
//   a = t[:6]; b = t[4:]      b sees a part of a
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/model/view.hpp"
#include "commands/copy/side.hpp"

namespace ckpt::commands {

/// The views that copied entries of the target have of its storages.
class CopiedViews {
 public:
  explicit CopiedViews(const CopyPlan& plan);

  /// The name of the copied entry that is the same view as this entry of the target, which gets no
  /// value itself; nothing when there is none.
  std::optional<std::string> find_tied(const match::Named& target) const;
  /// The same for a copied entry that is another view with a common element. When very many views
  /// overlap, only the nearest are compared.
  std::optional<std::string> find_overlapping(const match::Named& target) const;
  /// "= a, which is copied", "overlaps a, which is copied", or nothing.
  std::string note_of(const match::Named& target) const;

 private:
  struct Copied {
    std::uint64_t first_byte = 0;
    std::uint64_t end_byte = 0;
    std::uint64_t reach = 0;  ///< the largest end of those up to this one
    const match::Named* target = nullptr;
  };

  std::map<model::ViewKey, std::string> names_;
  std::map<model::StorageId, std::vector<Copied>> by_storage_;  // by their first bytes
};

/// Messages about entries that change in part: "'b' shares elements with 'a', which is copied: it
/// changes along".
std::optional<std::string> overlap_remark(const CopyPlan& plan);

}  // namespace ckpt::commands
