// Adagrad fills `sum` with initial_accumulator_value in its constructor; step() does not create it.

#include "optim/edit/initial_state.hpp"

#include <algorithm>

#include "ckpt/model/entries.hpp"
#include "ckpt/tensor/elements.hpp"
#include "optim/find/states.hpp"

namespace ckpt::optim {

using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

class RepeatedStream : public model::BlobStream {
 public:
  RepeatedStream(Bytes element, std::uint64_t position, std::uint64_t size_bytes)
      : element_(std::move(element)), position_(position), size_bytes_(size_bytes) {}

  std::size_t read(std::span<std::byte> out) override {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_bytes_ - position_));
    for (std::size_t i = 0; i < count; ++i)
      out[i] = element_[static_cast<std::size_t>((position_ + i) % element_.size())];
    position_ += count;
    return count;
  }

 private:
  Bytes element_;
  std::uint64_t position_;
  std::uint64_t size_bytes_;
};

/// One element repeated, generated while it is read.
class RepeatedBlob : public model::Blob {
 public:
  RepeatedBlob(Bytes element, std::uint64_t count)
      : element_(std::move(element)), size_bytes_(count * element_.size()) {}
  std::uint64_t size_bytes() const override { return size_bytes_; }
  std::unique_ptr<model::BlobStream> open(std::uint64_t offset) const override {
    return std::make_unique<RepeatedStream>(element_, offset, size_bytes_);
  }

 private:
  Bytes element_;
  std::uint64_t size_bytes_;
};

NodeId add_constant(Tree& tree, const model::Tensor& like, double value) {
  model::Tensor tensor = like;
  const model::Storage& old = tree.storage_of(like.storage);
  Bytes element(model::row_of(like.dtype).size_bytes);
  tensor::encode(like.dtype, value, element);
  tensor.layout.offset_elements = 0;
  const auto count = static_cast<std::uint64_t>(model::reach_elements(tensor.layout));
  tensor.storage = tree.add_storage({.blob = std::make_shared<RepeatedBlob>(element, count),
                                     .dtype = like.dtype,
                                     .location = old.location});
  return tree.add_tensor(std::move(tensor));
}

}  // namespace

NodeId make_initial_adagrad_state(Tree& tree, const Optimizer& optimizer, const Slot& slot) {
  const NodeId sum = tree.find(slot.state, "sum");
  if (sum == no_node || !tree.is(sum, Kind::tensor)) return no_node;
  const model::Tensor like = tree.tensor(sum);
  const Group& group = optimizer.groups[slot.group];
  const double initial =
      find_number(tree, tree.find(group.node, "initial_accumulator_value")).value_or(0.0);
  std::vector<model::Entry> entries = model::copy_entries(tree, slot.state);
  for (model::Entry& entry : entries) {
    if (entry.value == sum)
      entry.value = add_constant(tree, like, initial);
    else if (tree.is(entry.value, Kind::tensor))
      entry.value = add_number_tensor(tree, 0.0);
    else if (tree.is(entry.value, Kind::integer))
      entry.value = tree.add_integer(0);
  }
  return tree.add_dict(entries);
}

}  // namespace ckpt::optim
