// Names of parameters beside the states of optimizers, as `ckpt ls --all` shows them.
#include "commands/shared/parameters.hpp"

#include <doctest/doctest.h>

#include "ckpt/base/error.hpp"
#include "optim/builders.hpp"

using namespace ckpt;
using commands::find_state_owners;
using commands::owner_text;
using commands::StateOwners;
using model::NodeId;
using optim::testing::training;
using optim::testing::TreeBuilder;

namespace {

NodeId state_value(const model::Tree& tree, std::string_view path) {
  return model::find_path(tree, tree.root(), path);
}

/// Bytes that cannot be read, as those of a damaged record.
class LostBlob : public model::Blob {
 public:
  std::uint64_t size_bytes() const override { return 16; }
  std::unique_ptr<model::BlobStream> open(std::uint64_t) const override {
    throw Error(ErrorKind::malformed, "the record is damaged");
  }
};

}  // namespace

TEST_CASE("every tensor of a state has the name of its parameter") {
  const TreeBuilder made = training({{"a", {4}}, {"b", {5}}});
  const StateOwners owners = find_state_owners(made.tree);
  CHECK(owners.size() == 6);
  CHECK(owner_text(owners, state_value(made.tree, "optimizer:state:0:exp_avg")) == "a");
  CHECK(owner_text(owners, state_value(made.tree, "optimizer:state:1:step")) == "b");
  CHECK(owner_text(owners, state_value(made.tree, "model:a")) == "");
}

TEST_CASE("a step that is an integer has a name too") {
  TreeBuilder made = training({{"a", {4}}, {"b", {5}}});
  const NodeId state = state_value(made.tree, "optimizer:state:1");
  std::vector<model::Entry> entries(made.tree.entries(state).begin(),
                                    made.tree.entries(state).end());
  for (model::Entry& entry : entries)
    if (made.tree.is_text(entry.key, "step")) entry.value = made.tree.add_integer(9);
  made.tree.set_entries(state, entries);
  const StateOwners owners = find_state_owners(made.tree);
  CHECK(owner_text(owners, state_value(made.tree, "optimizer:state:1:step")) == "b");
}

TEST_CASE("an assumed name says that it is") {
  TreeBuilder made;
  std::vector<std::pair<std::string, NodeId>> weights;
  for (const char* name : {"backbone.a.weight", "backbone.b.weight", "head.x.weight"})
    weights.emplace_back(name, made.tensor({4, 4}, 0));
  weights.emplace_back("head.y.weight", made.tensor({4, 2}, 0));
  const NodeId model = made.dict(weights);
  made.tree.set_root(made.dict({{"model", model}, {"optimizer", made.adam({{4, 4}, {4, 2}})}}));
  const StateOwners owners = find_state_owners(made.tree);
  CHECK(owner_text(owners, state_value(made.tree, "optimizer:state:0:exp_avg")) ==
        "head.x.weight (assumed)");
}

TEST_CASE("a value that two parameters share is nobody's") {
  TreeBuilder made = training({{"a", {4}}, {"b", {5}}});
  const NodeId shared = state_value(made.tree, "optimizer:state:0:step");
  const NodeId state = state_value(made.tree, "optimizer:state:1");
  std::vector<model::Entry> entries(made.tree.entries(state).begin(),
                                    made.tree.entries(state).end());
  for (model::Entry& entry : entries)
    if (made.tree.is_text(entry.key, "step")) entry.value = shared;
  made.tree.set_entries(state, entries);
  const StateOwners owners = find_state_owners(made.tree);
  CHECK(owner_text(owners, shared) == "");
  CHECK(owner_text(owners, state_value(made.tree, "optimizer:state:1:exp_avg")) == "b");
}

TEST_CASE("names that only lost bytes could tell are an error of the file") {
  TreeBuilder made;
  std::vector<std::pair<std::string, NodeId>> weights;
  for (const char* name : {"a", "b", "c"}) {
    weights.emplace_back(name, made.tensor({4}, 0));
    model::Tensor& tensor = made.tree.mutable_tensor(weights.back().second);
    tensor.storage = made.tree.add_storage(
        {.blob = std::make_shared<LostBlob>(), .dtype = model::DType::float32});
  }
  const NodeId model = made.dict(weights);
  made.tree.set_root(made.dict({{"model", model}, {"optimizer", made.adam({{4}, {4}})}}));
  CHECK_THROWS_WITH_AS(find_state_owners(made.tree), "the record is damaged", Error);
}
