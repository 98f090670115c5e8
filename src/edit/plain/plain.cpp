#include "ckpt/edit/plain.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/walk.hpp"
#include "ckpt/torch/allowed_globals.hpp"
#include "ckpt/torch/python_objects.hpp"
#include "ckpt/torch/refused_values.hpp"
#include "edit/plain/values.hpp"

namespace ckpt::edit {

namespace {

using model::Kind;
using model::NodeId;
using model::Tree;

constexpr auto attribute_holders =
    std::to_array<std::string_view>({"argparse.Namespace", "types.SimpleNamespace"});

/// LONG1 has a length of one byte, and weights_only knows no other opcode for them.
constexpr std::size_t longest_integer_bytes = 255;

/// Each settles what is refused because of the one before: an object around an object. More of them
/// are made to waste time; the result is refused as a whole then.
constexpr int most_passes = 100;

class PlainMaker {
 public:
  explicit PlainMaker(Tree& tree) : tree_(tree), hashed_(find_hashed_values(tree)) {}

  std::vector<PlainChange> run() {
    reach(tree_.root(), model::no_node, {});
    while (!open_.empty()) {
      const NodeId id = open_.back();
      open_.pop_back();
      visit(id);
    }
    take_out_dropped();
    for (const NodeId id : find_recursive_tuples(tree_)) plain_recursive_tuple(id);
    take_out_dropped();
    for (int pass = 0; pass < most_passes && settle_refused(); ++pass) take_out_dropped();
    if (const auto reason = torch::find_refusal(tree_))
      throw Error(ErrorKind::unsupported,
                  concat("nothing that weights_only loads can be made of it: ", *reason));
    return std::move(changes_);
  }

 private:
  struct Origin {
    NodeId parent = model::no_node;
    model::PathStep step = {};
  };

  void reach(NodeId id, NodeId parent, model::PathStep step) {
    if (id != model::no_node && origins_.try_emplace(id, Origin{parent, step}).second)
      open_.push_back(id);
  }

  /// Below first, the last child first in: children are visited in the order of the file.
  void visit(NodeId id) {
    const Kind kind = tree_.kind(id);
    if (kind == Kind::object) plain_object(id);
    if (kind == Kind::dict) plain_dict(id);
    if (kind == Kind::symbol) drop_unknown_symbol(id);
    if (kind == Kind::external) drop(id, "a reference outside the file");
    if (kind == Kind::frozen_set) plain_frozen_set(id);
    if (kind == Kind::tensor) plain_tensor(id);
    if (kind == Kind::big_integer && tree_.text(id).size() > longest_integer_bytes)
      drop(id, "an integer beyond what weights_only reads");
    if (kind == Kind::bytes && tree_.text(id).empty()) make_empty_bytes(tree_, id);
    if (dropped_.contains(id)) return;
    reach_children(id);
  }

  void reach_children(NodeId id) {
    std::vector<model::Child> children;
    append_children(tree_, id, children);
    if (tree_.is(id, Kind::dict)) {
      for (const model::Entry& entry : tree_.entries(id))
        children.push_back({{.type = model::StepType::key, .key = entry.key}, entry.key});
      if (tree_.attributes(id) != model::no_node)
        children.push_back({{.type = model::StepType::state}, tree_.attributes(id)});
    }
    for (std::size_t i = children.size(); i-- > 0;) reach(children[i].node, id, children[i].step);
  }

  void take_out_dropped() {
    if (dropped_.contains(tree_.root()))
      throw Error(ErrorKind::unsupported, "is an object as a whole; nothing plain would be left");
    torch::take_out(tree_, dropped_);
  }

  std::string path_of(NodeId id, std::optional<model::PathStep> last = std::nullopt) const {
    model::KeyPath path;
    if (last) path.push_back(*last);
    for (auto at = origins_.at(id); at.parent != model::no_node; at = origins_.at(at.parent))
      path.push_back(at.step);
    std::ranges::reverse(path);
    return path.empty() ? "(top)" : path_text(tree_, path);
  }

