#include "ckpt/match/align_rules.hpp"

#include <doctest/doctest.h>

#include "match/align_samples.hpp"

using namespace ckpt::samples;
using ckpt::concat;
using Texts = std::vector<std::string>;

namespace {

constexpr const char* norm_parts[] = {"weight", "bias", "running_mean", "running_var"};

Model residual(std::string_view stage, int first_stage, std::string_view norm, int first_norm) {
  Model model;
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j)
      for (int k = 0; k < 2; ++k)
        for (const char* part : norm_parts)
          add(model, concat(stage, i + first_stage, ".", j, ".", norm, k + first_norm, ".", part),
              {4 + 2 * i + k});
  return model;
}

}  // namespace

TEST_CASE("pairs that differ in numbers are one rule with variables") {
  CHECK(rules_of(residual("layer", 1, "bn", 1), residual("stages.", 0, "layer.", 0)) ==
        Texts{"layer{i}.{j}.bn{k}.* -> stages.{i-1}.{j}.layer.{k-1}.*"});
}

TEST_CASE("a rule takes no key that has no partner") {
  Model a = residual("layer", 1, "bn", 1), b = residual("layer", 1, "norm", 1);
  add(a, "layer1.0.bn1.num_batches_tracked", {});
  CHECK(rules_of(a, b) == Texts{"layer{i}.{j}.bn{k}.{p:weight,bias,running_mean,running_var} -> "
                                "layer{i}.{j}.norm{k}.{p:weight,bias,running_mean,running_var}"});
}

TEST_CASE("a variable is bounded where A has more layers than B") {
  Model a, b;
  for (int i = 0; i < 6; ++i) add(a, concat("h.", i, ".w"), {3 + i});
  for (int i = 0; i < 4; ++i) add(b, concat("block.", i, ".w"), {3 + i});
  CHECK(rules_of(a, b) == Texts{"h.{i:0..3}.w -> block.{i}.w"});
  CHECK(rules_of(b, a) == Texts{"block.{i}.w -> h.{i}.w"});
}

TEST_CASE("layers that count backwards are a difference from a number") {
  Model a, b;
  for (int i = 0; i < 4; ++i) add(a, concat("up.", i, ".w"), {3 + i});
  for (int i = 0; i < 4; ++i) add(b, concat("up_blocks.", i, ".w"), {6 - i});
  CHECK(rules_of(a, b) == Texts{"up.{i}.w -> up_blocks.{3-i}.w"});
}

TEST_CASE("parts are a list, and what joins them an operation") {
  Model a, b;
  for (const char* part : {"q_proj", "k_proj", "v_proj"})
    add(a, concat("attn.", part, ".weight"), {part[0] == 'q' ? 8 : 4, 8});
  add(b, "attention.qkv.weight", {16, 8});
  CHECK(rules_of(a, b) ==
        Texts{"attn.{q,k,v}_proj.weight -> attention.qkv.weight | cat(0, [8, 4, 4])"});
  CHECK(rules_of(b, a) ==
        Texts{"attention.qkv.weight -> attn.{q,k,v}_proj.weight | split(0, [8, 4, 4])"});
}

TEST_CASE("experts and parts are two axes") {
  Model a, b;
  for (int layer = 0; layer < 2; ++layer) {
    for (int e = 0; e < 3; ++e)
      for (const char* part : {"w1", "w3"})
        add(a, concat("layers.", layer, ".experts.", e, ".", part, ".weight"), {6, 4});
    add(b, concat("layers.", layer, ".experts.gate_up_proj"), {3, 12, 4});
  }
  CHECK(rules_of(a, b) ==
        Texts{"layers.{i}.experts.{e}.{g:w1,w3}.weight -> layers.{i}.experts.gate_up_proj | "
              "stack(e, 0) | cat(g, 1)"});
  CHECK(rules_of(b, a) ==
        Texts{"layers.{i}.experts.gate_up_proj -> layers.{i}.experts.{e}.{g:w1,w3}.weight | "
              "split(g, 1) | unstack(e, 0)"});
}

TEST_CASE("sizes of one are squeezed and added where they stand") {
  CHECK(rules_of({{"c.weight", {5, 7, 1, 1}}}, {{"l.weight", {5, 7}}}) ==
        Texts{"c.weight -> l.weight | squeeze(2, 3)"});
  CHECK(rules_of({{"cls", {7}}}, {{"cls", {1, 1, 7}}}) == Texts{"cls -> cls | unsqueeze(0, 1)"});
  CHECK(rules_of({{"x", {1, 7, 3}}}, {{"x", {7, 1, 3}}}) ==
        Texts{"x -> x | squeeze(0) | unsqueeze(1)"});
}

