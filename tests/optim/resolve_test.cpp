#include "ckpt/optim/resolve.hpp"

#include <doctest/doctest.h>

#include "ckpt/base/error.hpp"
#include "optim/builders.hpp"

using namespace ckpt;
using namespace ckpt::optim;
using namespace ckpt::optim::testing;

namespace {

std::vector<std::string> names_of(const std::vector<Named>& parameters) {
  std::vector<std::string> names;
  for (const auto& [name, shape] : parameters) names.push_back(name);
  return names;
}

std::vector<Named> without(std::vector<Named> parameters, const std::vector<std::string>& gone) {
  std::erase_if(parameters, [&](const Named& one) {
    return std::find(gone.begin(), gone.end(), one.first) != gone.end();
  });
  return parameters;
}

}  // namespace

TEST_CASE("one group of all parameters is proved, even when all shapes are equal") {
  const auto parameters = equal_linears(3, false);
  const Resolution found = resolve(ask(parameters, {shapes_of(parameters)}));
  CHECK(found.level == Level::proved);
  CHECK(found.names == names_of(parameters));
  CHECK(found.deals == 1);
}

TEST_CASE("groups by dimension are proved by shapes") {
  const std::vector<Named> parameters{
      {"a.weight", {4, 3}}, {"a.bias", {4}}, {"b.weight", {2, 4}}, {"b.bias", {2}}};
  const Resolution found =
      resolve(ask(parameters, {{Shape{4, 3}, Shape{2, 4}}, {Shape{4}, Shape{2}}}));
  CHECK(found.level == Level::proved);
  CHECK(found.names == std::vector<std::string>{"a.weight", "b.weight", "a.bias", "b.bias"});
}

TEST_CASE("five ids for eight equal matrices are ambiguous, and the truth is among the names") {
  const auto parameters = equal_linears(8, false);
  const auto trained = without(parameters, {"1.weight", "4.weight", "6.weight"});
  const Resolution found = resolve(ask(parameters, {shapes_of(trained)}));
  CHECK(found.level == Level::ambiguous);
  CHECK(found.deals == 56);
  REQUIRE(found.can_be.size() == 5);
  CHECK(found.can_be[0] ==
        std::vector<std::string>{"0.weight", "1.weight", "2.weight", "3.weight"});
}

TEST_CASE("frozen names settle it") {
  const auto parameters = equal_linears(8, false);
  const auto trained = without(parameters, {"1.weight", "4.weight", "6.weight"});
  Question question = ask(parameters, {shapes_of(trained)});
  question.overrides.frozen = {"1.weight", "4", "6"};
  const Resolution found = resolve(question);
  CHECK(found.level == Level::proved);
  CHECK(found.names == names_of(trained));
}

TEST_CASE("one of eight equal layers apart is ambiguous, although model order fits") {
  const auto parameters = equal_linears(8, true);
  Question question =
      ask(parameters, {shapes_of(equal_linears(1, true)), shapes_of(equal_linears(7, true))});
  const Resolution found = resolve(question);
  CHECK(found.level == Level::ambiguous);
  CHECK(found.deals == 8);
  CHECK(found.fits.size() == 8);
  question.overrides.groups = {"7.*", "*"};
  const Resolution told = resolve(question);
  CHECK(told.level == Level::proved);
  CHECK(told.names[0] == "7.weight");
  CHECK(told.names[15] == "6.bias");
}

TEST_CASE("reversed ids fit nothing, and the reversed order is only suggested") {
  const auto parameters = equal_linears(4, true);
  auto shapes = shapes_of(parameters);
  std::reverse(shapes.begin(), shapes.end());
  const Resolution found = resolve(ask(parameters, {shapes}));
  CHECK(found.level == Level::none);
  CHECK(found.advice.find("reverse order") != std::string::npos);
  REQUIRE(found.mismatch);
  CHECK(found.mismatch->name == "0.weight");
  CHECK(found.mismatch->id_shape == Shape{16});
}

TEST_CASE("an order that is given is checked against the shapes") {
  const std::vector<Named> parameters{{"a", {2}}, {"b", {3}}};
  Question question = ask(parameters, {{Shape{3}, Shape{2}}});
  question.overrides.order = {"b", "a"};
  CHECK(resolve(question).names == std::vector<std::string>{"b", "a"});
  question.overrides.order = {"a", "b"};
  CHECK_THROWS_WITH_AS(resolve(question),
                       "--order: line 1: 'a' has shape 2, the state of id number 0 has 3", Error);
  question.overrides.order = {"a"};
  CHECK_THROWS_WITH_AS(resolve(question), "--order: 1 name, but the optimizer has 2 ids", Error);
}

TEST_CASE("the optimizer of another model is told as such") {
  const Resolution found = resolve(ask(equal_linears(4, true), {{Shape{4, 5}, Shape{5}}}));
  CHECK(found.level == Level::none);
  CHECK(found.rule == "this optimizer belongs to another model: no shape is in both");
}

TEST_CASE("a frozen backbone is found by its name") {
  std::vector<Named> parameters;
  for (const char* part : {"a", "b", "c", "d", "e", "f", "g", "h"})
    parameters.emplace_back(std::string("backbone.") + part + ".weight", Shape{4, 4});
  parameters.emplace_back("head.x.weight", Shape{4, 4});
  parameters.emplace_back("head.y.weight", Shape{4, 2});
  parameters.emplace_back("head.z.weight", Shape{2, 2});
  const Resolution found = resolve(ask(parameters, {{Shape{4, 4}, Shape{4, 2}, Shape{2, 2}}}));
  CHECK(found.level == Level::assumed);
  CHECK(found.names == std::vector<std::string>{"head.x.weight", "head.y.weight", "head.z.weight"});
  CHECK(found.deals == 9);
}

