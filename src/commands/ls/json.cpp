#include "commands/ls/json.hpp"

#include "ckpt/model/describe.hpp"
#include "ckpt/render/json.hpp"
#include "commands/ls/stats.hpp"
#include "commands/ls/table.hpp"
#include "commands/shared/value_json.hpp"

namespace ckpt::commands {

namespace {

constexpr std::size_t flush_bytes = 1 << 16;

void write_numbers(render::JsonWriter& json, const std::vector<std::int64_t>& numbers) {
  json.begin_array();
  for (const std::int64_t number : numbers) json.value(number);
  json.end_array();
}

void write_storage(render::JsonWriter& json, const model::Tree& tree, model::StorageId id) {
  json.key("storage");
  if (id == model::no_storage) return json.null();
  const model::Storage& storage = tree.storage_of(id);
  json.begin_object();
  json.member("id", static_cast<std::uint32_t>(id));
  json.member("key", storage.key);
  json.member("bytes", storage.size_bytes());
  json.member("device", storage.location);
  json.end_object();
}

void write_owner(render::JsonWriter& json, const StateOwners& owners, model::NodeId node) {
  const auto owner = owners.find(node);
  if (owner == owners.end()) return;
  json.member("parameter", owner->second.name);
  json.member("parameter_level", optim::level_text(owner->second.level));
}

void write_tensor(render::JsonWriter& json, const Listing& listing, std::size_t index) {
  const TensorRow& row = listing.tensors.rows[index];
  const model::Tree& tree = listing.checkpoint.tree();
  const model::Tensor& tensor = tree.tensor(row.node);
  json.begin_object();
  json.member("key", key_of(tree, listing.tensors.places, row));
  json.member("path", listing.tensors.places.text(tree, row.place));
  json.member("dtype", model::row_of(tensor.dtype).name);
  json.member("form", form_name(tensor.form));
  json.key("shape");
  write_numbers(json, tensor.layout.shape);
  json.key("stride");
  if (tensor.layout.stride_elements.size() == tensor.layout.shape.size()) {
    write_numbers(json, tensor.layout.stride_elements);
  } else {
    json.null();
  }
  json.member("offset", tensor.layout.offset_elements);
  json.member("bytes", model::dense_bytes(tensor));
  write_storage(json, tree, tensor.storage);
  json.member("kind", row.role.role == model::Role::parameter ? "parameter" : "buffer");
  json.member("kind_is_inferred", row.role.source == model::RoleSource::inferred);
  json.member("requires_grad", tensor.requires_grad);
  json.member("is_parameter", tensor.is_parameter);
  write_owner(json, listing.owners, row.node);
  if (!listing.hashes.empty()) json.member("hash", listing.hashes[index]);
  if (!listing.statistics.empty()) write_statistics(json, listing.statistics[index]);
  json.end_object();
}

}  // namespace

void print_listing_json(const Listing& listing, cli::Console& console) {
  const model::Tree& tree = listing.checkpoint.tree();
  render::JsonWriter json;
  json.begin_object();
  json.member("schema", "ckpt.ls/1");
  json.member("file", listing.checkpoint.path.string());
  json.member("root", path_text(tree, listing.checkpoint.root.path));
  json.key("tensors");
  json.begin_array();
  for (std::size_t i = 0; i < listing.tensors.rows.size(); ++i) {
    write_tensor(json, listing, i);
    if (json.pending_bytes() > flush_bytes) console.out(json.take_text());
  }
  json.end_array();
  if (!listing.values.rows.empty()) {
    json.key("values");
    json.begin_array();
    for (const ValueRow& row : listing.values.rows) {
      json.begin_object();
      json.member("key", key_of(tree, listing.values.places, row));
      json.member("path", listing.values.places.text(tree, row.place));
      json.member("type", type_text(tree, row.node));
      json.key("value");
      write_leaf_json(tree, row.node, json);
      write_owner(json, listing.owners, row.node);
      json.end_object();
      if (json.pending_bytes() > flush_bytes) console.out(json.take_text());
    }
    json.end_array();
  }
  json.end_object();
  console.out(json.take_text());
}

}  // namespace ckpt::commands
