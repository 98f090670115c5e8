#include "commands/diff/options.hpp"

#include <algorithm>
#include <cmath>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "cli/common_options.hpp"
#include "commands/shared/tensor_rows.hpp"

namespace ckpt::commands {

namespace {

double parse_bound(std::string_view text) {
  double bound = 0;
  cli::read_value(std::string(text), bound);
  if (!(bound >= 0) || std::isinf(bound))
    throw Error(ErrorKind::usage, concat("expected a number from 0 on, got ", quote(text)));
  return bound;
}

/// "PATTERN=atol,rtol". A pattern may contain '='; the numbers do not.
diff::PatternTolerance parse_pattern_tolerance(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  const std::size_t comma = equals == std::string::npos ? equals : text.find(',', equals);
  if (comma == std::string::npos)
    throw Error(ErrorKind::usage, concat("expected PATTERN=ATOL,RTOL, got ", quote(text)));
  const std::string_view view = text;
  return {.pattern = match::Pattern(view.substr(0, equals)),
          .tolerance = {.absolute = parse_bound(view.substr(equals + 1, comma - equals - 1)),
                        .relative = parse_bound(view.substr(comma + 1))}};
}

}  // namespace

void declare_diff_selection(cli::Options& options, DiffSelectionOptions& selection) {
  options.group("what to compare");
  options.value("--only", selection.only, "compare only these, as PATTERN does", "PATTERN");
  options.value("--ignore", selection.ignored, "leave these out on both sides", "PATTERN");
  options.flag("--strip-wrappers", selection.strips_wrappers,
               "take off module., _orig_mod. and the like, on both sides");
  options.value("--strip-prefix", selection.strip_prefix, "take this off names that begin with it",
                "PREFIX");
  options.value("--map", selection.maps, "rename by globs before comparing, on both sides",
                "OLD=>NEW");
  cli::declare_root(options, selection.root);
  options.value("--root-a", selection.root_a, "the root of A alone", "PATH");
  options.value("--root-b", selection.root_b, "the root of B alone", "PATH");
}

void declare_diff_tolerance(cli::Options& options, DiffToleranceOptions& tolerance) {
  options.group("when two are the same");
  options.flag("--keys", tolerance.is_keys_only, "names, shapes and dtypes; reads no tensor");
  options.each(
      "--atol", [&](const std::string& text) { tolerance.general.absolute = parse_bound(text); },
      "same if |a-b| <= ATOL + RTOL*|b| (default: same bits)", "ATOL");
  options.each(
      "--rtol", [&](const std::string& text) { tolerance.general.relative = parse_bound(text); },
      "see --atol", "RTOL");
  options.each(
      "--tol",
      [&](const std::string& text) {
        tolerance.of_patterns.push_back(parse_pattern_tolerance(text));
      },
      "a tolerance for the tensors of a pattern", "PATTERN=ATOL,RTOL");
  options.value("--ulp", tolerance.general.ulp, "same if at most N numbers of the dtype apart",
                "N");
  options.flag("--cast", tolerance.casts, "compare numbers of different dtypes");
}

void DiffToleranceOptions::refuse_unused(const diff::Names& names,
                                         const std::vector<diff::Leaf>& leaves) const {
  for (const diff::PatternTolerance& tolerance : of_patterns) {
    const bool is_used = std::ranges::any_of(leaves, [&](const diff::Leaf& leaf) {
      return leaf.is_tensor && tolerance.applies_to(names, leaf);
    });
    if (!is_used)
      throw Error(ErrorKind::usage,
                  concat("--tol: pattern ", quote(tolerance.pattern.text()), " matches no tensor"));
  }
}

std::vector<std::string> DiffSelection::included(const DiffSelectionOptions& options) {
  std::vector<std::string> patterns = options.patterns;
  patterns.insert(patterns.end(), options.only.begin(), options.only.end());
  return patterns;
}

std::vector<match::RenameRule> DiffSelection::rules_of(const DiffSelectionOptions& options) {
  std::vector<match::RenameRule> rules;
  if (options.strips_wrappers) rules.push_back(match::RenameRule::strip_wrappers());
  for (const std::string& prefix : options.strip_prefix)
    rules.push_back(match::RenameRule::strip_prefix(prefix));
  for (const std::string& map : options.maps) rules.push_back(match::RenameRule::map(map));
  return rules;
}

DiffSelection::DiffSelection(const DiffSelectionOptions& options)
    : selection_{match::PatternSet(included(options)), match::PatternSet(options.ignored)},
      renamings_(2, match::Renaming(rules_of(options))) {}

std::vector<diff::Leaf> DiffSelection::leaves(const ComparedFile& file, Which which) {
  return within(file.side.file, [&] {
    return diff::collect_leaves(file.side, selection_, renamings_[which == Which::a ? 0 : 1]);
  });
}

void DiffSelection::refuse_unused(std::size_t leaf_count) const {
  for (const match::PatternSet* patterns : {&selection_.only, &selection_.ignored}) {
    const std::vector<std::string> unused = patterns->unused();
    if (unused.empty()) continue;
    refuse_file_as_pattern(unused.front(), "diff takes two");
    throw Error(ErrorKind::usage,
                concat("pattern ", quote(unused.front()), " matches nothing on either side"));
  }
  // With no leaves left, no rule can apply.
  if (leaf_count == 0) return;
  const std::vector<std::string> unused_b = renamings_[1].unused();
  for (const std::string& rule : renamings_[0].unused())
    if (std::ranges::find(unused_b, rule) != unused_b.end())
      throw Error(ErrorKind::usage, concat(rule, " applies to no key on either side"));
}

void keep_root_tensors(std::vector<diff::Leaf>& leaves) {
  std::erase_if(leaves, [](const diff::Leaf& leaf) {
    return !leaf.is_tensor || leaf.area != diff::Area::root;
  });
}

}  // namespace ckpt::commands
