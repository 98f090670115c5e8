// A root edit, indexed by the names before it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ckpt/model/sections.hpp"
#include "ckpt/optim/carry.hpp"
#include "ckpt/optim/resolve.hpp"

namespace ckpt::optim {

class EditIndex {
 public:
  EditIndex(const ModelView& model, const RootEdit& edit);

  /// Whether `name` is a key of the root before the edit.
  bool knows(const std::string& name) const { return place_.contains(name); }
  /// What becomes of `name`, or of a name that is tied to it; in order, each once.
  const std::vector<const Output*>& outputs_of(const std::string& name) const;
  /// Where `name` was.
  std::size_t old_place(const std::string& name) const;
  std::size_t new_place(const Output& output) const;

  /// Some candidate goes, some candidate is computed, new or fresh; parameters change their order.
  bool drops() const { return drops_; }
  bool computes() const { return computes_; }
  bool reorders() const { return reorders_; }
  /// Parameters that come from nothing.
  const std::vector<const Output*>& added() const { return added_; }

  const std::string& root_path() const { return root_path_; }
  /// A resolved name as a key of the root, or nothing when it is of another part.
  std::optional<std::string> in_root(const Resolution& resolution, const std::string& name) const;

 private:
  void note_prefixes(const ModelView& model);
  void index_sources(const RootEdit& edit);
  void index_ties();
  void find_character(const RootEdit& edit);

  std::string root_path_;
  /// What names begin with that a part gives to keys of the root, by the path of the part.
  std::map<std::string, std::string> prefixes_;
  ModelPart part_;
  const RootEdit& edit_;
  std::unordered_map<std::string, std::size_t> place_;
  std::unordered_map<std::string, std::vector<const Output*>> outputs_;
  std::vector<const Output*> added_;
  bool drops_ = false;
  bool computes_ = false;
  bool reorders_ = false;
};

}  // namespace ckpt::optim
