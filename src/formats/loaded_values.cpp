#include "ckpt/formats/loaded_values.hpp"

#include "ckpt/torch/loaded_values.hpp"

namespace ckpt::formats {

void make_loaded(Document& document) {
  torch::make_loaded(document.tree, document.container.pickle_protocol);
}

}  // namespace ckpt::formats
