// Compares samples first; all bytes are read only for tensors whose samples are equal.

#include "optim/names/clones.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace ckpt::optim {

using model::Tensor;
using model::Tree;

namespace {

constexpr std::size_t sample_bytes = 4096;
constexpr std::size_t block_bytes = 65536;
constexpr std::size_t few_values = 8;

std::unique_ptr<model::BlobStream> open_tensor(const Tree& tree, const Tensor& tensor) {
  const std::uint64_t element_bytes = model::row_of(tensor.dtype).size_bytes;
  const auto offset = static_cast<std::uint64_t>(tensor.layout.offset_elements) * element_bytes;
  return tree.storage_of(tensor.storage).blob->open(offset);
}

Bytes read_block(model::BlobStream& stream, std::uint64_t left_bytes, std::size_t most_bytes) {
  Bytes block(static_cast<std::size_t>(std::min<std::uint64_t>(left_bytes, most_bytes)));
  block.resize(stream.read(block));
  return block;
}

/// Zeros, ones, and what one step of Adam makes of them are equal without being copies.
bool has_few_values(const Bytes& bytes, std::size_t element_bytes) {
  std::set<std::string_view> values;
  const std::string_view text = as_text(bytes);
  for (std::size_t at = 0; at < text.size() && values.size() <= few_values; at += element_bytes)
    values.insert(text.substr(at, element_bytes));
  return values.size() <= few_values;
}

/// The bytes as a key of a map.
std::string key_of(const Bytes& bytes) {
  std::string key;
  for (const std::byte byte : bytes) key += static_cast<char>(byte);
  return key;
}

bool have_equal_bytes(const Tree& tree, const Tensor& a, const Tensor& b) {
  const auto first = open_tensor(tree, a);
  const auto second = open_tensor(tree, b);
  std::uint64_t left_bytes = model::dense_bytes(a);
  while (left_bytes > 0) {
    const Bytes x = read_block(*first, left_bytes, block_bytes);
    const Bytes y = read_block(*second, left_bytes, block_bytes);
    if (x != y || x.empty()) return false;
    left_bytes -= x.size();
  }
  return true;
}

bool can_be_compared(const Tensor& tensor) {
  return tensor.form == model::TensorForm::strided && tensor.storage != model::no_storage &&
         model::is_contiguous(tensor.layout) && model::element_count(tensor.layout.shape) > 1;
}

std::vector<std::uint32_t> find_clones(const Tree& tree,
                                       const std::vector<const Candidate*>& candidates) {
  std::map<std::pair<model::DType, Shape>, std::vector<std::uint32_t>> alike;
  for (std::uint32_t i = 0; i < candidates.size(); ++i) {
    const Tensor& tensor = tree.tensor(candidates[i]->tensor);
    if (can_be_compared(tensor)) alike[{tensor.dtype, tensor.layout.shape}].push_back(i);
  }
  std::vector<std::uint32_t> clones;
  for (const auto& [type, members] : alike) {
    if (members.size() < 2) continue;
    std::map<std::string, std::vector<std::uint32_t>> firsts;
    for (const std::uint32_t i : members) {
      const Tensor& tensor = tree.tensor(candidates[i]->tensor);
      const auto stream = open_tensor(tree, tensor);
      const Bytes sample = read_block(*stream, model::dense_bytes(tensor), sample_bytes);
      if (has_few_values(sample, model::row_of(tensor.dtype).size_bytes)) continue;
      std::vector<std::uint32_t>& known = firsts[key_of(sample)];
      const bool is_clone = std::ranges::any_of(known, [&](std::uint32_t other) {
        return have_equal_bytes(tree, tree.tensor(candidates[other]->tensor), tensor);
      });
      (is_clone ? clones : known).push_back(i);
    }
  }
  std::ranges::sort(clones);
  return clones;
}

}  // namespace

CloneFinder make_clone_finder(const Tree& tree) {
  return [&tree](const std::vector<const Candidate*>& candidates) {
    return find_clones(tree, candidates);
  };
}

}  // namespace ckpt::optim
