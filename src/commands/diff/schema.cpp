#include "commands/diff/schema.hpp"

#include <nlohmann/json.hpp>

#include "ckpt/base/error.hpp"
#include "ckpt/base/file.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/render/json.hpp"
#include "commands/shared/text_file.hpp"

namespace ckpt::commands {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view schema_name = "ckpt.shapes/1";

[[noreturn]] void throw_malformed(std::string_view what) {
  throw Error(ErrorKind::malformed,
              concat("expected a schema ", quote(schema_name), ", got ", what));
}

const Json& member(const Json& object, const char* name) {
  if (!object.is_object() || !object.contains(name))
    throw_malformed(concat("an object without ", quote(name)));
  return object.at(name);
}

const std::string& text_of(const Json& value) {
  if (!value.is_string()) throw_malformed(value.type_name());
  return value.get_ref<const std::string&>();
}

model::Tensor tensor_of(const Json& row) {
  model::Tensor tensor;
  const std::string& dtype = text_of(member(row, "dtype"));
  const std::optional<model::DType> found = model::find_dtype(dtype);
  if (!found) throw_malformed(concat("dtype ", quote(dtype)));
  tensor.dtype = *found;
  const Json& shape = member(row, "shape");
  if (!shape.is_array()) throw_malformed("a shape that is no array");
  for (const Json& size : shape) {
    if (!size.is_number_unsigned()) throw_malformed("a shape with a size that is no count");
    tensor.layout.shape.push_back(size.get<std::int64_t>());
  }
  return tensor;
}

model::Tree tree_of(const Json& schema) {
  if (text_of(member(schema, "schema")) != schema_name) throw_malformed("another schema");
  const Json& rows = member(schema, "tensors");
  if (!rows.is_array()) throw_malformed("tensors that are no array");
  model::Tree tree;
  std::vector<model::Entry> entries;
  for (const Json& row : rows) {
    const model::NodeId node = tree.add_tensor(tensor_of(row));
    entries.push_back({tree.add_text(text_of(member(row, "key"))), node});
  }
  const model::NodeId root = tree.add_dict(entries);
  tree.set_root(root);
  return tree;
}

}  // namespace

void write_schema(const std::filesystem::path& path, const diff::Side& side,
                  const std::vector<diff::Leaf>& leaves, Overwrite overwrite) {
  render::JsonWriter json;
  json.begin_object();
  json.member("schema", schema_name);
  json.key("tensors");
  json.begin_array();
  for (const diff::Leaf& leaf : leaves) {
    const model::Tensor& tensor = side.tree.tensor(leaf.node);
    json.begin_object();
    json.member("key", side.names.text(leaf.name));
    json.member("dtype", model::row_of(tensor.dtype).name);
    json.key("shape");
    json.begin_array();
    for (const std::int64_t size : tensor.layout.shape) json.value(size);
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.end_object();
  write_text_file(path, json.take_text(), overwrite);
}

model::Tree read_schema(const std::filesystem::path& path) {
  const std::shared_ptr<const File> file = File::open(path);
  const Bytes bytes = file->read_bytes(0, file->size_bytes());
  return within(path.string(), [&] {
    const std::string_view text = as_text(bytes);
    const Json schema = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
    if (schema.is_discarded()) throw_malformed("no JSON");
    return tree_of(schema);
  });
}

}  // namespace ckpt::commands
