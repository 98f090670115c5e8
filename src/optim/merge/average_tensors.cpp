// Groups the named tensors by storage. If all files share storage in the same way, the common range
// is averaged once and the tensors become views of it; otherwise each tensor is averaged alone.

#include "optim/merge/average_tensors.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "ckpt/base/text.hpp"
#include "ckpt/model/view.hpp"
#include "ckpt/tensor/compare.hpp"

namespace ckpt::optim {

using model::Layout;
using model::NodeId;
using model::Tensor;
using model::Tree;
using tensor::Operation;

namespace {

using Group = std::vector<const NamedMembers*>;  ///< that see one storage of the first file

const Tensor& tensor_of(const NamedMembers& named, std::size_t file) {
  return named.members[file].tree->tensor(named.members[file].node);
}

tensor::StoredTensor stored(const NamedMembers& named, std::size_t file) {
  const Tensor& tensor = tensor_of(named, file);
  return {named.members[file].tree->storage_of(tensor), tensor};
}

bool has_flags(const Tensor& tensor) { return tensor.is_conjugated || tensor.is_negated; }

bool is_one_view(const Group& group) {
  return std::ranges::all_of(group, [&](const NamedMembers* named) {
    return is_same_view(tensor_of(*named, 0), tensor_of(*group.front(), 0));
  });
}

/// The distance in elements between this view and the one of the first file.
std::int64_t shift_of(const NamedMembers& named, std::size_t file) {
  return tensor_of(named, file).layout.offset_elements - tensor_of(named, 0).layout.offset_elements;
}

/// Whether the tensors of the group have the same positions relative to each other in `file` as in
/// the first file.
bool lies_alike(const Group& group, std::size_t file) {
  const NamedMembers& front = *group.front();
  return std::ranges::all_of(group, [&](const NamedMembers* named) {
    const Tensor& first = tensor_of(*named, 0);
    const Tensor& other = tensor_of(*named, file);
    return other.storage == tensor_of(front, file).storage &&
           other.layout.stride_elements == first.layout.stride_elements &&
           shift_of(*named, file) == shift_of(front, file) &&
           other.is_conjugated == first.is_conjugated && other.is_negated == first.is_negated;
  });
}

/// Whether a range of the storage can be averaged as one tensor: its elements have one plain type.
bool has_plain_elements(const Group& group) {
  const Tensor& front = tensor_of(*group.front(), 0);
  return std::ranges::all_of(group, [&](const NamedMembers* named) {
    return tensor_of(*named, 0).dtype == front.dtype && !has_flags(tensor_of(*named, 0));
  });
}

class TensorAverager {
 public:
  TensorAverager(Tree& target, std::vector<std::string>& remarks)
      : target_(target), remarks_(remarks) {}

  void average(const Group& group) {
    if (group.size() == 1) return average_as_one(group);
    std::optional<std::size_t> other_file;
    for (std::size_t i = 1; i < group.front()->members.size() && !other_file; ++i)
      if (!lies_alike(group, i)) other_file = i;
    if (is_one_view(group)) {
      if (!other_file) return average_as_one(group);
    } else if (!other_file && has_plain_elements(group)) {
      return average_stretch(group);
    } else {
      say_shared(group, other_file);
    }
    average_views(group);
  }

  NodeId result_of(const NamedMembers& named) const { return results_.at(&named); }

 private:
  static Operation operation_of(const NamedMembers& named) {
    return is_floating(tensor_of(named, 0)) ? Operation::weighted_sum : Operation::maximum;
  }

  /// All are the same view: one average for all.
  void average_as_one(const Group& group) {
    const NamedMembers& front = *group.front();
    const Tensor averaged = combine_members(target_, front.members, operation_of(front));
    std::unordered_map<NodeId, NodeId> made;
    for (const NamedMembers* named : group) add(*named, averaged, made);
  }

  /// Averages everything from the first to the last element of the views as one tensor.
  void average_stretch(const Group& group) {
    std::int64_t first = tensor_of(*group.front(), 0).layout.offset_elements;
    std::int64_t end = first;
    for (const NamedMembers* named : group) {
      const Layout& layout = tensor_of(*named, 0).layout;
      first = std::min(first, layout.offset_elements);
      end = std::max(end, model::reach_elements(layout));
    }
    tensor::Combination combination{.operation = operation_of(*group.front())};
    for (std::size_t i = 0; i < group.front()->members.size(); ++i) {
      Tensor stretch = tensor_of(*group.front(), i);
      stretch.layout = {{end - first}, {1}, first + shift_of(*group.front(), i)};
      combination.inputs.push_back(input_of(group.front()->members[i], std::move(stretch)));
    }
    Tensor averaged = tensor::combined(target_, combination);
    std::unordered_map<NodeId, NodeId> made;
    for (const NamedMembers* named : group) {
      averaged.layout = tensor_of(*named, 0).layout;
      averaged.layout.offset_elements -= first;
      add(*named, averaged, made);
    }
  }

