// Hashes the content of tensors, independent of container, strides, sharing and storage order. Two
// files with the same weights have the same hash.
//
//   one tensor       text dtype name, number rank, numbers shape, then the elements in logical
//                    (row-major) order, little endian
//   several tensors  for each, sorted by the bytes of its name: text name, the bytes of its hash
//
// A number is eight bytes, little endian. A text is its length as a number, then its bytes. For a
// tensor without elements of its own (meta; sparse, whose parts are tensors below it) the name of
// its form replaces the elements.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ckpt/diff/digest.hpp"
#include "ckpt/diff/leaves.hpp"
#include "ckpt/tensor/compare.hpp"

namespace ckpt::diff {

/// Throws as tensor::ElementStream does.
Digest hash_tensor(const tensor::StoredTensor& tensor, HashKind kind);

/// The hash of a tensor, with its name.
struct NamedDigest {
  NameId name = Names::top;
  Digest digest;
};

struct HashOptions {
  HashKind kind = HashKind::xxh3_128;
  unsigned thread_count = 1;
  std::function<void(std::uint64_t bytes)> on_progress = {};
};

/// The digests of all leaves that are tensors, in the order of `leaves`. Several views of the same
/// bytes are read once.
std::vector<NamedDigest> hash_tensors(const Side& side, const std::vector<Leaf>& leaves,
                                      const HashOptions& options);
/// The same for any tensors. text_of(i) names the i-th one in messages.
std::vector<Digest> hash_tensors(const model::Tree& tree, const std::vector<model::NodeId>& tensors,
                                 const std::function<std::string(std::size_t)>& text_of,
                                 const HashOptions& options);

/// Sorts by the bytes of the names, the order of combine().
void sort_by_name(const Names& names, std::vector<NamedDigest>& tensors);
/// The digest of several tensors, which must be sorted by name.
Digest combine(const Names& names, const std::vector<NamedDigest>& sorted, HashKind kind);

}  // namespace ckpt::diff
