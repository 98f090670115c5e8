// The keys of two models: the rules that pair them are rules, and take the keys they were made of.
#include "ckpt/match/align.hpp"

#include "ckpt/match/align_rules.hpp"
#include "key_facts.hpp"

namespace ckpt::fuzz {

namespace {

std::vector<match::AlignTensor> tensors_of(const std::vector<match::KeyFacts>& keys) {
  std::vector<match::AlignTensor> tensors;
  for (const match::KeyFacts& key : keys) tensors.push_back({.key = key.key, .shape = key.shape});
  return tensors;
}

}  // namespace

}  // namespace ckpt::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ckpt;
  const fuzz::Parts parts = fuzz::parts_of(as_text(fuzz::view_of(data, size)));
  const std::vector<match::KeyFacts> keys = fuzz::key_facts_of(parts.first);
  const auto a = fuzz::tensors_of(keys);
  const auto b = fuzz::tensors_of(fuzz::key_facts_of(parts.second));
  fuzz::must("two lists of keys can be aligned", [&] {
    const match::Alignment alignment = match::align(a, b);
    const auto rules = match::make_rules(alignment, a, b);
    const std::string text =
        match::rule_file_text(alignment, rules, a, b, match::OpenPairs::as_rules);
    const match::RuleSet read = match::parse_rules(text);
    fuzz::require(read.problems.empty(), "the rules of an alignment can be read");
    match::make_plan(read, {}, keys);
  });
  return 0;
}