  /// Averages each view alone; names of one view stay tied when all files give them the same value.
  void average_views(const Group& group) {
    std::vector<Group> views;
    using Numbers = std::vector<std::int64_t>;
    std::map<std::tuple<Numbers, Numbers, std::int64_t, model::DType, bool, bool>, std::size_t>
        known;
    for (const NamedMembers* named : group) {
      const Tensor& tensor = tensor_of(*named, 0);
      const auto [place, is_new] = known.try_emplace(
          {tensor.layout.shape, tensor.layout.stride_elements, tensor.layout.offset_elements,
           tensor.dtype, tensor.is_conjugated, tensor.is_negated},
          views.size());
      if (is_new) views.emplace_back();
      views[place->second].push_back(named);
    }
    for (const Group& view : views) average_tied(view);
  }

  void average_tied(const Group& view) {
    Group together{view.front()};
    for (auto named = std::next(view.begin()); named != view.end(); ++named) {
      const std::optional<std::size_t> file = find_other_values(*view.front(), **named);
      if (!file) {
        together.push_back(*named);
        continue;
      }
      remarks_.push_back(concat(quote((*named)->name), " is tied to ", quote(view.front()->name),
                                " in file 1 and not in file ", *file + 1, ": averaged apart"));
      average_as_one({*named});
    }
    average_as_one(together);
  }

  static std::optional<std::size_t> find_other_values(const NamedMembers& a,
                                                      const NamedMembers& b) {
    for (std::size_t i = 1; i < a.members.size(); ++i) {
      if (is_same_view(tensor_of(a, i), tensor_of(b, i))) continue;
      const tensor::CompareOptions options{.wanted = tensor::Wanted::verdict};
      if (!tensor::compare(stored(a, i), stored(b, i), options).is_same()) return i;
    }
    return std::nullopt;
  }

  /// Reports that different overlapping views will no longer share elements.
  void say_shared(const Group& group, std::optional<std::size_t> file) {
    Group sorted = group;
    std::ranges::stable_sort(sorted, {}, [](const NamedMembers* named) {
      return tensor_of(*named, 0).layout.offset_elements;
    });
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      const Tensor& before = tensor_of(*sorted[i - 1], 0);
      const Tensor& tensor = tensor_of(*sorted[i], 0);
      if (is_same_view(before, tensor) ||
          tensor.layout.offset_elements >= model::reach_elements(before.layout))
        continue;
      remarks_.push_back(
          concat(quote(sorted[i - 1]->name), " and ", quote(sorted[i]->name), " overlap in file 1",
                 file ? concat(" and not so in file ", *file + 1) : "", ": averaged apart"));
      return;
    }
  }

  /// Names of one node become names of one new node, which keeps the parameter flags.
  void add(const NamedMembers& named, Tensor averaged, std::unordered_map<NodeId, NodeId>& made) {
    const NodeId before = named.members.front().node;
    const auto [node, is_new] = made.try_emplace(before, model::no_node);
    if (is_new) {
      averaged.requires_grad = target_.tensor(before).requires_grad;
      averaged.is_parameter = target_.tensor(before).is_parameter;
      node->second = target_.add_tensor(std::move(averaged));
    }
    results_[&named] = node->second;
  }

  Tree& target_;
  std::vector<std::string>& remarks_;
  std::unordered_map<const NamedMembers*, NodeId> results_;
};

/// By storage, in the order of their first names. Tensors without elements share no storage.
std::vector<Group> group_by_storage(const std::vector<NamedMembers>& tensors) {
  std::vector<Group> groups;
  std::unordered_map<model::StorageId, std::size_t> known;
  for (const NamedMembers& named : tensors) {
    const Tensor& tensor = tensor_of(named, 0);
    const bool is_alone =
        tensor.storage == model::no_storage || model::element_count(tensor.layout.shape) == 0;
    const auto [place, is_new] =
        is_alone ? std::pair(known.end(), true) : known.try_emplace(tensor.storage, groups.size());
    if (is_new) groups.emplace_back();
    groups[is_new ? groups.size() - 1 : place->second].push_back(&named);
  }
  return groups;
}

}  // namespace

std::vector<NodeId> average_tensors(Tree& target, const std::vector<NamedMembers>& tensors,
                                    std::vector<std::string>& remarks) {
  TensorAverager averager(target, remarks);
  for (const Group& group : group_by_storage(tensors)) averager.average(group);
  std::vector<NodeId> results;
  for (const NamedMembers& named : tensors) results.push_back(averager.result_of(named));
  return results;
}

}  // namespace ckpt::optim
