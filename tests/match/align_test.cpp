#include "ckpt/match/align.hpp"

#include <doctest/doctest.h>

#include <map>

#include "base/error_text.hpp"
#include "match/align_samples.hpp"

using namespace ckpt::samples;
using ckpt::concat;
using ckpt::match::align;
using ckpt::match::Alignment;
using ckpt::match::Grade;
using Texts = std::vector<std::string>;

namespace {

/// Layers of a model that are all alike but for their place.
Model stack(std::string_view prefix, std::size_t first, std::size_t count,
            std::string_view norm = "norm", std::string_view linear = "fc") {
  Model model;
  for (std::size_t i = first; i < first + count; ++i) {
    add_layer(model, concat(prefix, i, ".", norm), {8});
    add_layer(model, concat(prefix, i, ".", linear), {8, 8});
  }
  return model;
}

}  // namespace

TEST_CASE("equal names of equal shape are one tensor") {
  const Model a = stack("layer.", 0, 2);
  const Alignment alignment = align(a, a);
  REQUIRE(alignment.pairs.size() == a.size());
  for (const auto& pair : alignment.pairs) CHECK(pair.a.keys == pair.b.keys);
  CHECK(alignment.only_a.empty());
}

TEST_CASE("layers that count from another number are found by the offset") {
  const Model a = stack("blocks.", 0, 4);
  const Model b = stack("encoder.layers.", 1, 4, "ln", "dense");
  const Texts pairs = pairs_of(a, b);
  REQUIRE(pairs.size() == 16);
  CHECK(pairs[0] == "blocks.0.norm.bias => encoder.layers.1.ln.bias");
  CHECK(pairs[7] == "blocks.1.fc.weight => encoder.layers.2.dense.weight");
  CHECK(pairs[15] == "blocks.3.fc.weight => encoder.layers.4.dense.weight");
}

TEST_CASE("a fused tensor is q, k and v of the other side") {
  Model a, b;
  for (const char* i : {"0", "1"}) {
    add_layer(a, concat("blocks.", i, ".attn.qkv"), {24, 8});
    for (const char* part : {"value", "query", "key"})
      add_layer(b, concat("layer.", i, ".attention.", part), {8, 8});
  }
  CHECK(pairs_of(a, b)[1] ==
        "blocks.0.attn.qkv.weight => layer.0.attention.query.weight+"
        "layer.0.attention.key.weight+layer.0.attention.value.weight");
  CHECK(pairs_of(b, a).size() == 4);
}

TEST_CASE("numbered experts are a stack of the other side") {
  Model a, b;
  for (int e = 0; e < 3; ++e) {
    add(a, concat("mlp.experts.", e, ".w1.weight"), {6, 4});
    add(a, concat("mlp.experts.", e, ".w2.weight"), {4, 6});
    add(a, concat("mlp.experts.", e, ".w3.weight"), {6, 4});
  }
  add(b, "mlp.experts.gate_up_proj", {3, 12, 4});
  add(b, "mlp.experts.down_proj", {3, 4, 6});
  const Alignment alignment = align(a, b);
  REQUIRE(alignment.pairs.size() == 2);
  CHECK(alignment.pairs[0].a.keys == std::vector<std::size_t>{0, 3, 6, 2, 5, 8});
  CHECK(alignment.pairs[0].a.part_count == 2);
  CHECK(alignment.pairs[0].b.keys == std::vector<std::size_t>{0});
  CHECK(alignment.pairs[1].a.keys == std::vector<std::size_t>{1, 4, 7});
}

TEST_CASE("experts that lack one are not stacked") {
  Model a, b;
  for (const int e : {0, 2}) add(a, concat("experts.", e, ".w1.weight"), {6, 4});
  add(b, "experts.w1", {2, 6, 4});
  CHECK(align(a, b).pairs.empty());
}

TEST_CASE("a bias is never a weight, a counter never a number") {
  const Model a{{"x.bias", {8}}, {"y.num_batches_tracked", {}, ckpt::model::DType::int64}};
  const Model b{{"x.weight", {8}}, {"y.scale", {}}};
  CHECK(align(a, b).pairs.empty());
  CHECK(align(a, b).only_a == std::vector<std::size_t>{0, 1});
  CHECK(align(a, b).only_b == std::vector<std::size_t>{0, 1});
}

