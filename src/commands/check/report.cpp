#include "commands/check/report.hpp"

#include <algorithm>

#include "ckpt/base/text.hpp"

namespace ckpt::commands {

bool FileReport::is_finite() const { return std::ranges::all_of(oddities, &Oddity::is_finite); }

std::string_view FileReport::verdict() const {
  if (is_unreadable()) return "unreadable";
  if (checked.verdict == formats::Verdict::ok && !is_finite()) return "not finite";
  return verdict_name(checked.verdict);
}

std::string_view FileReport::looked_at() const {
  switch (checked.looked_at) {
    case formats::LookedAt::pickles:
      return "pickles";
    case formats::LookedAt::structure:
      return "structure";
    case formats::LookedAt::every_byte:
      return "every byte";
  }
  return {};
}

std::string callable_text(const torch::Callable& callable) {
  const std::string what = callable.calls == 0        ? concat("names ", callable.name)
                           : callable.example.empty() ? concat("calls ", callable.name)
                                                      : concat("calls ", callable.example);
  const std::string written =
      callable.written.empty() ? "" : concat(", written ", callable.written);
  const std::string times = callable.calls > 1 ? concat(" (", callable.calls, " times)") : "";
  return concat(callable.place, ": byte ", callable.offset, ": ", what, written, times);
}

std::string oddity_text(const Oddity& oddity) {
  if (oddity.is_finite())
    return concat(oddity.path, ": all ", counted(oddity.element_count, "element"),
                  oddity.is_zero ? " are 0" : " are the same");
  std::string text = concat(oddity.path, ": ");
  if (oddity.nan_count > 0) text += concat(oddity.nan_count, " NaN");
  if (oddity.nan_count > 0 && oddity.infinity_count > 0) text += ", ";
  if (oddity.infinity_count > 0) text += concat(oddity.infinity_count, " infinite");
  return concat(text, " of ", counted(oddity.element_count, "element"), ", the first at ",
                oddity.first_index);
}

std::vector<std::string> FileReport::reasons() const {
  std::vector<std::string> lines;
  if (error) {
    lines.push_back(error->message());
    return lines;
  }
  const bool is_other = checked.verdict == formats::Verdict::not_checkpoint ||
                        checked.verdict == formats::Verdict::unchecked;
  if (is_other) lines.push_back(concat("is ", checked.description));
  for (const formats::Problem& problem : checked.problems) {
    std::string line = problem.record.empty() ? "" : concat("record ", quote(problem.record), ": ");
    line += problem.what;
    if (!problem.tensors.empty()) line += concat("; it holds ", join(problem.tensors, ", "));
    lines.push_back(std::move(line));
  }
  for (const torch::Callable& callable : checked.safety.callables)
    if (!callable.is_allowed) lines.push_back(callable_text(callable));
  for (const torch::Trick& trick : checked.safety.tricks)
    lines.push_back(concat(trick.place, ": byte ", trick.offset, ": ", trick.what));
  if (tensors_error) lines.push_back(tensors_error->message());
  for (const Oddity& oddity : oddities)
    if (!oddity.is_finite()) lines.push_back(oddity_text(oddity));
  return lines;
}

}  // namespace ckpt::commands
