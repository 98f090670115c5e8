// Writes values of a tree as JSON: exact numbers, texts as strings, dicts as objects, others
// described.
#pragma once

#include "ckpt/model/tree.hpp"
#include "ckpt/render/json.hpp"

namespace ckpt::commands {

/// null, booleans, 64-bit integers, floats and texts as they are; larger integers as strings of
/// digits; anything else as a string that describes it.
void write_leaf_json(const model::Tree& tree, model::NodeId id, render::JsonWriter& json);

/// A value with everything below it. Keys are written as paths write them.
void write_value_json(const model::Tree& tree, model::NodeId id, render::JsonWriter& json);

/// All elements of a strided tensor in row-major order, as one flat array. Throws as
/// tensor::ElementStream does.
void write_elements_json(const model::Tree& tree, const model::Tensor& tensor,
                         render::JsonWriter& json);

}  // namespace ckpt::commands
