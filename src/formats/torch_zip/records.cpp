#include "formats/torch_zip/records.hpp"

#include <algorithm>
#include <array>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/torch/write_graph.hpp"

namespace ckpt::formats {

namespace {

struct RoleRow {
  std::string_view name;
  RecordRole role;
};

constexpr std::uint64_t most_text_bytes = 4096;

constexpr std::array role_rows{
    RoleRow{"data.pkl", RecordRole::object},
    RoleRow{".format_version", RecordRole::format_version},
    RoleRow{".storage_alignment", RecordRole::storage_alignment},
    RoleRow{"byteorder", RecordRole::byte_order},
    RoleRow{"version", RecordRole::version},
    RoleRow{".data/version", RecordRole::version},
    RoleRow{".data/serialization_id", RecordRole::serialization_id},
};

std::optional<std::uint64_t> find_alignment(std::string_view text) {
  const auto bytes = find_unsigned(text);
  return bytes && *bytes >= 1 && *bytes <= 65535 ? bytes : std::nullopt;
}

std::uint64_t parse_alignment(std::string_view text) {
  if (const auto bytes = find_alignment(text)) return *bytes;
  throw Error(ErrorKind::malformed,
              concat(".storage_alignment: expected a number from 1 to 65535, got ", quote(text)));
}

std::optional<model::ByteOrder> find_byte_order(std::string_view text) {
  if (text == "little") return model::ByteOrder::little;
  if (text == "big") return model::ByteOrder::big;
  return std::nullopt;
}

/// Before 1.10 the key was the address of the storage; since then it counts from 0.
bool has_opaque_keys(const model::Tree& tree) {
  return std::ranges::any_of(tree.storages(), [](const model::Storage& storage) {
    return torch::is_address(storage.key) || !find_unsigned(storage.key);
  });
}

}  // namespace

RecordRole role_of(std::string_view name) {
  for (const RoleRow& row : role_rows)
    if (row.name == name) return row.role;
  return name.starts_with(storage_folder) ? RecordRole::storage : RecordRole::other;
}

const Record* find_record(const TorchZipOrigin& origin, RecordRole role) {
  const auto found = std::ranges::find(origin.records, role, &Record::role);
  return found == origin.records.end() ? nullptr : &*found;
}

std::string small_text(const Record& record) {
  const std::uint64_t size_bytes = record.blob->size_bytes();
  if (size_bytes > most_text_bytes)
    throw Error(ErrorKind::malformed,
                concat(record.name, ": expected a short text, got ", counted(size_bytes, "byte")));
  Bytes bytes(static_cast<std::size_t>(size_bytes));
  read_exactly(*record.blob, 0, bytes);
  return std::string(as_text(bytes));
}

std::optional<std::uint64_t> find_version(std::string_view text) {
  const std::size_t start = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const std::size_t end = std::min(text.find_first_not_of("0123456789", start), text.size());
  const auto version = find_unsigned(text.substr(start, end - start));
  return version && *version >= 1 && *version <= 10 ? version : std::nullopt;
}

bool is_readable(const Record& record) {
  const bool is_text = record.role == RecordRole::version ||
                       record.role == RecordRole::byte_order ||
                       record.role == RecordRole::storage_alignment;
  if (!is_text) return true;
  if (record.blob->size_bytes() > most_text_bytes) return false;
  const std::string text = small_text(record);
  if (record.role == RecordRole::version) return find_version(text).has_value();
  if (record.role == RecordRole::byte_order) return find_byte_order(text).has_value();
  return find_alignment(text).has_value();
}

model::ByteOrder byte_order_of(const TorchZipOrigin& origin) {
  const Record* record = find_record(origin, RecordRole::byte_order);
  if (record == nullptr) return model::ByteOrder::little;
  const std::string text = small_text(*record);
  if (const auto order = find_byte_order(text)) return *order;
  throw Error(ErrorKind::malformed,
              concat("byteorder: expected 'little' or 'big', got ", quote(text)));
}

void describe_generation(TorchZipOrigin& origin, const model::Tree& tree) {
  const auto has = [&](RecordRole role) { return find_record(origin, role) != nullptr; };
  // An edit in place takes .format_version away, whose promise it breaks, and leaves this one.
  const bool is_new = has(RecordRole::format_version) || has(RecordRole::storage_alignment);
  const bool version_first = origin.records.front().role == RecordRole::version;
  origin.storage_keys =
      has_opaque_keys(tree) ? StorageKeyStyle::opaque : StorageKeyStyle::sequential;
  origin.storage_order = is_new ? StorageOrder::by_use : StorageOrder::sorted;
  origin.generation = is_new                        ? "torch 2.7 or later"
                      : has(RecordRole::byte_order) ? "torch 2.1 to 2.6"
                      : version_first               ? "torch 1.4 or 1.5"
                                                    : "torch 1.6 to 2.0";
  if (const Record* record = find_record(origin, RecordRole::storage_alignment))
    origin.alignment_bytes = parse_alignment(small_text(*record));
}

}  // namespace ckpt::formats