TEST_CASE("a rule that could fit by chance is not believed") {
  // Two of four trained, three of six choices fit: no wonder that one of them has a name.
  const std::vector<Named> parameters{
      {"a.weight", {4, 4}}, {"a.bias", {4}}, {"b.weight", {4, 4}}, {"b.bias", {4}}};
  const Resolution found = resolve(ask(parameters, {{Shape{4, 4}, Shape{4}}}));
  CHECK(found.level == Level::ambiguous);
  CHECK(found.deals == 3);
  CHECK(found.is_guess);
  CHECK(found.can_be ==
        std::vector<std::vector<std::string>>{{"a.weight", "b.weight"}, {"a.bias", "b.bias"}});
}

TEST_CASE("a frozen module and a frozen part of names that fit alike are ambiguous") {
  // 'x.*' frozen, or 'key' frozen: a module is no better an explanation than a part.
  const std::vector<Named> parameters{{"x.a.weight", {4, 4}},   {"x.b.weight", {5, 5}},
                                      {"y.key.weight", {4, 4}}, {"y.c.weight", {6, 6}},
                                      {"z.key.weight", {5, 5}}, {"z.d.weight", {7, 7}},
                                      {"z.e.weight", {8, 8}},   {"z.f.weight", {9, 9}}};
  for (const std::vector<std::string>& frozen :
       {std::vector<std::string>{"x.a.weight", "x.b.weight"},
        std::vector<std::string>{"y.key.weight", "z.key.weight"}}) {
    const auto trained = without(parameters, frozen);
    const Resolution found = resolve(ask(parameters, {shapes_of(trained)}));
    CHECK(found.level != Level::none);
    if (found.is_settled()) CHECK(found.names == names_of(trained));
  }
}

TEST_CASE("names in the file decide, wrappers aside") {
  Question question = ask({{"module.a", {2}}, {"module.b", {3}}}, {{Shape{3}, Shape{2}}});
  question.own_names = {"b", "a"};
  question.own_names_source = "param_names";
  const Resolution found = resolve(question);
  CHECK(found.level == Level::named);
  CHECK(found.names == std::vector<std::string>{"module.b", "module.a"});
}

TEST_CASE("names sorted by a tool are put into the order of registration") {
  // As in a Llama: biasless, sorted, with the shapes of the ids in the order of registration.
  const std::vector<Named> sorted{{"embed_tokens.weight", {9, 4}},
                                  {"layers.0.self_attn.k_proj.weight", {4, 4}},
                                  {"layers.0.self_attn.o_proj.weight", {4, 4}},
                                  {"layers.0.self_attn.q_proj.weight", {4, 4}},
                                  {"layers.0.self_attn.v_proj.weight", {4, 4}},
                                  {"norm.weight", {4}}};
  Question question =
      ask(sorted, {{Shape{9, 4}, Shape{4, 4}, Shape{4, 4}, Shape{4, 4}, Shape{4, 4}, Shape{4}}});
  question.parts[0].is_in_module_order = false;
  const Resolution found = resolve(question);
  CHECK(found.level == Level::assumed);
  CHECK(found.names[1] == "layers.0.self_attn.q_proj.weight");
  CHECK(found.names[4] == "layers.0.self_attn.o_proj.weight");
}

TEST_CASE("the order of children that somebody says settles sorted names") {
  const std::vector<Named> sorted{{"attn.a.weight", {4, 4}},
                                  {"attn.k.weight", {4, 4}},
                                  {"attn.z.weight", {4, 4}},
                                  {"out.weight", {2, 4}}};
  Question question = ask(sorted, {{Shape{4, 4}, Shape{4, 4}, Shape{4, 4}, Shape{2, 4}}});
  question.parts[0].is_in_module_order = false;
  question.overrides.child_orders = {{"attn", {"k", "z", "a"}}};
  const Resolution found = resolve(question);
  CHECK(found.level == Level::assumed);
  CHECK(found.names ==
        std::vector<std::string>{"attn.k.weight", "attn.z.weight", "attn.a.weight", "out.weight"});
  question.overrides.child_orders = {{"attn", {"k", "q", "a"}}};
  CHECK_THROWS_AS(resolve(question), Error);
}

TEST_CASE("biases alone and a subtree alone are equally simple: where both fit, neither is taken") {
  const std::vector<Named> parameters{
      {"norm.weight", {4}}, {"norm.bias", {4}}, {"fc.weight", {4, 4}}, {"fc.bias", {4}}};
  const Resolution found = resolve(ask(parameters, {{Shape{4}, Shape{4}}}));
  CHECK(found.level == Level::ambiguous);
  CHECK(found.fits.size() == 2);
}

TEST_CASE("two optimizers that each fit many ways are settled together") {
  const auto parameters = equal_linears(4, true);
  const auto half = shapes_of(equal_linears(2, true));
  const Question one = ask(parameters, {half});
  const auto found = resolve_together({one, one});
  REQUIRE(found.size() == 2);
  CHECK(found[0].level == Level::ambiguous);

  const std::vector<Named> pair{{"g.a.weight", {4, 4}},
                                {"g.b.weight", {4, 2}},
                                {"d.a.weight", {4, 4}},
                                {"d.b.weight", {4, 3}}};
  const auto settled = resolve_together(
      {ask(pair, {{Shape{4, 4}, Shape{4, 2}}}), ask(pair, {{Shape{4, 4}, Shape{4, 3}}})});
  CHECK(settled[0].names == std::vector<std::string>{"g.a.weight", "g.b.weight"});
  CHECK(settled[1].names == std::vector<std::string>{"d.a.weight", "d.b.weight"});
}
