// Key paths that begin with others.
#pragma once

#include "ckpt/model/key_path.hpp"

namespace ckpt::diff {

/// Whether `path` is `top` or lies below it.
inline bool is_below(const model::KeyPath& path, const model::KeyPath& top) {
  if (path.size() < top.size()) return false;
  for (std::size_t i = 0; i < top.size(); ++i)
    if (path[i].type != top[i].type || path[i].key != top[i].key || path[i].index != top[i].index)
      return false;
  return true;
}

}  // namespace ckpt::diff
