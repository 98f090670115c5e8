// Values of a tree as JSON: numbers exact, texts as strings, dicts as objects, the rest described.
#pragma once

#include "ckpt/model/tree.hpp"
#include "ckpt/render/json.hpp"

namespace ckpt::commands {

/// null, booleans, integers of 64 bits, floats and texts as they are; larger integers as strings of
/// digits; anything else as a string that says what it is.
void write_leaf_json(const model::Tree& tree, model::NodeId id, render::JsonWriter& json);

/// A value with all that lies below it. Keys are written as paths write them.
void write_value_json(const model::Tree& tree, model::NodeId id, render::JsonWriter& json);

/// Every element of a strided tensor, in row-major order, as one flat array.
/// Errors: those of tensor::ElementStream.
void write_elements_json(const model::Tree& tree, const model::Tensor& tensor,
                         render::JsonWriter& json);

}  // namespace ckpt::commands