TEST_CASE("what fits one tensor alone is only, what fits two equally is open") {
  Model a{{"first.weight", {8, 3}}, {"up.weight", {4}}}, b{{"stem.first.weight", {8, 3}}};
  add(b, "foo.weight", {4});
  add(b, "bar.weight", {4});
  const Alignment alignment = align(a, b);
  CHECK(alignment.pairs[0].grade == Grade::only);
  REQUIRE(alignment.pairs.size() == 2);
  CHECK(is_open(alignment.pairs[1].grade));
  CHECK(alignment.pairs[1].alternatives.size() == 1);
}

TEST_CASE("what fits alone but shares no word is less sure than what shares one") {
  const Model a{{"rope.freqs", {4}}}, b{{"norm.scale", {4}}}, c{{"rotary.freqs", {4}}};
  CHECK(align(a, b).pairs[0].grade == Grade::order);
  CHECK(align(a, c).pairs[0].grade == Grade::only);
}

TEST_CASE("a transposed or squeezed shape fits too") {
  const Model a{{"proj.weight", {8, 3}}, {"conv.weight", {5, 7, 1, 1}}};
  const Model b{{"proj.weight", {3, 8}}, {"linear.weight", {5, 7}}};
  const Alignment alignment = align(a, b);
  REQUIRE(alignment.pairs.size() == 2);
  CHECK(alignment.pairs[0].relation == ckpt::match::ShapeRelation::transposed);
  CHECK(alignment.pairs[1].relation == ckpt::match::ShapeRelation::reshaped);
}

TEST_CASE("a hint decides against names and order") {
  Model a, b;
  for (const char* name : {"norm1", "norm2"}) add_layer(a, name, {8});
  for (const char* name : {"norm1", "norm2"}) add_layer(b, concat("x.", name), {8});
  CHECK(pairs_of(a, b)[0] == "norm1.bias => x.norm1.bias");
  const Alignment hinted = align(a, b, {.hints = {{"norm1", "norm2"}, {"norm2", "norm1"}}});
  CHECK(pairs_of(hinted, a, b)[0] == "norm1.bias => x.norm2.bias");
}

TEST_CASE("a hint that is in no key is refused") {
  const Model a{{"a1.weight", {8}}}, b{{"b.weight", {8}}};
  CHECK(error_of([&] {
          align(a, b, {.hints = {{"a1", "c"}}});
        }) == "usage: hint 'a1=>c': 'c' is in no key of B");
  CHECK(error_of([&] {
          align(Model{{"a10.weight", {8}}}, b, {.hints = {{"a1", "b"}}});
        }) == "usage: hint 'a1=>b': 'a1' is in no key of A");
}

TEST_CASE("settled keys are left out and kept as they are") {
  const Model a{{"x.weight", {8}}, {"y.weight", {8}}}, b{{"x.weight", {8}}, {"y.weight", {8}}};
  const Alignment alignment =
      align(a, b, {.settled = {{.a = {.keys = {0}}, .b = {.keys = {1}}, .grade = Grade::given}}});
  CHECK(pairs_of(alignment, a, b) == Texts{"x.weight => y.weight", "y.weight => x.weight"});
  CHECK(alignment.pairs[0].grade == Grade::given);
}

TEST_CASE("fingerprints overrule names, and add up over parts") {
  Model a{{"q.weight", {8, 8}}, {"k.weight", {8, 8}}, {"v.weight", {8, 8}}, {"x.weight", {8}}};
  Model b{{"one.qkv.weight", {24, 8}}, {"two.qkv.weight", {24, 8}}, {"x.weight", {8}}};
  for (std::size_t i = 0; i < a.size(); ++i) a[i].content = i + 1;
  b[0].content = 7;
  b[1].content = 1 + 2 + 3;
  b[2].content = 5;
  const Alignment alignment = align(a, b);
  CHECK(pairs_of(alignment, a, b) == Texts{"q.weight+k.weight+v.weight => two.qkv.weight"});
  CHECK(alignment.pairs[0].grade == Grade::only);
}

TEST_CASE("models without tensors have no pairs") {
  CHECK(align({}, {}).pairs.empty());
  const Model a{{"a", {1}}};
  CHECK(align(a, {}).only_a.size() == 1);
}

// Large enough that only a sample is matched and the rest follows from it.
TEST_CASE("a model of thousands of experts is matched whole") {
  Model a, b;
  std::map<std::string, std::string> truth;
  for (int layer = 0; layer < 12; ++layer) {
    for (int expert = 0; expert < 64; ++expert) {
      for (const auto& [from, to] : {std::pair("gate_proj", "w1"), std::pair("up_proj", "w3")}) {
        const std::string key =
            concat("model.layers.", layer, ".mlp.experts.", expert, ".", from, ".weight");
        const std::string other =
            concat("layers.", layer + 1, ".moe.experts.", expert, ".", to, ".weight");
        truth[key] = other;
        add(a, key, {6, 4});
        add(b, other, {6, 4});
      }
    }
  }
  const Alignment alignment = align(a, b);
  REQUIRE(alignment.pairs.size() == a.size());
  for (const auto& pair : alignment.pairs)
    CHECK(truth.at(a[pair.a.keys[0]].key) == b[pair.b.keys[0]].key);
}

