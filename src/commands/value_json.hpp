// A value of the tree as JSON: numbers exact, texts as strings, the rest described.
#pragma once

#include "ckpt/model/tree.hpp"
#include "ckpt/render/json.hpp"

namespace ckpt::commands {

/// null, booleans, integers of 64 bits, floats and texts as they are; larger integers as strings of
/// digits; anything else as a string that says what it is.
void write_leaf_json(const model::Tree& tree, model::NodeId id, render::JsonWriter& json);

}  // namespace ckpt::commands
