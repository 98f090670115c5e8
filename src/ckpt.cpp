#include "ckpt/ckpt.hpp"

#include <algorithm>

#include "ckpt/base/text.hpp"
#include "ckpt/match/pattern.hpp"
#include "ckpt/match/rename.hpp"
#include "ckpt/match/selection.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/optim/merge.hpp"
#include "edit/root/undo.hpp"

namespace ckpt {

namespace {

void refuse_unused(const match::PatternSet& patterns) {
  const std::vector<std::string> unused = patterns.unused();
  if (!unused.empty())
    throw Error(ErrorKind::usage,
                concat("the pattern ", quote(unused.front()), " matches nothing"));
}

edit::CopySide side_of(const Checkpoint& checkpoint) {
  return {.tree = checkpoint.tree(),
          .root = checkpoint.root,
          .path = checkpoint.path.string(),
          .place = checkpoint.path.string(),
          .hint = "ckpt match proposes which tensors are which"};
}

}  // namespace

Checkpoint open(const std::filesystem::path& path, const std::optional<std::string>& root) {
  Checkpoint opened{path, formats::open_document(path), {}};
  opened.root = within(path.string(), [&] {
    return root ? model::root_at(opened.tree(), *root) : model::find_root(opened.tree());
  });
  return opened;
}

std::vector<match::Named> list(const Checkpoint& checkpoint) {
  std::vector<match::Named> entries = match::named_entries(checkpoint.tree(), checkpoint.root);
  std::erase_if(entries, [](const match::Named& entry) { return !entry.tensor; });
  return entries;
}

edit::Report rename(Checkpoint& checkpoint, const std::vector<std::string>& maps,
                    const optim::CarryOptions& carry) {
  std::vector<match::RenameRule> rules;
  for (const std::string& map : maps) rules.push_back(match::RenameRule::map(map));
  match::Renaming renaming(std::move(rules));
  for (const model::TextEntry& entry : model::text_entries(checkpoint.tree(), checkpoint.root.node))
    renaming.rename(entry.name);
  if (const std::vector<std::string> unused = renaming.unused(); !unused.empty())
    throw Error(ErrorKind::usage, concat(unused.front(), " applies to no key"));
  return rename(
      checkpoint, [&](std::string_view name) { return renaming.renamed(name); }, carry);
}

edit::Report rename(Checkpoint& checkpoint,
                    const std::function<std::string(std::string_view)>& new_name,
                    const optim::CarryOptions& carry) {
  const edit::RootEdit edit =
      edit::make_root_edit(checkpoint.tree(), checkpoint.root.node, new_name);
  return within(checkpoint.path.string(), [&] {
    return edit::apply(checkpoint.tree(), checkpoint.root, edit, {.carry = carry});
  });
}

edit::Removal filter(Checkpoint& checkpoint, const FilterChoice& choice,
                     const optim::CarryOptions& carry) {
  return within(checkpoint.path.string(), [&] {
    match::PatternSet keep(choice.keep);
    match::PatternSet drop(choice.drop);
    const match::Selection selection =
        match::select(checkpoint.tree(), checkpoint.root, keep, drop);
    refuse_unused(keep);
    refuse_unused(drop);
    return edit::remove(checkpoint.tree(), checkpoint.root, selection, carry);
  });
}

edit::CopyCounts copy(const Checkpoint& source, Checkpoint& target,
                      const edit::CopyChoice& choice) {
  const edit::CopySide from = side_of(source);
  const edit::CopySide to = side_of(target);
  edit::SourceNames names(choice);
  const edit::CopyPlan plan = edit::make_copy_plan(from, to, choice, names);
  if (const std::optional<Error> refusal =
          edit::find_refusal(from, to, plan, choice, edit::Strictness::lenient))
    throw Error(*refusal);
  edit::Undo undo(target.tree());
  optim::transplant_states(target.tree(), target.root, source.tree(), source.root,
                           edit::transfers_of(plan),
                           {.target = {.file = to.path}, .source = {.file = from.path}});
  within(target.path.string(), [&] {
    edit::copy_values(target.tree(), target.root, source.tree(), plan, edit::OnTied::error);
  });
  undo.keep_changes();
  return edit::count_copied(plan);
}

std::vector<edit::Assigned> set(Checkpoint& checkpoint, const std::vector<std::string>& texts) {
  std::vector<edit::Assignment> assignments;
  for (const std::string& text : texts) assignments.push_back(edit::parse_assignment(text));
  return within(checkpoint.path.string(),
                [&] { return edit::assign(checkpoint.tree(), assignments); });
}

formats::SaveReport save(const Checkpoint& checkpoint, const std::filesystem::path& path,
                         const formats::SaveOptions& options) {
  return formats::save_document(checkpoint.document, path, options);
}

}  // namespace ckpt
