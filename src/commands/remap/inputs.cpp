// Joins the state dicts of several files into that of the first, which keeps its other values.

#include "commands/remap/inputs.hpp"

#include <algorithm>
#include <string_view>

#include "ckpt/base/text.hpp"
#include "commands/remap/named_inputs.hpp"

namespace ckpt::commands {

namespace {

bool speaks_of_ranks(const match::Template& key_template) {
  if (key_template.empty()) return false;
  const match::TemplateItem& first = key_template.front();
  if (first.kind != match::TemplateItem::Kind::literal || !first.text.starts_with("rank"))
    return false;
  const std::string_view rest = std::string_view(first.text).substr(4);
  if (!rest.empty()) return rest.find_first_not_of("0123456789") == rest.find('/');
  return key_template.size() > 2 && key_template[2].kind == match::TemplateItem::Kind::literal &&
         key_template[2].text.starts_with('/');
}

bool speaks_of_ranks(const match::RuleSet& rules) {
  return std::ranges::any_of(rules.rules, [](const match::Rule& rule) {
    return std::ranges::any_of(rule.from,
                               [](const match::Template& from) { return speaks_of_ranks(from); });
  });
}

}  // namespace

std::vector<Input> list_inputs(const std::vector<std::filesystem::path>& files,
                               const std::vector<std::string>& named, const match::RuleSet& rules) {
  const bool are_ranks = files.size() > 1 && speaks_of_ranks(rules);
  std::vector<Input> inputs;
  for (const std::filesystem::path& file : files)
    inputs.push_back({file, are_ranks ? concat("rank", inputs.size(), "/") : std::string()});
  for (const std::string& text : named)
    for (Input& input : parse_named_input(text)) inputs.push_back(std::move(input));
  return inputs;
}

edit::RuleKeys join_inputs(const std::vector<Input>& inputs, Checkpoint& first,
                           const std::vector<Checkpoint>& others) {
  const auto joined = [&](std::size_t i, const Checkpoint& checkpoint) {
    return edit::JoinedFile{.tree = checkpoint.tree(),
                            .root = checkpoint.root,
                            .prefix = inputs[i].prefix,
                            .path = inputs[i].path.string()};
  };
  std::vector<edit::JoinedFile> files;
  for (const Checkpoint& other : others) files.push_back(joined(files.size() + 1, other));
  return edit::join_keys(first.tree(), joined(0, first), files);
}

}  // namespace ckpt::commands