  void note(NodeId id, std::string from, std::string_view to) {
    changes_.push_back({path_of(id), std::move(from), std::string(to)});
  }

  void drop(NodeId id, std::string from) {
    note(id, std::move(from), "");
    dropped_.insert(id);
  }

  // ---- objects

  void plain_object(NodeId id) {
    const std::string name = torch::symbol_path(tree_, tree_.object(id).callable);
    if (torch::find_allowed_global(name)) return;
    if (const std::string_view to = convert(id, name); !to.empty())
      note(id, name.empty() ? "an object" : name, make_hashable(id) ? "tuple" : to);
    else
      drop(id, name.empty() ? "an object" : name);
  }

  std::string_view convert(NodeId id, std::string_view name) {
    using Make = std::string_view (*)(Tree&, NodeId);
    for (const Make make : {make_library_value, make_numpy_value, make_builtin_value,
                            make_config_value, make_container_value, make_enum_value})
      if (const std::string_view to = make(tree_, id); !to.empty()) return to;
    const bool is_holder = std::ranges::find(attribute_holders, name) != attribute_holders.end();
    return is_holder || holds_tensor(id) ? make_attribute_dict(tree_, id) : "";
  }

  bool holds_tensor(NodeId id) const {
    return find_below(tree_, id, [this](NodeId node) {
             return tree_.is(node, Kind::tensor) || tree_.is(node, Kind::storage);
           }) != model::no_node;
  }

  // ---- everything else

  /// Of a subclass of dict that weights_only does not know.
  void plain_dict(NodeId id) {
    if (tree_.dict_type(id) != model::DictType::custom) return;
    std::string name = torch::symbol_path(tree_, tree_.object(tree_.maker(id)).callable);
    if (torch::find_allowed_global(name)) return;
    const auto held = tree_.entries(id);
    const std::vector<model::Entry> entries(held.begin(), held.end());
    tree_.fill_dict(id, model::DictType::plain, entries);
    note(id, std::move(name), "dict");
  }

  void drop_unknown_symbol(NodeId id) {
    std::string name = torch::symbol_path(tree_, id);
    if (!torch::find_allowed_global(name)) drop(id, std::move(name));
  }

  void plain_frozen_set(NodeId id) {
    const auto held = tree_.items(id);
    tree_.fill_items(id, Kind::set, std::vector<NodeId>(held.begin(), held.end()));
    note(id, "frozenset", make_hashable(id) ? "tuple" : "set");
  }

  /// A set that was a frozenset, as a key or in one, is a tuple of the same items.
  bool make_hashable(NodeId id) {
    if (!tree_.is(id, Kind::set) || !hashed_.contains(id)) return false;
    const auto held = tree_.items(id);
    tree_.fill_items(id, Kind::tuple, std::vector<NodeId>(held.begin(), held.end()));
    return true;
  }

  /// Objects may be keys of which no plain value can be one.
  void drop_wrong_keys() {
    for (std::size_t i = 0; i < tree_.size(); ++i)
      drop_wrong_keys_of(NodeId{static_cast<std::uint32_t>(i)});
  }

  void drop_wrong_keys_of(NodeId id) {
    if (!origins_.contains(id)) return;
    if (tree_.is(id, Kind::dict)) {
      const auto held = tree_.entries(id);
      std::vector<model::Entry> entries(held.begin(), held.end());
      const auto gone = std::erase_if(entries, [&](const model::Entry& entry) {
        const bool is_wrong = !is_hashable(tree_, entry.key);
        if (is_wrong) note_wrong_key(id, {.type = model::StepType::key, .key = entry.key});
        return is_wrong;
      });
      if (gone > 0) tree_.set_entries(id, entries);
    } else if (const NodeId set = torch::find_set_items(tree_, id); set != model::no_node) {
      const auto held = tree_.items(set);
      std::vector<NodeId> items(held.begin(), held.end());
      const auto gone =
          std::erase_if(items, [&](NodeId item) { return !is_hashable(tree_, item); });
      if (gone == 0) return;
      changes_.push_back(
          {path_of(id), counted(gone, "item that cannot be one", "items that cannot be one"), ""});
      tree_.set_items(set, items);
    }
  }

