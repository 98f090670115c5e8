#include "torch/storage_names.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "torch/storage_order.hpp"

namespace ckpt::torch {

namespace {

using model::Tree;

class StorageNames {
 public:
  StorageNames(const Tree& tree, StorageKeys keys) : tree_(tree), keys_(keys) {
    if (keys == StorageKeys::as_read)
      for (const model::Storage& storage : tree.storages()) as_read_.insert(storage.key);
  }

  std::vector<WrittenStorage> name() {
    std::vector<WrittenStorage> written;
    std::unordered_map<std::string, model::StorageId> taken;
    for (const model::StorageId id : storages_in_order_of_use(tree_)) {
      std::string key = key_of(id, written.size());
      const auto [other, is_new] = taken.try_emplace(key, id);
      if (!is_new &&
          tree_.storage_of(id).size_bytes() + tree_.storage_of(other->second).size_bytes() > 0)
        throw Error(ErrorKind::conflict, concat("two storages have the key ", quote(key)));
      written.push_back({std::move(key), id});
    }
    return written;
  }

 private:
  std::string key_of(model::StorageId id, std::size_t place) {
    if (keys_ == StorageKeys::renumbered) return concat(place);
    const std::string& as_read = tree_.storage_of(id).key;
    if (!as_read.empty()) return as_read;
    while (as_read_.contains(concat(next_))) ++next_;
    return concat(next_++);
  }

  const Tree& tree_;
  StorageKeys keys_;
  std::unordered_set<std::string_view> as_read_;
  std::size_t next_ = 0;
};

}  // namespace

bool is_address(std::string_view key) {
  constexpr std::uint64_t least_address = 1'000'000'000;
  const auto number = find_unsigned(key);
  return number && *number >= least_address;
}

std::vector<WrittenStorage> name_storages(const Tree& tree, StorageKeys keys) {
  return StorageNames(tree, keys).name();
}

}  // namespace ckpt::torch
