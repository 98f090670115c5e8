// Strong indices into a Tree: no arithmetic, no mixing.
#pragma once

#include <cstdint>

namespace ckpt::model {

enum class NodeId : std::uint32_t {};
inline constexpr NodeId no_node{0xFFFF'FFFF};

enum class StorageId : std::uint32_t {};
inline constexpr StorageId no_storage{0xFFFF'FFFF};

}  // namespace ckpt::model