  void note_wrong_key(NodeId dict, model::PathStep step) {
    changes_.push_back({path_of(dict, step), "an entry whose key cannot be one", ""});
  }

  void plain_recursive_tuple(NodeId id) {
    const auto origin = origins_.find(id);
    const bool is_value = origin != origins_.end() &&
                          origin->second.step.type != model::StepType::args &&
                          origin->second.step.type != model::StepType::state;
    if (!tree_.is(id, Kind::tuple) || !is_value) return;
    const auto held = tree_.items(id);
    tree_.fill_items(id, Kind::list, std::vector<NodeId>(held.begin(), held.end()));
    note(id, "a tuple that holds itself", "list");
  }

  /// A tensor of an unknown subclass, or with attributes of unknown classes, is a plain one when
  /// its fields say all about its elements.
  void plain_tensor(NodeId id) {
    modernize_sparse(id);
    const model::Tensor& tensor = tree_.tensor(id);
    if (tensor.source == model::no_node || !names_unknown(tensor.source)) return;
    const std::string name = torch::symbol_path(tree_, tree_.object(tensor.source).callable);
    if (is_all_in_fields(tensor)) {
      tree_.mutable_tensor(id).source = model::no_node;
      return note(id, name, "tensor");
    }
    const NodeId inner = find_inner_call(tensor.source);
    if (inner == model::no_node) return drop(id, name);
    tree_.mutable_tensor(id).source = inner;
    note(id, name, "tensor");
  }

  /// Of _rebuild_from_type_v2(function, class, arguments, attributes): function(*arguments).
  NodeId find_inner_call(NodeId source) {
    const NodeId args = tree_.object(source).args;
    if (!torch::symbol_path(tree_, tree_.object(source).callable)
             .ends_with("._rebuild_from_type_v2") ||
        !tree_.is(args, Kind::tuple) || tree_.items(args).size() != 4)
      return model::no_node;
    const NodeId function = tree_.items(args)[0];
    const NodeId arguments = tree_.items(args)[2];
    if (!tree_.is(function, Kind::symbol) || !tree_.is(arguments, Kind::tuple) ||
        names_unknown(function) || names_unknown(arguments))
      return model::no_node;
    const NodeId call = tree_.add();
    tree_.fill_object(call, {.callable = function, .args = arguments});
    return call;
  }

  static bool is_all_in_fields(const model::Tensor& tensor) {
    return tensor.form == model::TensorForm::strided && tensor.storage != model::no_storage &&
           model::row_of(tensor.dtype).number_class != model::NumberClass::quantized;
  }

  /// The name that 1.9 to 1.13 gave to the rebuilding of CSR, which takes the same arguments today.
  void modernize_sparse(NodeId tensor) {
    const NodeId source = tree_.tensor(tensor).source;
    if (source == model::no_node || torch::symbol_path(tree_, tree_.object(source).callable) !=
                                        "torch._utils._rebuild_sparse_csr_tensor")
      return;
    const NodeId callable = tree_.add();
    tree_.fill_symbol(callable, "torch._utils", "_rebuild_sparse_tensor");
    tree_.mutable_object(source).callable = callable;
    note(tensor, "torch._utils._rebuild_sparse_csr_tensor", "tensor");
  }

  bool is_unknown(NodeId id) const {
    const Kind kind = tree_.kind(id);
    if (kind == Kind::symbol) return !torch::find_allowed_global(torch::symbol_path(tree_, id));
    const bool is_empty_bytes = kind == Kind::bytes && tree_.text(id).empty();
    return kind == Kind::frozen_set || kind == Kind::external || is_empty_bytes;
  }

