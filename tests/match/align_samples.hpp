// Models as lists of keys and shapes, and what align() makes of two of them, as text.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "ckpt/base/text.hpp"
#include "ckpt/match/align_rules.hpp"

namespace ckpt::samples {

using Model = std::vector<match::AlignTensor>;

inline void add(Model& model, const std::string& key, std::vector<std::int64_t> shape) {
  model.push_back({key, std::move(shape)});
}

/// NAME.weight of that shape, and NAME.bias as long as its first dimension.
inline void add_layer(Model& model, const std::string& name, std::vector<std::int64_t> shape) {
  add(model, name + ".bias", {shape.front()});
  add(model, name + ".weight", std::move(shape));
}

inline std::string keys_text(const Model& model, const std::vector<std::size_t>& keys) {
  std::vector<std::string> names;
  for (const std::size_t key : keys) names.push_back(model[key].key);
  return join(names, "+");
}

/// "a => b" or "q+k+v => qkv", in the order of A.
inline std::vector<std::string> pairs_of(const match::Alignment& alignment, const Model& a,
                                         const Model& b) {
  std::vector<std::string> pairs;
  for (const match::AlignPair& pair : alignment.pairs)
    pairs.push_back(concat(keys_text(a, pair.a.keys), " => ", keys_text(b, pair.b.keys)));
  return pairs;
}

inline std::vector<std::string> pairs_of(const Model& a, const Model& b) {
  return pairs_of(match::align(a, b), a, b);
}

inline std::vector<std::string> rules_of(const Model& a, const Model& b) {
  std::vector<std::string> texts;
  for (const match::AlignRule& rule : match::make_rules(match::align(a, b), a, b))
    texts.push_back(rule.text());
  return texts;
}

inline std::string rule_file_of(const Model& a, const Model& b) {
  const match::Alignment alignment = match::align(a, b);
  return rule_file_text(alignment, make_rules(alignment, a, b), a, b,
                        match::OpenPairs::as_comments);
}

}  // namespace ckpt::samples
