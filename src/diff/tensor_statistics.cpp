// Cuts tensors into units of fixed size and merges them in order, so that the result does not
// depend on the number of threads.

#include "ckpt/diff/tensor_statistics.hpp"

#include <map>

#include "ckpt/base/error.hpp"
#include "ckpt/diff/parallel.hpp"
#include "ckpt/model/view.hpp"
#include "ckpt/tensor/repeats.hpp"
#include "diff/units.hpp"

namespace ckpt::diff {

namespace {

using tensor::StatisticsAccumulator;

constexpr std::size_t gather_buffer_bytes = std::size_t{2} << 20;  // per thread

/// For each tensor, the index of the first tensor with the same bytes and layout.
std::vector<std::size_t> find_sources(const model::Tree& tree,
                                      const std::vector<NamedTensor>& tensors) {
  std::map<model::ViewKey, std::size_t> first;
  std::vector<std::size_t> sources;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    std::optional<model::ViewKey> key = model::find_view_key(tree.tensor(tensors[i].node));
    sources.push_back(key ? first.try_emplace(std::move(*key), i).first->second : i);
  }
  return sources;
}

}  // namespace

bool has_statistics(const model::Tensor& tensor) {
  return tensor.form == model::TensorForm::strided && tensor.storage != model::no_storage &&
         tensor::has_statistics(tensor.dtype);
}

std::vector<std::optional<tensor::Statistics>> compute_statistics(
    const model::Tree& tree, const std::vector<NamedTensor>& tensors,
    const StatisticsOptions& options) {
  const std::vector<std::size_t> sources = find_sources(tree, tensors);
  std::vector<Unit> units;
  std::vector<std::optional<StatisticsAccumulator>> all(tensors.size());
  std::vector<std::uint64_t> repeats(tensors.size(), 1);
  const auto distinct = [&](std::size_t item) {
    return tensor::without_repeats(tree.tensor(tensors[item].node));
  };
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const model::Tensor& tensor = tree.tensor(tensors[i].node);
    if (sources[i] != i || !has_statistics(tensor)) continue;
    const tensor::Distinct once = distinct(i);
    repeats[i] = once.repeats;
    all[i].emplace(tensor.dtype);
    within(tensors[i].name, [&] {
      tensor::refuse_endless(tree.storage_of(once.tensor), once.tensor);
      const bool can_cut = opens_anywhere(tree, once.tensor);
      append_units(i, once.tensor, can_cut ? Cutting::parts : Cutting::whole, units);
    });
  }
  std::vector<std::optional<StatisticsAccumulator>> parts(units.size());
  for_each_index(units.size(), options.thread_count, [&](std::size_t i) {
    const auto& [item, range] = units[i];
    const model::Tensor tensor = distinct(item).tensor;
    parts[i] = within(tensors[item].name, [&, &range = range] {
      return tensor::accumulate_statistics(tree.storage_of(tensor), tensor,
                                           {.range = range, .buffer_bytes = gather_buffer_bytes});
    });
    if (options.on_progress) options.on_progress(bytes_of(units[i], tensor));
  });
  for (std::size_t i = 0; i < units.size(); ++i) all[units[i].item]->merge(*parts[i]);
  std::vector<std::optional<tensor::Statistics>> statistics(tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i)
    if (all[sources[i]])
      statistics[i] = tensor::repeated(all[sources[i]]->result(), repeats[sources[i]]);
  return statistics;
}

}  // namespace ckpt::diff
