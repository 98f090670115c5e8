// Names in the file may differ from those of the model by wrapper prefixes only; they are returned
// as the model spells them.

#include "optim/names/said_names.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "optim/find/wrappers.hpp"

namespace ckpt::optim {

namespace {

/// Finds the candidate with a name in any part, exactly or ignoring wrappers.
class CandidateIndex {
 public:
  explicit CandidateIndex(const std::vector<ModelPart>& parts) {
    for (const ModelPart& part : parts)
      for (const Candidate& candidate : part.candidates) {
        exact_.try_emplace(candidate.name, &part, &candidate);
        bare_.try_emplace(without_wrappers(candidate.name), &part, &candidate);
      }
    for (const ModelPart& part : parts)
      for (const auto& [first, other] : part.ties)
        if (const auto found = exact_.find(first); found != exact_.end())
          exact_.try_emplace(other, found->second);
  }

  using Found = std::pair<const ModelPart*, const Candidate*>;
  Found find(const std::string& name) const {
    if (const auto found = exact_.find(name); found != exact_.end()) return found->second;
    if (const auto found = bare_.find(without_wrappers(name)); found != bare_.end())
      return found->second;
    return {nullptr, nullptr};
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, found] : exact_) names.push_back(name);
    std::ranges::sort(names);
    return names;
  }

 private:
  std::unordered_map<std::string, Found> exact_;
  std::unordered_map<std::string, Found> bare_;
};

[[noreturn]] void throw_unknown_name(const std::string& name, std::size_t line,
                                     const CandidateIndex& index) {
  throw Error(ErrorKind::usage,
              concat("--order: line ", line, ": no parameter is called ", quote(name)),
              did_you_mean(find_closest(name, index.names())));
}

/// The line of a name in its file, in which comments and blank lines count as lines.
std::size_t line_of(const Overrides& overrides, std::size_t index) {
  return index < overrides.order_lines.size() ? overrides.order_lines[index] : index + 1;
}

void refuse_shape(const Candidate& candidate, const std::optional<Shape>& shape, std::size_t line,
                  std::size_t id) {
  if (!shape || *shape == candidate.shape) return;
  throw Error(ErrorKind::conflict,
              concat("--order: line ", line, ": ", quote(candidate.name), " has shape ",
                     shape_text(candidate.shape), ", the state of id number ", id, " has ",
                     shape_text(*shape)));
}

}  // namespace

std::vector<std::optional<Shape>> flat_shapes(const Question& question) {
  std::vector<std::optional<Shape>> shapes;
  for (const auto& group : question.groups) shapes.insert(shapes.end(), group.begin(), group.end());
  return shapes;
}

Resolution resolve_named(const Question& question) {
  const CandidateIndex index(question.parts);
  Resolution resolution{.level = Level::named, .rule = question.own_names_source, .part = {}};
  const ModelPart* part = nullptr;
  for (const std::string& name : question.own_names) {
    const auto [found_part, candidate] = index.find(name);
    if (found_part != nullptr && part == nullptr) part = found_part;
    resolution.names.push_back(candidate == nullptr ? name : candidate->name);
  }
  if (part != nullptr) resolution.part = part->path;
  return resolution;
}

Resolution resolve_by_order(const Question& question) {
  const std::vector<std::string>& order = question.overrides.order;
  const std::vector<std::optional<Shape>> shapes = flat_shapes(question);
  if (order.size() != shapes.size())
    throw Error(ErrorKind::conflict,
                concat("--order: ", counted(order.size(), "name"), ", but the optimizer has ",
                       counted(shapes.size(), "id")));
  const CandidateIndex index(question.parts);
  Resolution resolution{.level = Level::named, .rule = "--order", .part = {}};
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i] == "-") {
      resolution.level = Level::ambiguous;
      resolution.names.emplace_back();
      continue;
    }
    const std::size_t line = line_of(question.overrides, i);
    const auto [part, candidate] = index.find(order[i]);
    if (candidate == nullptr) throw_unknown_name(order[i], line, index);
    refuse_shape(*candidate, shapes[i], line, i);
    if (!seen.insert(candidate->name).second)
      throw Error(ErrorKind::conflict,
                  concat("--order: line ", line, ": ", quote(candidate->name), " occurs twice"));
    resolution.part = part->path;
    resolution.names.push_back(candidate->name);
  }
  if (resolution.level == Level::named) return resolution;
  resolution.rule = "--order leaves ids unknown";
  for (const std::string& name : resolution.names)
    resolution.can_be.push_back(name.empty() ? std::vector<std::string>{}
                                             : std::vector<std::string>{name});
  return resolution;
}

}  // namespace ckpt::optim
