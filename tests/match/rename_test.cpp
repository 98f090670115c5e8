#include "ckpt/match/rename.hpp"

#include <doctest/doctest.h>

#include "base/error_text.hpp"

using ckpt::match::RenameRule;
using ckpt::match::Renaming;
using ckpt::samples::error_of;
using Texts = std::vector<std::string>;

namespace {

/// What the rule makes of `key`, or "-" when it does not apply.
std::string by(const RenameRule& rule, std::string_view key) {
  return rule.find_renamed(key).value_or("-");
}

std::string mapped(std::string_view old_to_new, std::string_view key) {
  return by(RenameRule::map(old_to_new), key);
}

}  // namespace

TEST_CASE("wrappers go at any depth and in any order") {
  const RenameRule rule = RenameRule::strip_wrappers();
  CHECK(by(rule, "module.fc.weight") == "fc.weight");
  CHECK(by(rule, "_orig_mod.module.fc.weight") == "fc.weight");
  CHECK(by(rule, "module._orig_mod.layer._checkpoint_wrapped_module.0.weight") == "layer.0.weight");
  CHECK(by(rule, "_fsdp_wrapped_module._forward_module.a") == "a");
  CHECK(by(rule, "fc.weight") == "-");
}

TEST_CASE("a name that only looks like a wrapper stays") {
  const RenameRule rule = RenameRule::strip_wrappers();
  CHECK(by(rule, "my_module.weight") == "-");
  CHECK(by(rule, "modules.weight") == "-");
  CHECK(by(rule, "fc.module") == "-");  // the last part is the tensor itself
  CHECK(by(rule, "module") == "-");
}

TEST_CASE("a prefix is taken from the start, letter for letter") {
  const RenameRule rule = RenameRule::strip_prefix("model.");
  CHECK(by(rule, "model.fc.weight") == "fc.weight");
  CHECK(by(rule, "model.model.fc") == "model.fc");
  CHECK(by(rule, "my.model.fc") == "-");
  CHECK(by(rule, "model") == "-");
}

TEST_CASE("a prefix is put before every name") {
  CHECK(by(RenameRule::add_prefix("model."), "fc.weight") == "model.fc.weight");
  CHECK(by(RenameRule::add_prefix("x"), "") == "x");
}

TEST_CASE("a map without wildcards renames that key and all below it") {
  CHECK(mapped("fc=>head", "fc.weight") == "head.weight");
  CHECK(mapped("fc=>head", "fc") == "head");
  CHECK(mapped("fc.weight=>w", "fc.weight") == "w");
  CHECK(mapped("fc=>head", "fc2.weight") == "-");
  CHECK(mapped("fc=>head", "model.fc.weight") == "-");
}

TEST_CASE("the n-th wildcard of NEW is what the n-th of OLD matched") {
  CHECK(mapped("encoder.*=>enc.*", "encoder.layer1.weight") == "enc.layer1.weight");
  CHECK(mapped("**.gamma=>**.weight", "a.b.gamma") == "a.b.weight");
  CHECK(mapped("layer?.*.w=>l?.*.weight", "layer3.conv.w") == "l3.conv.weight");
  CHECK(mapped("*.*=>*_*", "a.b") == "a_b");
  CHECK(mapped("*.running_*=>*.r_**", "bn.running_mean") == "bn.r_mean");
}

TEST_CASE("a number in braces is a group of OLD, braces included") {
  CHECK(mapped("{conv,bn}*.w=>{2}.{1}", "bn7.w") == "7.bn");
  CHECK(mapped("*.*=>{2}.{1}.{2}", "a.b") == "b.a.b");
  CHECK(mapped("{a,b}.*=>x.*", "b.c") == "x.c");
}

TEST_CASE("fewer wildcards in NEW than in OLD drop what they matched") {
  CHECK(mapped("*.*.weight=>*.weight", "a.b.weight") == "a.weight");
}

