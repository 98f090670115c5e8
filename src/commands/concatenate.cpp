#include "commands/concatenate.hpp"

#include <algorithm>
#include <unordered_map>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/concatenation.hpp"
#include "ckpt/tensor/element_stream.hpp"

namespace ckpt::commands {

namespace {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tensor;
using model::Tree;

void refuse_unlike(const Tensor& first, const Tensor& other) {
  const auto tail = [](const Tensor& tensor) {
    return std::vector<std::int64_t>(tensor.layout.shape.begin() + 1, tensor.layout.shape.end());
  };
  const bool are_alike = !first.layout.shape.empty() && !other.layout.shape.empty() &&
                         first.dtype == other.dtype && tail(first) == tail(other);
  if (are_alike) return;
  throw Error(ErrorKind::conflict,
              concat("cannot join ", model::row_of(first.dtype).name, " ",
                     shape_text(first.layout.shape), " and ", model::row_of(other.dtype).name, " ",
                     shape_text(other.layout.shape), " along the first axis"));
}

NodeId concatenated(Tree& tree, std::span<const NodeId> sources) {
  Tensor joined = tree.tensor(sources.front());
  std::vector<std::shared_ptr<const model::Blob>> parts;
  std::int64_t rows = 0;
  for (const NodeId source : sources) {
    if (!tree.is(source, Kind::tensor))
      throw Error(ErrorKind::conflict, "cannot join what is no tensor");
    refuse_unlike(joined, tree.tensor(source));
    rows += tree.tensor(source).layout.shape.front();
    parts.push_back(tensor::make_dense_blob(tree, tree.tensor(source)));
  }
  joined.layout.shape.front() = rows;
  joined.layout.stride_elements = model::contiguous_strides(joined.layout.shape);
  joined.layout.offset_elements = 0;
  joined.is_conjugated = false;
  joined.is_negated = false;
  joined.source = model::no_node;
  const std::string location = tree.storage_of(joined.storage).location;
  joined.storage = tree.add_storage({.blob = model::make_concatenation(std::move(parts)),
                                     .dtype = joined.dtype,
                                     .location = location});
  const NodeId node = tree.add();
  tree.fill_tensor(node, std::move(joined));
  return node;
}

}  // namespace

void add_concatenation(optim::RootEdit& edit, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Error(ErrorKind::usage, concat("--concat: expected NEW=A,B,..., got ", quote(text)));
  optim::Output joined{.name = text.substr(0, equals), .sources = {}, .operation = concatenated};
  std::size_t place = edit.outputs.size();
  const std::string list = text.substr(equals + 1);
  for (const std::string_view name : split(list, ',')) {
    const auto found = std::ranges::find(edit.outputs, name, &optim::Output::name);
    if (found == edit.outputs.end() || found->operation)
      throw Error(ErrorKind::usage, concat("--concat: there is no key ", quote(name)));
    joined.sources.insert(joined.sources.end(), found->sources.begin(), found->sources.end());
    place = std::min(place, static_cast<std::size_t>(found - edit.outputs.begin()));
    found->name.clear();  // goes below, so that places stay meanwhile
  }
  edit.outputs.insert(edit.outputs.begin() + static_cast<std::ptrdiff_t>(place), std::move(joined));
  std::erase_if(edit.outputs, [](const optim::Output& output) { return output.name.empty(); });
}

std::vector<Entry> edited_entries(Tree& tree, const std::vector<Entry>& before,
                                  const optim::RootEdit& edit) {
  std::unordered_map<std::string, Entry> by_name;
  std::vector<Entry> entries;
  for (const Entry& entry : before) {
    if (tree.is(entry.key, Kind::text))
      by_name[std::string(tree.text(entry.key))] = entry;
    else
      entries.push_back(entry);
  }
  for (const optim::Output& output : edit.outputs) {
    const Entry& first = by_name.at(output.sources.front());
    NodeId value = first.value;
    if (output.operation) {
      std::vector<NodeId> sources;
      for (const std::string& source : output.sources) sources.push_back(by_name.at(source).value);
      value = within(output.name, [&] { return output.operation(tree, sources); });
    }
    const bool keeps_key = output.sources.front() == output.name;
    entries.push_back({keeps_key ? first.key : tree.add_text(output.name), value});
  }
  return entries;
}

}  // namespace ckpt::commands
