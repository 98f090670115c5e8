#include "commands/copy/copied_views.hpp"

#include <algorithm>

#include "ckpt/base/text.hpp"
#include "ckpt/model/coverage.hpp"

namespace ckpt::commands {

namespace {

using match::Named;
using model::Tensor;

constexpr std::size_t most_asked = 64;  // of the copied views that begin before the end of one

bool sees_elements(const Tensor& tensor) {
  return tensor.storage != model::no_storage && model::element_count(tensor.layout.shape) > 0;
}

std::uint64_t bytes_of(const Tensor& tensor) { return model::row_of(tensor.dtype).size_bytes; }

std::uint64_t first_byte_of(const Tensor& tensor) {
  return static_cast<std::uint64_t>(tensor.layout.offset_elements) * bytes_of(tensor);
}

std::uint64_t end_byte_of(const Tensor& tensor) {
  return static_cast<std::uint64_t>(model::reach_elements(tensor.layout)) * bytes_of(tensor);
}

model::StorageView view_of(const Tensor& tensor) {
  return {tensor.layout, static_cast<std::uint32_t>(bytes_of(tensor))};
}

/// Whether two views have a common element. Columns of one matrix overlap in range, but have none.
bool have_common_bytes(const Tensor& a, const Tensor& b) {
  return model::covered_bytes({view_of(a), view_of(b)}) <
         model::covered_bytes({view_of(a)}) + model::covered_bytes({view_of(b)});
}

/// Entries of the target that stay as they are.
std::vector<const Named*> left_entries(const CopyPlan& plan) {
  std::vector<const Named*> left;
  for (const std::size_t index : plan.pairing.missing) left.push_back(&plan.targets[index]);
  for (const std::size_t index : plan.left_out) left.push_back(&plan.targets[index]);
  for (const match::Pair& pair : plan.pairing.pairs)
    if (is_mismatch(pair.fit)) left.push_back(&plan.target_of(pair));
  return left;
}

}  // namespace

CopiedViews::CopiedViews(const CopyPlan& plan) {
  for (const match::Pair& pair : plan.pairing.pairs) {
    const Named& target = plan.target_of(pair);
    if (is_mismatch(pair.fit) || !target.tensor || !sees_elements(*target.tensor)) continue;
    if (std::optional<model::ViewKey> view = model::find_view_key(*target.tensor))
      names_.try_emplace(std::move(*view), target.name);
    by_storage_[target.tensor->storage].push_back(
        {first_byte_of(*target.tensor), end_byte_of(*target.tensor), 0, &target});
  }
  for (auto& [storage, copied] : by_storage_) {
    std::ranges::stable_sort(copied, {}, &Copied::first_byte);
    std::uint64_t reach = 0;
    for (Copied& one : copied) one.reach = reach = std::max(reach, one.end_byte);
  }
}

std::optional<std::string> CopiedViews::find_tied(const Named& target) const {
  if (!target.tensor) return std::nullopt;
  const std::optional<model::ViewKey> view = model::find_view_key(*target.tensor);
  const auto found = view ? names_.find(*view) : names_.end();
  if (found == names_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::string> CopiedViews::find_overlapping(const Named& target) const {
  if (!target.tensor || !sees_elements(*target.tensor) || find_tied(target)) return std::nullopt;
  const auto found = by_storage_.find(target.tensor->storage);
  if (found == by_storage_.end()) return std::nullopt;
  const std::uint64_t first_byte = first_byte_of(*target.tensor);
  const auto end =
      std::ranges::lower_bound(found->second, end_byte_of(*target.tensor), {}, &Copied::first_byte);
  auto copied = end;
  for (std::size_t asked = 0; copied != found->second.begin() && asked < most_asked; ++asked) {
    --copied;
    if (copied->reach <= first_byte) break;
    if (copied->end_byte > first_byte && have_common_bytes(*copied->target->tensor, *target.tensor))
      return copied->target->name;
  }
  return std::nullopt;
}

std::string CopiedViews::note_of(const Named& target) const {
  if (const auto tied = find_tied(target)) return concat("= ", *tied, ", which is copied");
  if (const auto other = find_overlapping(target))
    return concat("overlaps ", *other, ", which is copied");
  return {};
}

std::optional<std::string> overlap_remark(const CopyPlan& plan) {
  const CopiedViews copied(plan);
  std::string first;
  std::size_t count = 0;
  for (const Named* target : left_entries(plan)) {
    const auto other = copied.find_overlapping(*target);
    if (other && count++ == 0)
      first =
          concat(quote(target->name), " shares elements with ", quote(*other), ", which is copied");
  }
  if (count == 0) return std::nullopt;
  if (count == 1) return concat(first, ": these change along");
  return concat(first, ", and so ", counted(count - 1, "more tensor"), ": these change along");
}

}  // namespace ckpt::commands
