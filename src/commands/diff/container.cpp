// Compares what saving could change while the content stays the same: records, alignment, strides,
// sharing.

#include "commands/diff/container.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "ckpt/base/text.hpp"
#include "ckpt/diff/digest.hpp"
#include "ckpt/formats/format.hpp"

namespace ckpt::commands {

namespace {

using Facts = std::map<std::string, std::string>;  // by what they are of

std::string digest_of(const model::Blob& blob) {
  diff::Hasher hasher(diff::HashKind::xxh3_128);
  Bytes block(std::size_t{1} << 16);
  const std::unique_ptr<model::BlobStream> stream = blob.open(0);
  while (const std::size_t count = stream->read(block)) hasher.add(ByteView(block).first(count));
  return hasher.finish().text();
}

Facts facts_of_file(const formats::Origin& origin) {
  Facts facts{{"format", std::string(origin.format().name)}};
  for (const formats::Fact& fact : origin.facts()) facts[fact.name] = fact.text;
  for (const formats::Extra& extra : origin.extras())
    facts[concat("record ", extra.name)] =
        concat(counted(extra.blob->size_bytes(), "byte"), ' ', digest_of(*extra.blob));
  return facts;
}

/// For each storage, the first tensor that uses it.
std::unordered_map<model::StorageId, diff::NameId> users_of_storages(
    const model::Tree& tree, const std::vector<diff::Leaf>& leaves) {
  std::unordered_map<model::StorageId, diff::NameId> users;
  for (const diff::Leaf& leaf : leaves)
    if (leaf.is_tensor) users.try_emplace(tree.tensor(leaf.node).storage, leaf.name);
  return users;
}

std::string layout_text(const model::Tree& tree, const model::Tensor& tensor) {
  std::string strides;
  for (const std::int64_t stride : tensor.layout.stride_elements)
    strides += concat(strides.empty() ? "" : ",", stride);
  if (tensor.storage == model::no_storage) return concat("strides ", strides);
  const model::Storage& storage = tree.storage_of(tensor.storage);
  const bool is_big = storage.byte_order == model::ByteOrder::big;
  return concat("strides ", strides.empty() ? "-" : strides, " offset ",
                tensor.layout.offset_elements, ", of ", storage.size_bytes(), " bytes on ",
                storage.location, is_big ? ", big endian" : "");
}

/// How a tensor is stored, and the first tensor that shares its storage; `top` when it is the first
/// itself.
struct TensorFacts {
  std::string layout;
  diff::NameId shared_with = diff::Names::top;

  bool operator==(const TensorFacts&) const = default;
};

using FactsOfTensors = std::unordered_map<diff::NameId, TensorFacts>;

FactsOfTensors facts_of_tensors(const model::Tree& tree, const std::vector<diff::Leaf>& leaves) {
  const auto users = users_of_storages(tree, leaves);
  FactsOfTensors facts;
  for (const diff::Leaf& leaf : leaves) {
    if (!leaf.is_tensor) continue;
    const model::Tensor& tensor = tree.tensor(leaf.node);
    TensorFacts of_tensor{layout_text(tree, tensor)};
    if (tensor.is_parameter) of_tensor.layout += ", parameter";
    if (tensor.requires_grad) of_tensor.layout += ", requires grad";
    if (tensor.storage != model::no_storage && users.at(tensor.storage) != leaf.name)
      of_tensor.shared_with = users.at(tensor.storage);
    facts[leaf.name] = std::move(of_tensor);
  }
  return facts;
}

std::string text_of(const diff::Names& names, const TensorFacts& facts) {
  if (facts.shared_with == diff::Names::top) return facts.layout;
  return concat(facts.layout, ", shared with ", names.text(facts.shared_with));
}

/// Compares tensors by name; tensors without a partner are listed among the tensor differences.
void append_tensors(const diff::Names& names, const FactsOfTensors& a, const FactsOfTensors& b,
                    std::vector<ContainerDifference>& differences) {
  std::vector<diff::NameId> changed;
  for (const auto& [name, facts] : a)
    if (const auto partner = b.find(name); partner != b.end() && partner->second != facts)
      changed.push_back(name);
  std::ranges::sort(changed, [&](diff::NameId x, diff::NameId y) { return names.is_less(x, y); });
  for (const diff::NameId name : changed)
    differences.push_back({concat("tensor ", names.text(name)), text_of(names, a.at(name)),
                           text_of(names, b.at(name))});
}

void append_differences(const Facts& a, const Facts& b,
                        std::vector<ContainerDifference>& differences) {
  for (const auto& [what, fact] : a) {
    const auto partner = b.find(what);
    if (partner == b.end()) {
      differences.push_back({what, fact, "none"});
    } else if (partner->second != fact) {
      differences.push_back({what, fact, partner->second});
    }
  }
  for (const auto& [what, fact] : b)
    if (!a.contains(what)) differences.push_back({what, "none", fact});
}

}  // namespace

std::vector<ContainerDifference> compare_containers(const Checkpoint& a, const Checkpoint& b,
                                                    const diff::Names& names,
                                                    const diff::Result& result) {
  std::vector<ContainerDifference> differences;
  append_differences(facts_of_file(*a.document.origin), facts_of_file(*b.document.origin),
                     differences);
  append_tensors(names, facts_of_tensors(a.tree(), result.leaves_a),
                 facts_of_tensors(b.tree(), result.leaves_b), differences);
  return differences;
}

}  // namespace ckpt::commands
