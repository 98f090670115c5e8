// What changes along with a copy: entries of the target that get nothing themselves, and see bytes
// of one that does. load_state_dict writes into the storage, so ckpt does.
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
#include "commands/copy/plan.hpp"

namespace ckpt::commands {

class CopiedViews {
 public:
  explicit CopiedViews(const CopyPlan& plan);

  /// Whether an entry of the target that gets nothing itself is the same view as one that does:
  /// the name of that.
  std::optional<std::string> find_tied(const match::Named& target) const;
  /// Whether it has an element in common with one, and is another view. Of very many views that
  /// reach over each other only the nearest are asked.
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

/// What is to be said of entries that change along in part: "'b' shares elements with 'a', which is
/// copied: it changes along".
std::optional<std::string> overlap_remark(const CopyPlan& plan);

}  // namespace ckpt::commands
