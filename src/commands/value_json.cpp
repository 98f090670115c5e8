#include "commands/value_json.hpp"

#include "commands/describe.hpp"

namespace ckpt::commands {

void write_leaf_json(const model::Tree& tree, model::NodeId id, render::JsonWriter& json) {
  using model::Kind;
  switch (tree.kind(id)) {
    case Kind::none:
      return json.null();
    case Kind::boolean:
      return json.value(tree.boolean(id));
    case Kind::integer:
      return json.value(tree.integer(id));
    case Kind::real:
      return json.value(tree.real(id));
    case Kind::text:
      return json.value(tree.text(id));
    default:
      return json.value(value_text(tree, id));
  }
}

}  // namespace ckpt::commands
