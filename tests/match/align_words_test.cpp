#include "match/align/words.hpp"

#include <doctest/doctest.h>

#include "ckpt/base/text.hpp"

using ckpt::match::may_pair;
using ckpt::match::parameter_kind;
using enum ckpt::match::ParameterKind;

namespace {

std::string words(std::string_view key) { return ckpt::join(ckpt::match::words_of_key(key), " "); }

}  // namespace

TEST_CASE("libraries that name a thing differently use the same words") {
  CHECK(words("transformer.h.3.ln_1.weight") == "transformer layer #3 pre norm weight");
  CHECK(words("encoder.layers.3.norm1.gamma") == "enc layer #3 pre norm weight");
  CHECK(words("layers.0.attention.wq.weight") == "layer #0 attn Q weight");
  CHECK(words("model.layers.0.self_attn.q_proj.weight") == "model layer #0 self attn Q weight");
}

TEST_CASE("a phrase is whole words, and the longest wins") {
  CHECK(words("attention.output.dense.bias") == "O bias");
  CHECK(words("output.dense.bias") == "fc2 bias");
  CHECK(words("norm12.bias") == "norm #12 bias");
  CHECK(words("prenorm1.bias") == "prenorm #1 bias");
}

TEST_CASE("a number between the words of a phrase is kept") {
  CHECK(words("experts.17.w1.weight") == "experts #17 G weight");
  CHECK(words("experts.w3") == "experts U");
  CHECK(words("experts.17.w12") == "experts #17 weight #12");
}

TEST_CASE("camel case is several words, an acronym is one") {
  CHECK(words("block.0.SelfAttention.q") == "layer #0 self attn Q");
  CHECK(words("LayerNorm.beta") == "norm bias");
  CHECK(words("MLP.fcOne") == "mlp fcone");
}

TEST_CASE("levels may be separated by slashes") {
  CHECK(words("target/encoder/layers_0/attention/query/kernel") ==
        "target enc layer #0 attn Q weight");
}

TEST_CASE("keys of odd bytes have words too") {
  CHECK(words("") == "");
  CHECK(words("...") == "");
  CHECK(words(std::string_view("\xff\0x", 3)) == "x");
}

TEST_CASE("the kind of a parameter is told by the last part of its key") {
  CHECK(parameter_kind("bn1.num_batches_tracked") == counter);
  CHECK(parameter_kind("bn1.running_var") == running_var);
  CHECK(parameter_kind("attn.in_proj_bias") == bias);
  CHECK(parameter_kind("LayerNorm.beta") == bias);
  CHECK(parameter_kind("model_ema.diffusion_modelinput_blocks00bias") == bias);
  CHECK(parameter_kind("LayerNorm/scale") == weight);
  CHECK(parameter_kind("bias.table") == other);
  CHECK(parameter_kind("alibias") == other);
}

TEST_CASE("an unknown kind may be a weight, nothing else") {
  CHECK(may_pair(other, weight));
  CHECK(may_pair(bias, bias));
  CHECK_FALSE(may_pair(other, bias));
  CHECK_FALSE(may_pair(weight, bias));
  CHECK_FALSE(may_pair(running_mean, running_var));
}
