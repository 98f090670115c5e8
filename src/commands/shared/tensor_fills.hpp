// Numbers put into tensors of one element, as fill_() of torch does: into the storage, so that what
// is tied to a tensor has the number too.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/tensor/elements.hpp"
#include "ckpt/tensor/patches.hpp"

namespace ckpt::commands {

/// All fills of a command: a storage that holds many of the tensors is changed once.
class TensorFills {
 public:
  /// `place` is the path of what is added next, for messages.
  void enter(std::string place) { place_ = std::move(place); }
  /// Throws Error{conflict} when another path puts another number into the same element.
  void add(const model::Tree& tree, model::NodeId tensor, const tensor::Number& number);
  /// The number added last, as an element of its tensor.
  std::string last_text() const;
  void apply(model::Tree& tree);

 private:
  struct Fill {
    std::string place;
    Bytes element;  ///< as it is stored
    double value = 0;
  };

  std::string place_;
  double last_ = 0;
  std::map<std::pair<model::StorageId, std::uint64_t>, Fill> last_at_;  // by byte
  std::map<model::StorageId, std::vector<tensor::Patch>> patches_;
};

}  // namespace ckpt::commands