TEST_CASE("a backslash takes the next character literally, on both sides") {
  CHECK(mapped("a\\*b=>c\\*d", "a*b") == "c*d");
  CHECK(mapped("a=>\\{1}", "a") == "{1}");
}

TEST_CASE("a map that makes no sense is refused") {
  CHECK(error_of([] { RenameRule::map("fc"); }) == "usage: --map 'fc': expected OLD=>NEW");
  CHECK(error_of([] { RenameRule::map("=>fc"); }) == "usage: --map '=>fc': expected OLD=>NEW");
  CHECK(error_of([] { RenameRule::map("a.*=>b.*.*"); }) ==
        "usage: --map: 'b.*.*' has more wildcards than its left side");
  CHECK(error_of([] { RenameRule::map("{a=>b"); }) == "usage: pattern '{a': '{' is not closed");
}

TEST_CASE("a reference to a group that OLD lacks is refused") {
  for (const std::string target : {"{0}", "{2}", "{x}", "{1", "{}"}) {
    CAPTURE(target);
    CHECK(error_of([&] { RenameRule::map("*=>" + target); }) ==
          "usage: --map: '" + target + "': expected {1}");
  }
  CHECK(error_of([] { RenameRule::map("*.*=>{3}"); }) ==
        "usage: --map: '{3}': expected {1} to {2}");
  CHECK(error_of([] { RenameRule::map("a=>{1}"); }) ==
        "usage: --map: '{1}': OLD has neither wildcards nor braces");
}

TEST_CASE("rules apply one after another") {
  Renaming renaming({RenameRule::strip_wrappers(), RenameRule::strip_prefix("model."),
                     RenameRule::map("fc=>head"), RenameRule::add_prefix("net.")});
  CHECK(renaming.rename("module.model.fc.weight") == "net.head.weight");
  CHECK(renaming.rename("conv.weight") == "net.conv.weight");
  CHECK(renaming.unused().empty());
}

TEST_CASE("of several maps only the first that applies does") {
  const Renaming renaming({RenameRule::map("a=>b"), RenameRule::map("b=>c")});
  CHECK(renaming.renamed("a.w") == "b.w");
  CHECK(renaming.renamed("b.w") == "c.w");
}

TEST_CASE("rules that applied to nothing are told as they were written") {
  Renaming renaming({RenameRule::strip_wrappers(), RenameRule::strip_prefix("model."),
                     RenameRule::map("fc.*=>head.*"), RenameRule::add_prefix("x.")});
  CHECK(renaming.renamed("module.a") == "x.a");  // only asks
  CHECK(renaming.unused() == Texts{"--strip-wrappers", "--strip-prefix model.",
                                   "--map fc.*=>head.*", "--add-prefix x."});
  renaming.rename("model.a");
  CHECK(renaming.unused() == Texts{"--strip-wrappers", "--map fc.*=>head.*"});
}

TEST_CASE("a question mark of a map takes a whole character") {
  CHECK(mapped("?*.w=>x*.w", "\xc3\xa9.w") == "x\xc3\xa9.w");  // the first wildcard is the ?
  CHECK(mapped("?*.w=>x?*.w", "\xc3\xa9.w") == "x\xc3\xa9.w");
  CHECK(mapped("?.w=>?.v", "\xe5\xa4\xb4.w") == "\xe5\xa4\xb4.v");
  CHECK(mapped("?.w=>?.v", "\xff.w") == "\xff.v");
  CHECK(mapped("??.w=>?.v", "\xc3\xa9.w") == "-");
}

TEST_CASE("a map takes colons within a key, and keys in quotes") {
  CHECK(mapped("a*=>q*", "a:b.w") == "q:b.w");
  CHECK(mapped("\"0\"=>zero", "0") == "zero");
  CHECK(mapped("\"a*\"=>\"*\"", "a*.w") == "*.w");
  CHECK(mapped("\"a*\"=>b", "ab") == "-");
}

TEST_CASE("what Opacus wraps is unwrapped") {
  CHECK(by(RenameRule::strip_wrappers(), "_module.fc.weight") == "fc.weight");
}
