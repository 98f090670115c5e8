// Where optimizers, and what goes with them, are found.
#include <doctest/doctest.h>

#include "ckpt/optim/baggage.hpp"
#include "ckpt/optim/candidates.hpp"
#include "ckpt/optim/optimizer.hpp"
#include "model/tree_samples.hpp"

using ckpt::model::NodeId;
using ckpt::samples::TreeMaker;

namespace {

/// {o: optimizer, s: state dict, l: scheduler, k: {the same again}}, each at every level.
struct DeepFile : TreeMaker {
  static constexpr std::size_t levels = 3000;

  DeepFile() {
    const NodeId weight = tensor({2});
    NodeId below = dict({});
    for (std::size_t i = 0; i < levels; ++i)
      below = dict({{"o", dict({{"state", dict({})}, {"param_groups", list({})}})},
                    {"s", dict({{"w", weight}})},
                    {"l", dict({{"growth_factor", real(2)}, {"scale", real(2)}})},
                    {"k", below}});
    tree.set_root(below);
  }
};

}  // namespace

TEST_CASE("optimizers, state dicts and scalers at every level of a deep file are found") {
  const DeepFile file;
  const auto optimizers = ckpt::optim::find_optimizers(file.tree);
  REQUIRE(optimizers.size() == DeepFile::levels);
  CHECK(optimizers[2].path_text == "k:k:o");
  CHECK(optimizers[2].place.places->text(file.tree, optimizers[2].place.id) == "k:k:o");
  CHECK(optimizers.back().place.places->depth(optimizers.back().place.id) == DeepFile::levels);
  CHECK(optimizers.back().path_text.size() == 2 * DeepFile::levels - 1);

  const auto baggage = ckpt::optim::find_baggage(file.tree);
  REQUIRE(baggage.size() == DeepFile::levels);
  CHECK(baggage[1].path == "k:l");

  const auto parts = ckpt::optim::find_model_parts(file.tree);
  REQUIRE(parts.size() == DeepFile::levels);
  CHECK(parts[1].path == "k:s");
}
