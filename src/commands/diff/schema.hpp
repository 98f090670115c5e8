// A golden file of names, shapes and dtypes, schema "ckpt.shapes/1", that continuous integration
// holds a checkpoint against:
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

/// Writes the tensors among `leaves`. Errors as AtomicFile.
void write_schema(const std::filesystem::path& path, const diff::Side& side,
                  const std::vector<diff::Leaf>& leaves, Overwrite overwrite);

/// The schema as a tree: a state dict of tensors that have no bytes.
/// Throws Error{io}; Error{malformed} when it is no such file.
model::Tree read_schema(const std::filesystem::path& path);

}  // namespace ckpt::commands
