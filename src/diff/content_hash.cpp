#include "ckpt/diff/content_hash.hpp"

#include <algorithm>
#include <bit>
#include <unordered_map>

#include "ckpt/base/error.hpp"
#include "ckpt/base/page_block.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/diff/parallel.hpp"
#include "ckpt/tensor/repeats.hpp"
#include "diff/view_key.hpp"

namespace ckpt::diff {

static_assert(std::endian::native == std::endian::little,
              "ElementStream delivers this machine's byte order; hashes are of little endian");

namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 20;

void add_elements(Hasher& hasher, const tensor::TensorIn& side) {
  tensor::ElementStream elements(side.tree, side.tensor, {.buffer_bytes = std::size_t{2} << 20});
  const PageBlock block(
      static_cast<std::size_t>(std::min<std::uint64_t>(elements.remaining_bytes(), block_bytes)));
  while (const std::size_t count = elements.read(block.bytes())) hasher.add(block.first(count));
}

/// Each tensor alone may repeat its storage; the time that all of them may take is limited too.
/// A hash of repeated bytes has to go through all of them.
void refuse_endless(const model::Tree& tree, const std::vector<model::NodeId>& nodes,
                    const std::vector<std::string>& names) {
  constexpr std::uint64_t most_repeated_bytes = std::uint64_t{64} << 30;
  constexpr std::uint64_t most_repeats = 1024;
  std::uint64_t repeated_bytes = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const model::Tensor& tensor = tree.tensor(nodes[i]);
    if (tensor.form != model::TensorForm::strided || tensor.storage == model::no_storage) continue;
    within(names[i], [&] { tensor::refuse_endless(tree, tensor); });
    const std::uint64_t bytes = model::dense_bytes(tensor);
    if (bytes / most_repeats <= tree.storage_of(tensor.storage).size_bytes()) continue;
    repeated_bytes += bytes;  // each at most `most_repeated_bytes`
    if (repeated_bytes > most_repeated_bytes)
      throw Error(ErrorKind::limit,
                  concat(names[i], ": tensors that repeat a few bytes are more than ",
                         most_repeated_bytes >> 30, " GiB: too many repeats to be read"));
  }
}

}  // namespace

Digest hash_tensor(const tensor::TensorIn& side, HashKind kind) {
  Hasher hasher(kind);
  hasher.add_text(model::row_of(side.tensor.dtype).name);
  hasher.add_number(side.tensor.layout.shape.size());
  for (const std::int64_t size : side.tensor.layout.shape)
    hasher.add_number(static_cast<std::uint64_t>(size));
  if (side.tensor.form != model::TensorForm::strided) {
    hasher.add_text(form_name(side.tensor.form));
  } else if (model::element_count(side.tensor.layout.shape) > 0) {
    add_elements(hasher, side);
  }
  return hasher.finish();
}

std::vector<NamedDigest> hash_tensors(const model::Tree& tree, const std::vector<Leaf>& leaves,
                                      const HashOptions& options) {
  std::vector<NamedDigest> digests;
  std::vector<std::string> names;
  std::vector<model::NodeId> nodes;           // to be hashed
  std::vector<std::size_t> source_of_digest;  // which of `nodes` each digest is of
  std::unordered_map<std::string, std::size_t> sources;
  for (const Leaf& leaf : leaves) {
    if (!leaf.is_tensor) continue;
    const std::optional<std::string> key = find_view_key(tree.tensor(leaf.node));
    const auto [found, is_new] =
        sources.try_emplace(key ? *key : concat("node ", nodes.size()), nodes.size());
    if (is_new) {
      nodes.push_back(leaf.node);
      names.push_back(leaf.shown);
    }
    source_of_digest.push_back(found->second);
    digests.push_back({leaf.name, {}});
  }
  refuse_endless(tree, nodes, names);
  std::vector<Digest> hashed(nodes.size());
  for_each_index(nodes.size(), options.thread_count, [&](std::size_t i) {
    const model::Tensor& tensor = tree.tensor(nodes[i]);
    hashed[i] = within(names[i], [&] { return hash_tensor({tree, tensor}, options.kind); });
    if (options.on_progress) options.on_progress(model::dense_bytes(tensor));
  });
  for (std::size_t i = 0; i < digests.size(); ++i) digests[i].digest = hashed[source_of_digest[i]];
  return digests;
}

Digest combine(std::vector<NamedDigest> tensors, HashKind kind) {
  std::ranges::sort(tensors, {}, &NamedDigest::name);
  Hasher hasher(kind);
  for (const NamedDigest& tensor : tensors) {
    hasher.add_text(tensor.name);
    hasher.add(tensor.digest.view());
  }
  return hasher.finish();
}

}  // namespace ckpt::diff
