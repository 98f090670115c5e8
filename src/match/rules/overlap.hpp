// Whether two templates have a key in common.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "match/rules/compile.hpp"
#include "match/rules/match.hpp"

namespace ckpt::match {

/// A template with the tables that the search needs.
struct Searchable {
  const CompiledTemplate* key_template;
  const std::vector<Variable>* variables;
  TemplateMatcher matcher;

  bool matches(std::string_view key) const;
};

/// A key that both match; nothing when there is none.
std::optional<std::string> find_common_key(const Searchable& a, const Searchable& b);

/// Sample keys of a template: each word of its lists, some numbers, some texts for its stars. At
/// most a few hundred.
std::vector<std::string> sample_keys(const CompiledTemplate& key_template,
                                     const std::vector<Variable>& variables);

}  // namespace ckpt::match