  bool names_unknown(NodeId source) const {
    std::unordered_set<NodeId> seen{source};
    std::vector<NodeId> open{source};
    std::vector<model::Child> children;
    while (!open.empty()) {
      const NodeId node = open.back();
      open.pop_back();
      if (is_unknown(node)) return true;
      children.clear();
      if (tree_.is(node, Kind::object)) children.push_back({{}, tree_.object(node).callable});
      append_children(tree_, node, children);
      for (const model::Child& child : children)
        if (seen.insert(child.node).second) open.push_back(child.node);
    }
    return false;
  }

  // ---- what is made of allowed globals, and is refused all the same

  /// True if anything was changed; what is around it may be refused thereupon.
  bool settle_refused() {
    drop_wrong_keys();
    const std::size_t count = changes_.size();
    std::unordered_set<NodeId> hidden;
    for (const NodeId id : torch::find_refused_values(tree_)) {
      if (origins_.contains(id))
        settle(owner_of(id));
      else
        hidden.insert(id);
    }
    if (!hidden.empty()) settle_owners(hidden);
    return changes_.size() > count;
  }

  /// Of parts of tensors that are not reached as children of theirs.
  void settle_owners(const std::unordered_set<NodeId>& hidden) {
    std::vector<NodeId> owners;
    for (const auto& [id, origin] : origins_) {
      const NodeId source = tree_.is(id, Kind::tensor) ? tree_.tensor(id).source : model::no_node;
      if (source != model::no_node && find_below(tree_, source, [&](NodeId part) {
                                        return hidden.contains(part);
                                      }) != model::no_node)
        owners.push_back(id);
    }
    std::ranges::sort(owners);
    for (const NodeId id : owners) settle(owner_of(id));
  }

  /// The object or tensor in whose making it takes part, or itself.
  NodeId owner_of(NodeId id) const {
    NodeId owner = id;
    for (auto at = origins_.at(id); at.parent != model::no_node; at = origins_.at(at.parent)) {
      const Kind kind = tree_.kind(at.parent);
      if (kind == Kind::tensor || kind == Kind::object)
        owner = at.parent;
      else if (kind != Kind::tuple)
        break;
    }
    return owner;
  }

  /// The elements of a tensor stay where its fields say all about them.
  void settle(NodeId id) {
    if (dropped_.contains(id)) return;
    const bool is_first = simplified_.insert(id).second;
    if (tree_.is(id, Kind::tensor)) {
      const model::Tensor& tensor = tree_.tensor(id);
      if (is_first && is_all_in_fields(tensor)) return forget_gradient(id);
      drop(id, concat("a tensor that weights_only refuses (", name_of(tensor), ")"));
    } else if (tree_.is(id, Kind::object)) {
      const std::string name = torch::symbol_path(tree_, tree_.object(id).callable);
      if (is_first && holds_tensor(id)) return note(id, name, make_attribute_dict(tree_, id));
      drop(id, name);
    }
  }

  /// torch.save writes some dtypes with requires_grad that torch.load does not take with it.
  void forget_gradient(NodeId id) {
    model::Tensor& tensor = tree_.mutable_tensor(id);
    note(id, concat(name_of(tensor), tensor.requires_grad ? ", requires_grad" : ""), "tensor");
    tensor.source = model::no_node;
    tensor.requires_grad = false;
  }

  static std::string name_of(const model::Tensor& tensor) {
    return concat(tensor.form == model::TensorForm::strided ? "" : form_name(tensor.form),
                  tensor.form == model::TensorForm::strided ? "" : " ",
                  model::row_of(tensor.dtype).name);
  }

  Tree& tree_;
  std::unordered_set<NodeId> hashed_;
  std::unordered_map<NodeId, Origin> origins_;
  std::unordered_set<NodeId> dropped_;
  std::unordered_set<NodeId> simplified_;
  std::vector<NodeId> open_;
  std::vector<PlainChange> changes_;
};

}  // namespace

std::vector<PlainChange> make_plain(Tree& tree) { return PlainMaker(tree).run(); }

}  // namespace ckpt::edit
