// State dicts do not say which tensors are buffers. Names decide, and tensors that only look like
// buffers stay in the list with a mark, to be used when the counts require them.

#include "ckpt/optim/candidates.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "ckpt/base/text.hpp"
#include "ckpt/model/module.hpp"
#include "ckpt/model/sections.hpp"
#include "ckpt/model/view.hpp"
#include "ckpt/model/walk.hpp"
#include "ckpt/optim/baggage.hpp"
#include "optim/find/forms.hpp"
#include "optim/names/names.hpp"

namespace ckpt::optim {

using model::Entry;
using model::Kind;
using model::ModuleTensor;
using model::no_node;
using model::NodeId;
using model::Role;
using model::Tensor;
using model::Tree;

namespace {

/// Floating buffers by the last part of their name; a trailing * matches any ending.
constexpr std::array<std::string_view, 22> buffer_leaves{"running_mean",
                                                         "running_var",
                                                         "num_batches_tracked",
                                                         "position_ids",
                                                         "token_type_ids",
                                                         "masked_bias",
                                                         "inv_freq",
                                                         "relative_position_index",
                                                         "attn_mask",
                                                         "betas",
                                                         "alphas_cumprod*",
                                                         "sqrt_*",
                                                         "posterior_*",
                                                         "log_one_minus_*",
                                                         "cos_cached",
                                                         "sin_cached",
                                                         "rope_cache",
                                                         "freqs_cis",
                                                         "relative_coords_table",
                                                         "logvar",
                                                         "total_ops",
                                                         "total_params"};

bool matches_leaf(std::string_view pattern, std::string_view leaf) {
  if (!pattern.ends_with('*')) return leaf == pattern;
  pattern.remove_suffix(1);
  return leaf.starts_with(pattern);
}

/// GPT-2 stores its causal mask as attn.bias with shape (1, 1, n, n); c_attn.bias is a parameter.
bool is_causal_mask(std::string_view name, const Shape& shape) {
  return name.ends_with("attn.bias") && shape.size() == 4 && shape[0] == 1 && shape[1] == 1 &&
         shape[2] == shape[3];
}

using NameSet = std::unordered_set<std::string_view>;

/// spectral_norm stores the singular vectors of the weight beside it.
bool is_singular_vector(std::string_view name, const NameSet& names) {
  const std::string_view leaf = leaf_of(name);
  const std::string parent(parent_of(name));
  if (leaf == "weight_u" || leaf == "weight_v")
    return names.contains(join_name(parent, "weight_orig"));
  if (leaf == "_u" || leaf == "_v") return parent.find("parametrizations.") != std::string::npos;
  return false;
}

bool looks_like_buffer(std::string_view name, const Shape& shape, const NameSet& names) {
  const std::string_view leaf = leaf_of(name);
  const bool is_listed = std::ranges::any_of(
      buffer_leaves, [&](std::string_view pattern) { return matches_leaf(pattern, leaf); });
  return is_listed || is_causal_mask(name, shape) || is_singular_vector(name, names);
}

bool can_have_gradient(const Tensor& tensor) {
  const model::NumberClass number_class = model::row_of(tensor.dtype).number_class;
  return number_class == model::NumberClass::floating ||
         number_class == model::NumberClass::complex;
}

void mark_norms(ModelPart& part, const NameSet& names) {
  std::unordered_map<std::string_view, bool> is_norm;  // by module
  for (const Candidate& candidate : part.candidates) {
    const std::string_view module = parent_of(candidate.name);
    bool& norm = is_norm[module];
    norm = norm || looks_like_norm(module) ||
           (leaf_of(candidate.name) == "weight" && candidate.shape.size() == 1) ||
           names.contains(join_name(module, "running_mean"));
  }
  for (Candidate& candidate : part.candidates)
    candidate.is_in_norm = is_norm[parent_of(candidate.name)];
}

std::vector<std::string> declared_buffers(const Tree& tree) {
  std::vector<std::string> names;
  const NodeId list =
      tree.is(tree.root(), Kind::dict) ? tree.find(tree.root(), "buffer_names") : no_node;
  if (list == no_node || !is_list_like(tree, list)) return names;
  for (const NodeId item : tree.items(list))
    if (tree.is(item, Kind::text)) names.emplace_back(tree.text(item));
  return names;
}

bool is_optimizer_like(const Tree& tree, NodeId node) { return is_flattened_optimizer(tree, node); }

bool is_in_module_order(const Tree& tree, NodeId model) {
  if (model::is_module(tree, model)) return true;
  return tree.dict_type(model) == model::DictType::ordered &&
         tree.find(tree.attributes(model), "_metadata") != no_node;
}

}  // namespace

std::vector<ModuleTensor> tensors_of(const Tree& tree, NodeId model) {
  if (model::is_module(tree, model)) return model::state_of_module(tree, model);
  std::vector<ModuleTensor> tensors;
  for (const Entry& entry : tree.entries(model))
    if (tree.is(entry.key, Kind::text) && tree.is(entry.value, Kind::tensor))
      tensors.push_back({std::string(tree.text(entry.key)), entry.value, Role::parameter});
  return tensors;
}

ModelPart make_model_part(const Tree& tree, NodeId model,
                          const std::vector<std::string>& buffer_names) {
  ModelPart part{.node = model};
  part.is_in_module_order = is_in_module_order(tree, model);
  const std::vector<ModuleTensor> tensors = tensors_of(tree, model);
  NameSet names;
  bool has_parameters = false;
  for (const ModuleTensor& tensor : tensors) {
    names.insert(tensor.name);
    has_parameters = has_parameters || tree.tensor(tensor.node).is_parameter;
  }
  const NameSet declared(buffer_names.begin(), buffer_names.end());
  std::map<model::ViewKey, std::size_t> first_of_view;
  for (const auto& [name, node, role] : tensors) {
    const Tensor& tensor = tree.tensor(node);
    if (role == Role::buffer || !can_have_gradient(tensor) || declared.contains(name)) continue;
    if (has_parameters && !tensor.is_parameter) continue;
    if (const auto view = model::find_view_key(tensor)) {
      const auto [first, is_new] = first_of_view.try_emplace(*view, part.candidates.size());
      if (!is_new) {
        part.ties.emplace_back(part.candidates[first->second].name, name);
        part.candidates[first->second].aliases.push_back(name);
        continue;
      }
    }
    part.candidates.push_back(
        {.name = name,
         .shape = tensor.layout.shape,
         .is_likely_buffer = !has_parameters && looks_like_buffer(name, tensor.layout.shape, names),
         .is_frozen = has_parameters && !tensor.requires_grad,
         .tensor = node});
  }
  mark_norms(part, names);
  return part;
}

std::vector<ModelPart> find_model_parts(const Tree& tree) {
  const std::vector<std::string> buffers = declared_buffers(tree);
  std::vector<ModelPart> parts;
  const model::Sections sections = model::find_sections(tree);
  model::PlaceTexts texts(tree, sections.places);
  for (const model::Section& section : sections.all) {
    if (section.kind == model::SectionKind::optimizer) continue;
    if (is_optimizer_like(tree, section.node)) continue;
    ModelPart part = make_model_part(tree, section.node, buffers);
    if (part.candidates.empty()) continue;
    part.path = texts.text(section.place);
    part.is_average = names_an_average(part.path);
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace ckpt::optim
