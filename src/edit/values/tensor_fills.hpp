// Writes numbers into tensors of one element, as torch's fill_() does: into the storage, so that
// tied tensors have the number, too.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/tensor/elements.hpp"
#include "ckpt/tensor/patches.hpp"

namespace ckpt::edit {

/// All fills of a command: a storage with many of the tensors is changed once.
class TensorFills {
 public:
  /// The path of what is added next, for messages.
  void enter(std::string place) { place_ = std::move(place); }
  /// Throws Error{conflict} when another path writes another number to the same element.
  void add(const model::Tree& tree, model::NodeId tensor, const tensor::Number& number);
  /// The texts of the tensor added last, before and after its fill.
  const std::string& text_before() const { return text_before_; }
  const std::string& text_after() const { return text_after_; }
  /// How many of the added tensors get another element than the file has.
  std::size_t change_count() const { return change_count_; }
  void apply(model::Tree& tree);

 private:
  struct Fill {
    std::string place;
    Bytes element;  ///< as it is stored
    std::string text;
  };

  std::string place_;
  std::string text_before_;
  std::string text_after_;
  std::size_t change_count_ = 0;
  std::map<std::pair<model::StorageId, std::uint64_t>, Fill> last_at_;  // by byte
  std::map<model::StorageId, std::vector<tensor::Patch>> patches_;
};

}  // namespace ckpt::edit
