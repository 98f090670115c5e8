#include "formats/torch_zip/plan.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/pickle/pickler.hpp"
#include "ckpt/tensor/element_stream.hpp"
#include "formats/torch_zip/records.hpp"

namespace ckpt::formats {

namespace {

class Plan {
 public:
  Plan(const TorchZipOrigin& origin, const model::Tree& tree, torch::StorageKeys keys)
      : origin_(origin), tree_(tree), keys_(keys) {}

  std::vector<Record> make() {
    torch::WrittenGraph written = torch::write_graph(tree_, keys_);
    const auto object = model::make_memory_blob(pickle::pickle(written.graph));
    bool has_storages = false;
    for (const Record& record : origin_.records) {
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
    if (origin_.storage_order == StorageOrder::sorted)
      std::ranges::stable_sort(storages, {}, &torch::WrittenStorage::key);
    std::unordered_set<std::string_view> names;
    for (const torch::WrittenStorage& written : storages) {
      if (!names.insert(written.key).second) continue;
      records_.push_back({concat("data/", written.key), RecordRole::storage,
                          blob_of(tree_.storage_of(written.storage))});
    }
  }

  /// The bytes of a storage in the order that the archive says.
  std::shared_ptr<const model::Blob> blob_of(const model::Storage& storage) const {
    if (storage.byte_order == byte_order_) return storage.blob;
    if (origin_.file == nullptr && storage.dtype) return make_native(storage);
    throw Error(ErrorKind::unsupported,
                "little-endian and big-endian storages cannot be in one file");
  }

  /// Of a document that comes from elsewhere, where all views of a storage have its dtype. An
  /// archive of another byte order would not do: torch swaps no unsigned integers when it loads
  /// one.
  static std::shared_ptr<const model::Blob> make_native(const model::Storage& storage) {
    const std::uint64_t count = storage.size_bytes() / model::row_of(*storage.dtype).size_bytes;
    const std::vector<std::int64_t> shape{static_cast<std::int64_t>(count)};
    model::Tensor all{.dtype = *storage.dtype, .storage = model::StorageId{0}};
    all.layout = {.shape = shape, .stride_elements = model::contiguous_strides(shape)};
    return tensor::make_dense_blob(storage, all);
  }

  const TorchZipOrigin& origin_;
  const model::Tree& tree_;
  torch::StorageKeys keys_;
  model::ByteOrder byte_order_ = byte_order_of(origin_);
  std::vector<Record> records_;
};

}  // namespace

torch::StorageKeys storage_keys_of(const TorchZipOrigin& origin) {
  return origin.storage_keys == StorageKeyStyle::sequential ? torch::StorageKeys::renumbered
                                                            : torch::StorageKeys::as_read;
}

std::vector<Record> plan_records(const TorchZipOrigin& origin, const model::Tree& tree,
                                 torch::StorageKeys keys) {
  return Plan(origin, tree, keys).make();
}

}  // namespace ckpt::formats
