#include "formats/torch_zip/plan.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/pickle/pickler.hpp"

namespace ckpt::formats {

namespace {

class Plan {
 public:
  Plan(const Document& document, torch::StorageKeys keys)
      : container_(document.container), tree_(document.tree), keys_(keys) {}

  std::vector<Record> make() {
    torch::WrittenGraph written = torch::write_graph(tree_, keys_);
    refuse_mixed_byte_orders(written.storages);
    const auto object = model::make_memory_blob(pickle::pickle(written.graph));
    bool has_storages = false;
    for (const Record& record : container_.records) {
      // Without storages before them, these two end the archive.
      const bool is_tail =
          record.role == RecordRole::version || record.role == RecordRole::serialization_id;
      const bool is_place = record.role == RecordRole::storage || (is_tail && !records_.empty());
      if (is_place && !has_storages) {
        add_storages(std::move(written.storages));
        has_storages = true;
      }
      if (record.role == RecordRole::storage) continue;
      const bool is_object = record.role == RecordRole::object;
      records_.push_back({record.name, record.role, is_object ? object : record.blob});
    }
    if (!has_storages) add_storages(std::move(written.storages));
    return std::move(records_);
  }

 private:
  void add_storages(std::vector<torch::WrittenStorage> storages) {
    if (container_.storage_order == StorageOrder::sorted)
      std::ranges::stable_sort(storages, {}, &torch::WrittenStorage::key);
    std::unordered_set<std::string_view> names;
    for (const torch::WrittenStorage& written : storages) {
      if (!names.insert(written.key).second) continue;
      records_.push_back({concat("data/", written.key), RecordRole::storage,
                          tree_.storage_of(written.storage).blob});
    }
  }

  void refuse_mixed_byte_orders(const std::vector<torch::WrittenStorage>& storages) const {
    for (const torch::WrittenStorage& written : storages)
      if (tree_.storage_of(written.storage).byte_order !=
          tree_.storage_of(storages.front().storage).byte_order)
        throw Error(ErrorKind::unsupported,
                    "little-endian and big-endian storages cannot be in one file");
  }

  const Container& container_;
  const model::Tree& tree_;
  torch::StorageKeys keys_;
  std::vector<Record> records_;
};

}  // namespace

torch::StorageKeys storage_keys_of(const Container& container) {
  return container.storage_keys == StorageKeyStyle::sequential ? torch::StorageKeys::renumbered
                                                               : torch::StorageKeys::as_read;
}

std::vector<Record> plan_records(const Document& document, torch::StorageKeys keys) {
  return Plan(document, keys).make();
}

}  // namespace ckpt::formats
