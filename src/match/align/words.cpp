// Normalises a key (lower case, separators, camelCase), then replaces phrases and words by
// canonical ones from two tables of synonyms. Both tables are data: a new library needs rows, not
// code.

#include "match/align/words.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "ckpt/base/text.hpp"
#include "match/names/key_template.hpp"

namespace ckpt::match {

namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Synonyms {
  std::string_view word;
  std::string_view spellings;
};

constexpr std::array synonyms{
    Synonyms{"weight", "gamma scale kernel w embedding embeddings"},
    Synonyms{"bias", "beta b offset"},
    Synonyms{"norm", "ln layernorm layernorms bn batchnorm gn groupnorm normalization rmsnorm"},
    Synonyms{"attn", "attention selfattention"},
    Synonyms{"self", "sa"},
    Synonyms{"cross", "encdec"},
    Synonyms{"Q", "q query wq"},
    Synonyms{"K", "k key wk"},
    Synonyms{"V", "v value wv"},
    Synonyms{"o", "out wo output"},
    Synonyms{"proj", "projection dense"},
    Synonyms{"conv", "convolution"},
    Synonyms{"embed", "embd emb embedder wte"},
    Synonyms{"token", "tokens word tok"},
    Synonyms{"pos", "position positions positional wpe absolute"},
    Synonyms{"enc", "encoder"},
    Synonyms{"dec", "decoder"},
    Synonyms{"layer", "layers block blocks h resblocks stages stage res resnets"},
    Synonyms{"head", "fc classifier lmhead logits cls"},
    Synonyms{"mlp", "ffn feedforward ff"},
    Synonyms{"visual", "vision image img"},
    Synonyms{"text", "language"},
    Synonyms{"down", "downsample downsamplers downsampler shortcut"},
    Synonyms{"up", "upsample upsamplers"},
    Synonyms{"patch", "patches"},
    Synonyms{"final", "post last"},
    Synonyms{"pre", "before input"},
};

std::string_view canonical(std::string_view word) {
  static const auto words = [] {
    std::unordered_map<std::string_view, std::string_view> map;
    for (const Synonyms& row : synonyms)
      for (const std::string_view spelling : split(row.spellings, ' ')) map[spelling] = row.word;
    return map;
  }();
  const auto found = words.find(word);
  return found == words.end() ? word : found->second;
}

/// Several words that mean one thing together; # is any number. The words of the meaning are
/// canonical.
struct Phrase {
  std::string_view text;
  std::string_view meaning;
};

// Longest first: the first phrase that matches is used.
constexpr std::array phrases{
    Phrase{"encoder_decoder_attention", "cross attn"},
    // Transformer Engine keeps the norm in front of a layer inside that layer.
    Phrase{"linear_qkv.layer_norm", "pre norm"},
    Phrase{"linear_fc1.layer_norm", "final norm"},
    Phrase{"attention.output.dense", "O"},
    Phrase{"post_attention_layernorm", "final norm"},
    Phrase{"num_batches_tracked", "nbt"},
    Phrase{"intermediate.dense", "fc1"},
    Phrase{"intermediate_dense", "fc1"},
    Phrase{"encdecattention", "cross attn"},
    Phrase{"query_key_value", "QKV"},
    Phrase{"feed_forward.w1", "G"},
    Phrase{"feed_forward.w2", "DN"},
    Phrase{"feed_forward.w3", "U"},
    Phrase{"input_layernorm", "pre norm"},
    Phrase{"attention.dense", "O"},
    Phrase{"attention_norm", "pre norm"},
    Phrase{"self_attention", "self attn"},
    Phrase{"dense_h_to_4h", "fc1"},
    Phrase{"dense_4h_to_h", "fc2"},
    Phrase{"selfattention", "self attn"},
    Phrase{"running_mean", "rmean"},
    Phrase{"feed_forward", "mlp"},
    Phrase{"gate_up_proj", "GU"},
    Phrase{"output_dense", "fc2"},
    Phrase{"output.dense", "fc2"},
    Phrase{"encoder_attn", "cross attn"},
    Phrase{"output_proj", "O"},
    Phrase{"running_var", "rvar"},
    Phrase{"attn.c_proj", "O"},
    Phrase{"linear_proj", "O"},
    Phrase{"patch_embed", "patch embed"},
    Phrase{"linear_qkv", "QKV"},
    Phrase{"layer_norm", "norm"},
    Phrase{"batch_norm", "norm"},
    Phrase{"group_norm", "norm"},
    Phrase{"mlp.c_proj", "fc2"},
    Phrase{"linear_fc1", "fc1"},
    Phrase{"linear_fc2", "fc2"},
    Phrase{"experts.#.w1", "experts # G"},
    Phrase{"experts.w1", "experts G"},
    Phrase{"experts.#.w2", "experts # DN"},
    Phrase{"experts.w2", "experts DN"},
    Phrase{"experts.#.w3", "experts # U"},
    Phrase{"experts.w3", "experts U"},
    Phrase{"cross_attn", "cross attn"},
    Phrase{"layernorm", "norm"},
    Phrase{"gate_proj", "G"},
    Phrase{"down_proj", "DN"},
    Phrase{"attn.proj", "O"},
    Phrase{"self_attn", "self attn"},
    Phrase{"out_proj", "O"},
    Phrase{"qkv_proj", "QKV"},
    Phrase{"to_out.0", "O"},
    Phrase{"proj_out", "O"},
    Phrase{"ffn_norm", "final norm"},
    Phrase{"mlp_norm", "final norm"},
    Phrase{"kv_proj", "kv"},
    Phrase{"in_proj", "QKV"},
    Phrase{"up_proj", "U"},
    Phrase{"pwconv1", "fc1"},
    Phrase{"pwconv2", "fc2"},
    Phrase{"lm_head", "head"},
    Phrase{"conv_dw", "conv dw"},
    Phrase{"sa_norm", "pre norm"},
    Phrase{"attn_ln", "pre norm"},
    Phrase{"q_proj", "Q"},
    Phrase{"k_proj", "K"},
    Phrase{"v_proj", "V"},
    Phrase{"o_proj", "O"},
    Phrase{"c_attn", "QKV"},
    Phrase{"mlp.w1", "G"},
    Phrase{"mlp.w2", "DN"},
    Phrase{"mlp.w3", "U"},
    Phrase{"dwconv", "conv dw"},
    Phrase{"mlp_ln", "final norm"},
    Phrase{"mlp.0", "fc1"},
    Phrase{"mlp.2", "fc2"},
    Phrase{"norm1", "pre norm"},
    Phrase{"norm2", "final norm"},
    Phrase{"c_fc", "fc1"},
    Phrase{"lin1", "fc1"},
    Phrase{"lin2", "fc2"},
    Phrase{"wi_0", "G"},
    Phrase{"wi_1", "U"},
    Phrase{"ln_1", "pre norm"},
    Phrase{"ln_2", "final norm"},
    Phrase{"ln1", "pre norm"},
    Phrase{"ln2", "final norm"},
};

/// Lower case, '.' between levels, camelCase split. A key with acronyms ("MLP") is not split.
std::string normalised(std::string_view key) {
  bool has_acronym = false;
  for (std::size_t i = 1; i < key.size(); ++i)
    has_acronym = has_acronym || (is_upper(key[i - 1]) && is_upper(key[i]));
  std::string text;
  for (const char c : key) {
    if (!has_acronym && is_upper(c) && !text.empty() && is_lower(text.back())) text += '_';
    text += c == '/' ? '.' : is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

std::size_t run_length(std::string_view text, bool (*is_member)(char)) {
  const auto end = std::ranges::find_if_not(text, is_member);
  return static_cast<std::size_t>(end - text.begin());
}

/// A phrase found in a text.
struct FoundPhrase {
  std::string_view meaning;
  std::size_t length;
  std::string_view number;  ///< what # matched
};

std::optional<FoundPhrase> find_at_start(const Phrase& phrase, std::string_view text) {
  FoundPhrase found{phrase.meaning, 0, {}};
  for (const char c : phrase.text) {
    const std::string_view rest = text.substr(std::min(found.length, text.size()));
    if (c == '#') {
      found.number = rest.substr(0, run_length(rest, is_digit));
      if (found.number.empty()) return std::nullopt;
      found.length += found.number.size();
    } else {
      if (rest.empty() || rest.front() != c) return std::nullopt;
      ++found.length;
    }
  }
  return found;
}

/// The phrase of whole words at `position`; nothing when there is none.
std::optional<FoundPhrase> find_phrase(std::string_view text, std::size_t position) {
  if (position > 0 && is_lower(text[position - 1])) return std::nullopt;
  const std::string_view rest = text.substr(position);
  for (const Phrase& phrase : phrases) {
    if (rest.empty() || phrase.text.front() != rest.front()) continue;
    const auto found = find_at_start(phrase, rest);
    if (!found) continue;
    const std::size_t end = found->length;
    if (end == rest.size() || (!is_lower(rest[end]) && !is_digit(rest[end]))) return found;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> words_of_key(std::string_view key) {
  const std::string text = normalised(key);
  const std::string_view view = text;
  std::vector<std::string> words;
  for (std::size_t i = 0; i < text.size();) {
    if (const auto phrase = find_phrase(view, i)) {
      for (const std::string_view word : split(phrase->meaning, ' '))
        words.push_back(word == "#" ? concat(word, phrase->number) : std::string(word));
      i += phrase->length;
    } else if (const std::size_t digits = run_length(view.substr(i), is_digit)) {
      words.push_back(concat("#", view.substr(i, digits)));
      i += digits;
    } else if (const std::size_t letters = run_length(view.substr(i), is_lower)) {
      words.emplace_back(canonical(view.substr(i, letters)));
      i += letters;
    } else {
      ++i;
    }
  }
  return words;
}

ParameterKind parameter_kind(std::string_view key) {
  using enum ParameterKind;
  const auto [before, last_part] = split_last_part(key);
  const std::string last = normalised(last_part);
  const auto has = [&](std::string_view part) { return last.find(part) != std::string::npos; };
  const auto ends = [&](std::string_view word) {
    return last == word || last.ends_with(concat("_", word));
  };
  if (has("num_batches")) return counter;
  if (has("running_mean")) return running_mean;
  if (has("running_var")) return running_var;
  if (ends("bias") || ends("beta")) return bias;
  // The averages of latent diffusion (LitEma) have names without dots: input_blocks00bias.
  if (before.ends_with("model_ema.") && last.ends_with("bias")) return bias;
  if (last == "gamma" || last == "scale" || last == "kernel" || ends("weight")) return weight;
  return other;
}

bool tells_kind(std::string_view word) {
  constexpr std::array<std::string_view, 5> words{"weight", "bias", "rmean", "rvar", "nbt"};
  return std::ranges::find(words, word) != words.end();
}

bool may_pair(ParameterKind a, ParameterKind b) {
  const auto may_be_weight = [](ParameterKind kind) {
    return kind == ParameterKind::other || kind == ParameterKind::weight;
  };
  return a == b || (may_be_weight(a) && may_be_weight(b));
}

}  // namespace ckpt::match