TEST_CASE("characters that mean something in rules are escaped or quoted") {
  CHECK(rules_of({{"a{b}*", {3}}}, {{"c d", {3}}}) == Texts{R"(a\{b\}\* -> "c d")"});
  CHECK(rules_of({{"x[0],y", {3}}}, {{"a->b", {3}}}) == Texts{R"("x[0],y" -> "a->b")"});
  CHECK(rules_of({{"(x", {3}}}, {{"a\r", {3}}}) == Texts{"\"(x\" -> \"a\r\""});
  CHECK(rules_of({{"}(", {3}}}, {{"{ ", {3}}}) == Texts{R"("\}(" -> "\{ ")"});
}

TEST_CASE("numbers that {i} does not match stay as they are") {
  CHECK(rules_of({{"l.01.w", {3}}, {"l.02.w", {4}}}, {{"m.1.w", {3}}, {"m.2.w", {4}}}) ==
        Texts{"l.{01,02}.w -> m.{1,2}.w"});
}

TEST_CASE("a rule file drops what has no partner and tells what B has besides") {
  Model a{{"old.weight", {3}}}, b{{"new.weight", {3}}, {"created.bias", {9, 2}}};
  for (int i = 0; i < 3; ++i) add(a, concat("layers.", i, ".inv_freq"), {5});
  CHECK(rule_file_of(a, b) ==
        "remap 1\n"
        "old.weight -> new.weight\n"
        "\n"
        "# B has no place for these.\n"
        "drop layers.{i}.inv_freq\n"
        "\n"
        "# B has these besides; `new KEY = VALUE` creates one.\n"
        "#   created.bias  f32 9x2\n");
}

TEST_CASE("what is open is a comment, and dropped until somebody decides") {
  const Model a{{"x.weight", {4}}}, b{{"foo.weight", {4}}, {"bar.weight", {4}}};
  CHECK(rule_file_of(a, b) ==
        "remap 1\n"
        "#? tie (also fits bar.weight)\n"
        "#? x.weight -> foo.weight\n"
        "\n"
        "# Not decided: take the marks off the lines above that are right.\n"
        "? drop x.weight\n"
        "\n"
        "# B has these besides; `new KEY = VALUE` creates one.\n"
        "#   bar.weight  f32 4\n");
}

TEST_CASE("square matrices beside transposed ones are pointed out") {
  const Model a{{"fc.weight", {8, 3}}, {"proj.weight", {8, 8}}};
  const Model b{{"fc.weight", {3, 8}}, {"proj.weight", {8, 8}}};
  CHECK(rule_file_of(a, b) ==
        "remap 1\n"
        "fc.weight -> fc.weight | t\n"
        "#? square: shapes cannot tell whether \"| t\" belongs here, as for others\n"
        "proj.weight -> proj.weight\n");
}

TEST_CASE("rules that differ in one part on either side are one, word by word") {
  Model a, b;
  for (int i = 0; i < 2; ++i) {
    for (int part = 0; part < 3; ++part) {
      add_layer(a, concat("h.", i, ".attn.", "qkv"[part], "_proj"), {4 + part, 9});
      add_layer(
          b,
          concat("l.", i, ".attn.", Texts{"query", "key", "value"}[static_cast<std::size_t>(part)]),
          {4 + part, 9});
    }
    add(a, concat("h.", i, ".c.weight"), {5, 7});
    add(b, concat("l.", i, ".d.weight"), {7, 5});
  }
  CHECK(rules_of(a, b) == Texts{"h.{i}.attn.{q,k,v}_proj.* -> l.{i}.attn.{query,key,value}.*",
                                "h.{i}.c.weight -> l.{i}.d.weight | t"});
}

TEST_CASE("rules of other operations or without a part in common stay apart") {
  const Model a{{"x.a.w", {3, 4}}, {"x.b.w", {5, 6}}, {"c", {7}}};
  const Model b{{"y.a.w", {4, 3}}, {"y.b.w", {5, 6}}, {"z.d", {7}}};
  CHECK(rules_of(a, b) == Texts{"x.a.w -> y.a.w | t", "x.b.w -> y.b.w", "c -> z.d"});
}
