#include "diff/tensor_parts.hpp"

#include <array>
#include <string_view>

namespace ckpt::diff {

namespace {

struct Rebuild {
  std::string_view function;
  std::size_t place;
};

constexpr std::array rebuilds{
    Rebuild{"_rebuild_qtensor", 4},
    Rebuild{"_rebuild_from_type_v2", 3},
    Rebuild{"_rebuild_parameter_with_state", 3},
};

}  // namespace

std::optional<TensorParts> find_parts(const model::Tree& tree, const model::Tensor& tensor) {
  if (tensor.form != model::TensorForm::strided || tensor.source == model::no_node)
    return std::nullopt;
  const model::Object& object = tree.object(tensor.source);
  const bool has_arguments = object.callable != model::no_node && object.args != model::no_node &&
                             tree.is(object.callable, model::Kind::symbol) &&
                             tree.is(object.args, model::Kind::tuple);
  if (!has_arguments) return std::nullopt;
  const auto arguments = tree.items(object.args);
  for (const Rebuild& rebuild : rebuilds)
    if (tree.symbol(object.callable).name == rebuild.function && rebuild.place < arguments.size())
      return TensorParts{arguments[rebuild.place], rebuild.place};
  return std::nullopt;
}

}  // namespace ckpt::diff
