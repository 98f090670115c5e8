#include "ckpt/base/error.hpp"

namespace ckpt {

void Error::add_place(std::string_view place) {
  std::string placed(place);
  placed += ": ";
  placed += message_;
  message_ = std::move(placed);
}

}  // namespace ckpt
