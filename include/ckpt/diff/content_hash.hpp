// Hashes of what tensors hold, whatever container, strides, sharing or order they are stored in.
//
//   of a tensor    text dtype name, number rank, numbers shape, then the elements in logical
//                  (row-major) order, little endian
//   of several     for each, sorted by the bytes of its name: text name, the bytes of its hash
//
// A number is eight bytes, little endian; a text is its length as a number and its bytes. A tensor
// that has no elements of its own (meta; sparse, whose parts are tensors below it) has the name of
// its form in place of them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ckpt/diff/digest.hpp"
#include "ckpt/diff/leaves.hpp"
#include "ckpt/tensor/compare.hpp"

namespace ckpt::diff {

/// Throws as tensor::ElementStream.
Digest hash_tensor(const tensor::StoredTensor& tensor, HashKind kind);

struct NamedDigest {
  NameId name = Names::top;
  Digest digest;
};

struct HashOptions {
  HashKind kind = HashKind::xxh3_128;
  unsigned thread_count = 1;
  std::function<void(std::uint64_t bytes)> on_progress = {};
};

/// Of every leaf of `leaves` that is a tensor, in their order; views of the same bytes are read
/// once.
std::vector<NamedDigest> hash_tensors(const Side& side, const std::vector<Leaf>& leaves,
                                      const HashOptions& options);
/// The same of any tensors. `text_of(i)` is what messages call the i-th of them.
std::vector<Digest> hash_tensors(const model::Tree& tree, const std::vector<model::NodeId>& tensors,
                                 const std::function<std::string(std::size_t)>& text_of,
                                 const HashOptions& options);

void sort_by_name(const Names& names, std::vector<NamedDigest>& tensors);
/// Of tensors that are sorted by name.
Digest combine(const Names& names, const std::vector<NamedDigest>& sorted, HashKind kind);

}  // namespace ckpt::diff
