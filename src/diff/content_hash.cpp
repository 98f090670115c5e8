// Tensors are hashed in parallel, one per thread; views of the same bytes once. Elements are always
// little endian, in logical order.

#include "ckpt/diff/content_hash.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/page_block.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/diff/parallel.hpp"
#include "ckpt/model/view.hpp"
#include "ckpt/tensor/repeats.hpp"

namespace ckpt::diff {

static_assert(std::endian::native == std::endian::little,
              "ElementStream delivers this machine's byte order; hashes are of little endian");

namespace {

constexpr std::size_t block_bytes = std::size_t{1} << 20;

void add_elements(Hasher& hasher, const tensor::StoredTensor& side) {
  tensor::ElementStream elements(side.storage, side.tensor, {.buffer_bytes = std::size_t{2} << 20});
  const PageBlock block(
      static_cast<std::size_t>(std::min<std::uint64_t>(elements.remaining_bytes(), block_bytes)));
  while (const std::size_t count = elements.read(block.bytes())) hasher.add(block.first(count));
}

/// Like within(), but makes the text only for an error.
template <typename TextOf, typename Body>
void within_named(TextOf text_of, Body body) {
  try {
    body();
  } catch (Error& error) {
    error.add_place(text_of());
    throw;
  }
}

/// Each tensor may repeat its storage; the total time of all of them is limited too, because a hash
/// must process all repeated bytes.
void refuse_endless(const model::Tree& tree, const std::vector<model::NodeId>& nodes,
                    const std::function<std::string(std::size_t)>& text_of) {
  constexpr std::uint64_t most_repeated_bytes = std::uint64_t{64} << 30;
  constexpr std::uint64_t most_repeats = 1024;
  std::uint64_t repeated_bytes = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const model::Tensor& tensor = tree.tensor(nodes[i]);
    if (tensor.form != model::TensorForm::strided || tensor.storage == model::no_storage) continue;
    within_named([&] { return text_of(i); },
                 [&] { tensor::refuse_endless(tree.storage_of(tensor), tensor); });
    const std::uint64_t bytes = model::dense_bytes(tensor);
    if (bytes / most_repeats <= tree.storage_of(tensor.storage).size_bytes()) continue;
    repeated_bytes += bytes;  // each at most `most_repeated_bytes`
    if (repeated_bytes > most_repeated_bytes)
      throw Error(ErrorKind::limit,
                  concat(text_of(i), ": tensors that repeat a few bytes are more than ",
                         most_repeated_bytes >> 30, " GiB: too many repeats to be read"));
  }
}

}  // namespace

Digest hash_tensor(const tensor::StoredTensor& side, HashKind kind) {
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

std::vector<Digest> hash_tensors(const model::Tree& tree, const std::vector<model::NodeId>& tensors,
                                 const std::function<std::string(std::size_t)>& text_of,
                                 const HashOptions& options) {
  std::vector<model::NodeId> nodes;    // to be hashed
  std::vector<std::size_t> tensor_of;  // which of `tensors` each of them is
  std::vector<std::size_t> source_of;  // which of `nodes` each of `tensors` is like
  std::map<model::ViewKey, std::size_t> sources;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    std::size_t source = nodes.size();
    if (auto key = model::find_view_key(tree.tensor(tensors[i])))
      source = sources.try_emplace(std::move(*key), source).first->second;
    if (source == nodes.size()) {
      nodes.push_back(tensors[i]);
      tensor_of.push_back(i);
    }
    source_of.push_back(source);
  }
  refuse_endless(tree, nodes, [&](std::size_t i) { return text_of(tensor_of[i]); });
  std::vector<Digest> hashed(nodes.size());
  for_each_index(nodes.size(), options.thread_count, [&](std::size_t i) {
    const model::Tensor& tensor = tree.tensor(nodes[i]);
    within_named([&] { return text_of(tensor_of[i]); },
                 [&] {
                   hashed[i] = hash_tensor({tree.storage_of(tensor), tensor}, options.kind);
                 });
    if (options.on_progress) options.on_progress(model::dense_bytes(tensor));
  });
  std::vector<Digest> digests;
  digests.reserve(tensors.size());
  for (const std::size_t source : source_of) digests.push_back(hashed[source]);
  return digests;
}

std::vector<NamedDigest> hash_tensors(const Side& side, const std::vector<Leaf>& leaves,
                                      const HashOptions& options) {
  std::vector<model::NodeId> nodes;
  std::vector<const Leaf*> tensors;
  for (const Leaf& leaf : leaves) {
    if (!leaf.is_tensor) continue;
    nodes.push_back(leaf.node);
    tensors.push_back(&leaf);
  }
  const auto text_of = [&](std::size_t i) { return side.names.text(tensors[i]->shown); };
  const std::vector<Digest> digests = hash_tensors(side.tree, nodes, text_of, options);
  std::vector<NamedDigest> named;
  for (std::size_t i = 0; i < tensors.size(); ++i) named.push_back({tensors[i]->name, digests[i]});
  return named;
}

void sort_by_name(const Names& names, std::vector<NamedDigest>& tensors) {
  std::ranges::sort(tensors, [&](const NamedDigest& a, const NamedDigest& b) {
    return names.is_less(a.name, b.name);
  });
}

Digest combine(const Names& names, const std::vector<NamedDigest>& sorted, HashKind kind) {
  Hasher hasher(kind);
  std::string text;
  NameId written = Names::top;
  for (const NamedDigest& tensor : sorted) {
    names.rewrite(text, std::exchange(written, tensor.name), tensor.name);
    hasher.add_text(text);
    hasher.add(tensor.digest.view());
  }
  return hasher.finish();
}

}  // namespace ckpt::diff
