// Children of well-known modules in the order in which their classes define them. torch registers
// children in the order of __init__, so this order is the order of the ids.

#include "optim/names/conventions.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "ckpt/base/text.hpp"

namespace ckpt::optim {

namespace {

using Sequence = std::span<const std::string_view>;

constexpr std::string_view llama_block[]{"self_attn", "mlp", "input_layernorm",
                                         "post_attention_layernorm"};
constexpr std::string_view attention_projections[]{"q_proj", "k_proj", "v_proj", "o_proj",
                                                   "out_proj"};
constexpr std::string_view opt_projections[]{"q", "k", "v", "o"};
constexpr std::string_view gated_mlp[]{"gate_proj", "up_proj", "down_proj"};
constexpr std::string_view meta_mlp[]{"w1", "w2", "w3"};
constexpr std::string_view meta_attention[]{"wq", "wk", "wv", "wo"};
constexpr std::string_view meta_block[]{"attention", "feed_forward", "attention_norm", "ffn_norm"};
constexpr std::string_view llama_model[]{"embed_tokens", "layers", "norm"};
constexpr std::string_view gpt_block[]{"ln_1", "attn", "ln_2", "mlp"};
constexpr std::string_view gpt_model[]{"wte", "wpe", "drop", "h", "ln_f"};
constexpr std::string_view gpt_attention[]{"c_attn", "c_proj"};
constexpr std::string_view gpt_mlp[]{"c_fc", "c_proj"};
constexpr std::string_view bert_attention[]{"query", "key", "value"};
constexpr std::string_view bert_embeddings[]{"word_embeddings", "position_embeddings",
                                             "token_type_embeddings", "LayerNorm"};
constexpr std::string_view bert_self[]{"self", "output"};
constexpr std::string_view bert_layer[]{"attention", "intermediate", "output"};
constexpr std::string_view dense_norm[]{"dense", "LayerNorm"};
constexpr std::string_view bert_model[]{"embeddings", "encoder", "pooler", "classifier"};
constexpr std::string_view vit_own[]{"cls_token", "pos_embed"};
constexpr std::string_view vit_model[]{"patch_embed", "blocks", "norm", "head"};
constexpr std::string_view vit_block[]{"norm1", "attn", "norm2", "mlp"};
constexpr std::string_view vit_attention[]{"qkv", "proj"};
constexpr std::string_view two_layers[]{"fc1", "fc2", "fc3"};
constexpr std::string_view torch_layer[]{"self_attn", "linear1", "linear2", "norm1", "norm2"};
constexpr std::string_view resnet[]{"conv1", "bn1", "layer1", "layer2", "layer3", "layer4", "fc"};
constexpr std::string_view resnet_block[]{"conv1", "bn1", "conv2",     "bn2",
                                          "conv3", "bn3", "downsample"};
constexpr std::string_view unet_block[]{"norm1", "conv1", "temb", "norm2", "conv2", "skip"};
constexpr std::string_view unet[]{"conv_in", "down", "mid", "up", "norm", "conv_out"};
constexpr std::string_view halves[]{"encoder", "decoder"};
constexpr std::string_view ends[]{"transformer", "model",   "bert", "roberta",    "backbone",
                                  "features",    "lm_head", "head", "classifier", "fc"};

constexpr std::array<Sequence, 31> sequences{llama_block,     attention_projections,
                                             opt_projections, gated_mlp,
                                             meta_mlp,        meta_attention,
                                             meta_block,      llama_model,
                                             gpt_block,       gpt_model,
                                             gpt_attention,   gpt_mlp,
                                             bert_attention,  bert_embeddings,
                                             bert_self,       bert_layer,
                                             dense_norm,      bert_model,
                                             vit_own,         vit_model,
                                             vit_block,       vit_attention,
                                             two_layers,      torch_layer,
                                             resnet,          resnet_block,
                                             unet_block,      unet,
                                             halves,          ends,
                                             Sequence{}};

constexpr std::array<std::pair<std::string_view, int>, 14> leaf_ranks{{
    {"in_proj_weight", -9},
    {"q_proj_weight", -8},
    {"k_proj_weight", -7},
    {"v_proj_weight", -6},
    {"in_proj_bias", -5},
    {"bias_k", -4},
    {"bias_v", -3},
    {"weight", 0},
    {"bias", 1},
    {"weight_orig", 2},
    {"weight_g", 3},
    {"weight_v", 4},
    {"original0", 5},
    {"original1", 6},
}};

/// The order weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_hr_l0, then _reverse, then
/// l1.
std::optional<int> recurrent_rank(std::string_view leaf) {
  constexpr std::array<std::string_view, 5> kinds{"weight_ih_l", "weight_hh_l", "bias_ih_l",
                                                  "bias_hh_l", "weight_hr_l"};
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    if (!leaf.starts_with(kinds[kind])) continue;
    leaf.remove_prefix(kinds[kind].size());
    const bool is_reverse = leaf.ends_with("_reverse");
    if (is_reverse) leaf.remove_suffix(8);
    const auto layer = find_integer(leaf);
    if (!layer || *layer < 0 || *layer > 100'000) return std::nullopt;
    return 10 * static_cast<int>(*layer) + (is_reverse ? 5 : 0) + static_cast<int>(kind);
  }
  return std::nullopt;
}

}  // namespace

int conventional_order(std::string_view a, std::string_view b) {
  for (const Sequence sequence : sequences) {
    const auto at_a = std::ranges::find(sequence, a);
    const auto at_b = std::ranges::find(sequence, b);
    if (at_a == sequence.end() || at_b == sequence.end()) continue;
    return at_a < at_b ? -1 : 1;
  }
  return 0;
}

std::optional<int> leaf_rank(std::string_view leaf) {
  const auto found = std::ranges::find(leaf_ranks, leaf, &std::pair<std::string_view, int>::first);
  if (found != leaf_ranks.end()) return found->second;
  return recurrent_rank(leaf);
}

}  // namespace ckpt::optim
