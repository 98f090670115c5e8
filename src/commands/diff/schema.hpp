// A golden file of names, shapes and dtypes, schema "ckpt.shapes/1", with which continuous
// integration compares a checkpoint:
//
//   {
//     "schema": "ckpt.shapes/1",
//     "tensors": [
//       {"key": "fc.weight", "dtype": "float32", "shape": [3, 4]}
//     ]
//   }
#pragma once

#include <filesystem>

#include "ckpt/base/atomic_file.hpp"
#include "ckpt/diff/leaves.hpp"

namespace ckpt::commands {

/// Writes the tensors in `leaves`. Throws as AtomicFile does.
void write_schema(const std::filesystem::path& path, const diff::Side& side,
                  const std::vector<diff::Leaf>& leaves, Overwrite overwrite);

/// The schema as a tree: a state dict with tensors that have no bytes. Throws Error{io};
/// Error{malformed} when the file is not a schema.
model::Tree read_schema(const std::filesystem::path& path);

}  // namespace ckpt::commands