TEST_CASE("thousands of names without numbers need no more than their neighbours") {
  Model a, b;
  std::uint64_t state = 1;
  for (int i = 0; i < 3000; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    std::string name;
    for (std::uint64_t rest = state >> 20; name.size() < 8; rest >>= 4)
      name += static_cast<char>('a' + (rest & 15));
    add(a, name, {4, 4});
    add(b, "p." + name, {4, 4});
  }
  const Alignment alignment = align(a, b);
  REQUIRE(alignment.pairs.size() == a.size());
  for (const auto& pair : alignment.pairs) CHECK(pair.a.keys == pair.b.keys);
}

namespace {

/// A block of a ResNet with two convolutions, whose three norms are of one shape.
Model block(bool has_shortcut_first) {
  Model main, shortcut;
  const auto add_norm = [](Model& model, const std::string& name) {
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"})
      add(model, name + part, {8});
  };
  for (int k = 0; k < 2; ++k) {
    const std::string place =
        has_shortcut_first ? ckpt::concat("layers.0.layer.", k) : std::string("block.0");
    add(main,
        has_shortcut_first ? place + ".convolution.weight"
                           : ckpt::concat(place, ".conv", k + 1, ".weight"),
        {8, k == 0 ? 4 : 8, 3, 3});
    add_norm(main,
             has_shortcut_first ? place + ".normalization" : ckpt::concat(place, ".bn", k + 1));
  }
  const std::string place = has_shortcut_first ? "layers.0.shortcut." : "block.0.downsample.";
  add(shortcut, place + (has_shortcut_first ? "convolution.weight" : "0.weight"), {8, 4, 1, 1});
  add_norm(shortcut, place + (has_shortcut_first ? "normalization" : "1"));
  Model& first = has_shortcut_first ? shortcut : main;
  const Model& second = has_shortcut_first ? main : shortcut;
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// Norms of a decoder layer behind its attentions, or each behind its own.
Model decoder(bool is_numbered) {
  Model model;
  for (int i = 0; i < 2; ++i) {
    const std::string layer = ckpt::concat("decoder.layers.", i, ".");
    const auto add_norm = [&](const std::string& name) { add_layer(model, layer + name, {6}); };
    add_layer(model, layer + "self_attn.out_proj", {6, 6});
    if (!is_numbered) add_norm("self_attn_layer_norm");
    add_layer(model, layer + (is_numbered ? "multihead_attn.out_proj" : "encoder_attn.out_proj"),
              {6, 6});
    if (!is_numbered) add_norm("encoder_attn_layer_norm");
    add_layer(model, layer + (is_numbered ? "linear1" : "fc1"), {9, 6});
    add_layer(model, layer + (is_numbered ? "linear2" : "fc2"), {6, 9});
    for (const char* name : {"norm1", "norm2", "norm3"})
      if (is_numbered) add_norm(name);
    if (!is_numbered) add_norm("final_layer_norm");
  }
  return model;
}

}  // namespace

TEST_CASE("what shapes leave open does not lead the order around what they settle") {
  const std::vector<std::string> pairs = pairs_of(block(false), block(true));
  for (const std::string expected :
       {"block.0.bn1.weight => layers.0.layer.0.normalization.weight",
        "block.0.bn2.running_var => layers.0.layer.1.normalization.running_var",
        "block.0.downsample.1.bias => layers.0.shortcut.normalization.bias"})
    CHECK_MESSAGE(std::ranges::find(pairs, expected) != pairs.end(), expected);
}

TEST_CASE("of three numbered norms the second is that of the cross attention") {
  const std::vector<std::string> pairs = pairs_of(decoder(true), decoder(false));
  for (const std::string layer : {"decoder.layers.0.", "decoder.layers.1."})
    for (const auto& [from, to] :
         {std::pair{"norm1", "self_attn_layer_norm"}, std::pair{"norm2", "encoder_attn_layer_norm"},
          std::pair{"norm3", "final_layer_norm"}}) {
      const std::string expected = ckpt::concat(layer, from, ".weight => ", layer, to, ".weight");
      CHECK_MESSAGE(std::ranges::find(pairs, expected) != pairs.end(), expected);
    }
}
