// Index types of a Tree. They are enums, so that an index of a node, of a storage and a plain
// number cannot be mixed up.
#pragma once

#include <cstdint>

namespace ckpt::model {

enum class NodeId : std::uint32_t {};
inline constexpr NodeId no_node{0xFFFF'FFFF};

enum class StorageId : std::uint32_t {};
inline constexpr StorageId no_storage{0xFFFF'FFFF};

}  // namespace ckpt::model
