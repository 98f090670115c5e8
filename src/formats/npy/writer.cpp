#include <algorithm>
#include <bit>

#include "ckpt/base/atomic_file.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/key_path.hpp"
#include "ckpt/tensor/element_stream.hpp"
#include "ckpt/tensor/npy.hpp"
#include "formats/blob_writer.hpp"
#include "formats/npy/npy.hpp"

namespace ckpt::formats {

namespace {

constexpr std::size_t most_dimensions = 64;
constexpr model::ByteOrder native_order =
    std::endian::native == std::endian::little ? model::ByteOrder::little : model::ByteOrder::big;

const model::Tensor& only_tensor(const model::Tree& tree) {
  return tree.tensor(tree.entries(tree.root()).front().value);
}

model::Layout transposed(model::Layout layout) {
  std::ranges::reverse(layout.shape);
  std::ranges::reverse(layout.stride_elements);
  return layout;
}

bool is_column_major(const model::Layout& layout) {
  return !model::is_contiguous(layout) && model::is_contiguous(transposed(layout));
}

/// What is written: elements in the order of their file, and their header.
struct Array {
  std::shared_ptr<const model::Blob> elements;
  std::string header;
};

/// Elements of another byte order stay as they are, as numpy.save leaves them. Those that must be
/// conjugated or negated are computed in this machine's order.
Array make_array(const model::Tree& tree) {
  model::Tensor tensor = only_tensor(tree);
  model::Storage storage = tree.storage_of(tensor);
  std::string descr = *tensor::find_npy_descr(tensor.dtype);
  const bool is_computed = tensor.is_conjugated || tensor.is_negated;
  if (storage.byte_order != native_order && !is_computed && descr.front() != '|') {
    descr.front() = storage.byte_order == model::ByteOrder::big ? '>' : '<';
    storage.byte_order = native_order;
  }
  const auto order =
      is_column_major(tensor.layout) ? tensor::NpyOrder::column_major : tensor::NpyOrder::row_major;
  std::string header = tensor::npy_header(descr, tensor.layout.shape, order);
  if (order == tensor::NpyOrder::column_major) tensor.layout = transposed(std::move(tensor.layout));
  return {tensor::make_dense_blob(storage, tensor), std::move(header)};
}

Unheld refuse(std::string refusal, std::string hint = {}) {
  return {.refusal = std::move(refusal), .hint = std::move(hint)};
}

/// "a .npy file holds one tensor; this is a state dict of 3 entries"
Unheld refuse_contents(const model::Tree& tree) {
  constexpr std::string_view holds = "a .npy file holds one tensor, and ";
  if (!tree.is(tree.root(), model::Kind::dict))
    return refuse(concat(holds, "the top level is no state dict"));
  const auto entries = tree.entries(tree.root());
  if (entries.size() != 1)
    return refuse(concat(holds, "there are ", counted(entries.size(), "entry", "entries")),
                  "ckpt filter --keep KEY keeps one");
  if (!tree.is(entries.front().value, model::Kind::tensor))
    return refuse(concat(holds, quote(model::key_text(tree, entries.front().key)), " is none"),
                  "ckpt show FILE PATH -o OUT.npy writes a tensor from within");
  return {};
}

Unheld refuse_tensor(const model::Tensor& tensor) {
  if (tensor.form != model::TensorForm::strided)
    return refuse(concat("a .npy file of a ", form_name(tensor.form), " tensor: numpy has none"));
  if (tensor.layout.shape.size() > most_dimensions)
    return refuse(concat("a .npy file of ", tensor.layout.shape.size(),
                         " dimensions: numpy has at most ", most_dimensions));
  if (!tensor::find_npy_descr(tensor.dtype))
    return refuse(
        concat("a .npy file of ", model::row_of(tensor.dtype).name, ": numpy has no such type"),
        "ckpt show FILE PATH -o OUT.npy widens floats to float32");
  return {};
}

std::vector<std::string> lost_of(const model::Tree& tree) {
  std::vector<std::string> lost;
  const std::string name = model::key_text(tree, tree.entries(tree.root()).front().key);
  if (name != npy_tensor_name) lost.push_back(concat("the name ", quote(name)));
  if (tree.attributes(tree.root()) != model::no_node) lost.emplace_back("_metadata");
  if (tree.dict_type(tree.root()) == model::DictType::custom)
    lost.emplace_back("the class of the dict");
  const model::Tensor& tensor = only_tensor(tree);
  if (tensor.requires_grad) lost.emplace_back("requires_grad");
  if (tensor.source != model::no_node) lost.emplace_back("attributes of the tensor");
  const std::string& location = tree.storage_of(tensor).location;
  if (location != "cpu") lost.push_back(concat("the device ", location));
  return lost;
}

}  // namespace

Unheld npy_cannot_hold(const model::Tree& tree) {
  if (Unheld unheld = refuse_contents(tree); !unheld.refusal.empty()) return unheld;
  if (Unheld unheld = refuse_tensor(only_tensor(tree)); !unheld.refusal.empty()) return unheld;
  return {.lost = lost_of(tree)};
}

SaveReport save_npy(const Document& document, const std::filesystem::path& path,
                    const SaveOptions& options) {
  const Array array = make_array(document.tree);
  const std::uint64_t total_bytes = array.header.size() + array.elements->size_bytes();
  AtomicFile out(path, options.overwrite, options.flush);
  out.reserve(total_bytes);
  out.write(as_bytes(array.header));
  BlobWriter(out, options, total_bytes).write(*array.elements);
  out.commit();
  return {total_bytes};
}

}  // namespace ckpt::formats
