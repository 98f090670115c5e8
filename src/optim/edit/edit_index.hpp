// A root edit, indexed by the names before the edit.
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
  /// The outputs made from `name` or from a name tied to it; in order, each once.
  const std::vector<const Output*>& outputs_of(const std::string& name) const;
  /// The position of `name` before the edit.
  std::size_t old_place(const std::string& name) const;
  std::size_t new_place(const Output& output) const;

  /// Whether a parameter is dropped; is computed, new or reset; changes its order.
  bool drops() const { return drops_; }
  bool computes() const { return computes_; }
  bool reorders() const { return reorders_; }
  /// Parameters that are made from nothing.
  const std::vector<const Output*>& added() const { return added_; }

  const std::string& root_path() const { return root_path_; }
  /// A resolved name as a key of the root; nothing when it belongs to another part.
  std::optional<std::string> in_root(const Resolution& resolution, const std::string& name) const;

 private:
  void note_prefixes(const ModelView& model);
  void index_sources(const RootEdit& edit);
  void index_ties();
  void find_character(const RootEdit& edit);

  std::string root_path_;
  /// For the path of each part, the prefix of its names in front of keys of the root.
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
