// `ckpt optim ls --json`: schema ckpt.optim.ls/1.
#include "ckpt/render/json.hpp"
#include "ckpt/model/entries.hpp"
#include "commands/optim/listing.hpp"
#include "commands/shared/value_json.hpp"

namespace ckpt::commands {

namespace {

using model::Kind;
using model::NodeId;
using model::Tree;

void write_value(const Tree& tree, NodeId id, render::JsonWriter& json) {
  if (!tree.is(id, Kind::list) && !tree.is(id, Kind::tuple)) return write_leaf_json(tree, id, json);
  json.begin_array();
  for (const NodeId item : tree.items(id)) write_leaf_json(tree, item, json);
  json.end_array();
}

void write_texts(render::JsonWriter& json, const std::vector<std::string>& texts) {
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

void write_groups(const Tree& tree, const optim::Optimizer& optimizer, render::JsonWriter& json) {
  json.key("groups");
  json.begin_array();
  for (const optim::Group& group : optimizer.groups) {
    json.begin_object();
    json.member("ids", group.slot_count);
    json.key("hyperparameters");
    json.begin_object();
    if (group.node != model::no_node)
      for (const model::Entry& entry : tree.entries(group.node)) {
        if (entry.value == group.params || !tree.is(entry.key, Kind::text)) continue;
        json.key(tree.text(entry.key));
        write_value(tree, entry.value, json);
      }
    json.end_object();
    json.end_object();
  }
  json.end_array();
}

void write_state(const Tree& tree, NodeId state, render::JsonWriter& json) {
  json.key("state");
  if (state == model::no_node || !tree.is(state, Kind::dict)) return json.null();
  json.begin_object();
  for (const model::TextEntry entry : model::text_entries(tree, state)) {
    json.key(entry.name);
    if (!tree.is(entry.value, Kind::tensor)) {
      write_leaf_json(tree, entry.value, json);
      continue;
    }
    json.begin_object();
    json.member("dtype", model::row_of(tree.tensor(entry.value).dtype).name);
    json.key("shape");
    json.begin_array();
    for (const std::int64_t size : tree.tensor(entry.value).layout.shape) json.value(size);
    json.end_array();
    json.end_object();
  }
  json.end_object();
}

void write_id(const Tree& tree, const OptimizerListing& listing, std::size_t index,
              render::JsonWriter& json) {
  const optim::Slot& slot = listing.identified.optimizer.slots[index];
  const optim::Resolution& resolution = listing.identified.resolution;
  json.begin_object();
  json.key("id");
  if (slot.id != model::no_node)
    write_leaf_json(tree, slot.id, json);
  else
    json.value(slot.label);
  json.member("group", slot.group);
  json.key("name");
  const bool is_named = index < resolution.names.size() && !resolution.names[index].empty();
  if (is_named)
    json.value(resolution.names[index]);
  else
    json.null();
  if (!is_named) {
    json.key("possible_names");
    write_texts(json, possible_names(resolution, index));
  }
  if (!listing.ties[index].empty()) {
    json.key("tied_names");
    write_texts(json, listing.ties[index]);
  }
  json.key("shape");
  if (slot.shape) {
    json.begin_array();
    for (const std::int64_t size : *slot.shape) json.value(size);
    json.end_array();
  } else {
    json.null();
  }
  json.key("step");
  if (listing.steps[index])
    json.value(*listing.steps[index]);
  else
    json.null();
  json.member("bytes", listing.bytes[index]);
  write_state(tree, slot.state, json);
  json.end_object();
}

void write_optimizer(const Tree& tree, const OptimizerListing& listing, render::JsonWriter& json) {
  const optim::Optimizer& optimizer = listing.identified.optimizer;
  const optim::Resolution& resolution = listing.identified.resolution;
  json.begin_object();
  json.member("path", optimizer.path_text);
  json.member("kind", optimizer.kind);
  json.member("is_editable", optimizer.is_editable());
  json.member("names", optim::level_text(resolution.level));
  json.member("rule", resolution.rule);
  json.member("model", resolution.part);
  json.key("assignments_that_fit");
  if (resolution.deals)
    json.value(*resolution.deals);
  else
    json.null();
  write_groups(tree, optimizer, json);
  json.key("ids");
  json.begin_array();
  for (std::size_t i = 0; i < optimizer.slots.size(); ++i) write_id(tree, listing, i, json);
  json.end_array();
  json.key("without_id");
  write_texts(json, listing.without_id);
  json.key("orphans");
  json.begin_array();
  for (const NodeId orphan : optimizer.orphans) write_leaf_json(tree, orphan, json);
  json.end_array();
  json.end_object();
}

}  // namespace

void print_optimizers_json(const OptimListing& listing, cli::Console& console) {
  const Tree& tree = listing.checkpoint.tree();
  render::JsonWriter json;
  json.begin_object();
  json.member("schema", "ckpt.optim.ls/1");
  json.member("file", listing.checkpoint.path.string());
  json.key("optimizers");
  json.begin_array();
  for (const OptimizerListing& one : listing.optimizers) {
    write_optimizer(tree, one, json);
    console.out(json.take_text());
  }
  json.end_array();
  json.key("others");
  json.begin_array();
  for (const optim::Baggage& baggage : listing.baggage) {
    json.begin_object();
    json.member("path", baggage.path);
    json.member("kind", optim::baggage_text(baggage.kind));
    json.end_object();
  }
  json.end_array();
  json.end_object();
  console.out(json.take_text());
}

}  // namespace ckpt::commands
