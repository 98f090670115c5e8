#include <algorithm>
#include <array>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/pickle/unpickle.hpp"
#include "ckpt/torch/read_tree.hpp"
#include "ckpt/zip/archive.hpp"
#include "formats/entry_blob.hpp"
#include "formats/torch_zip.hpp"

namespace ckpt::formats {

namespace {

struct RoleRow {
  std::string_view name;
  RecordRole role;
};

constexpr std::array role_rows{
    RoleRow{"data.pkl", RecordRole::object},
    RoleRow{".format_version", RecordRole::format_version},
    RoleRow{".storage_alignment", RecordRole::storage_alignment},
    RoleRow{"byteorder", RecordRole::byte_order},
    RoleRow{"version", RecordRole::version},
    RoleRow{".data/version", RecordRole::version},
    RoleRow{".data/serialization_id", RecordRole::serialization_id},
};

constexpr std::string_view storage_folder = "data/";

RecordRole role_of(std::string_view name) {
  for (const RoleRow& row : role_rows)
    if (row.name == name) return row.role;
  return name.starts_with(storage_folder) ? RecordRole::storage : RecordRole::other;
}

/// PyTorch takes the first directory entry, cut at its first slash.
std::string top_folder_of(const zip::Archive& archive) {
  const std::string& first = archive.entries().front().name;
  const std::size_t slash = first.find('/');
  if (slash == std::string::npos)
    throw Error(ErrorKind::malformed, concat("record ", quote(first), " is not in a folder"));
  return first.substr(0, slash);
}

std::string_view record_name(const zip::Entry& entry, std::string_view top_folder) {
  const std::string_view name = entry.name;
  if (!name.starts_with(top_folder) || name.substr(top_folder.size(), 1) != "/")
    throw Error(ErrorKind::malformed,
                concat("record ", quote(name), " lies outside the folder ", quote(top_folder)));
  return name.substr(top_folder.size() + 1);
}

/// A small record as text; 4096 bytes are plenty for any that torch writes.
std::string small_text(const Record& record) {
  constexpr std::uint64_t most_bytes = 4096;
  const std::uint64_t size_bytes = record.blob->size_bytes();
  if (size_bytes > most_bytes)
    throw Error(ErrorKind::malformed,
                concat(record.name, ": expected a short text, got ", counted(size_bytes, "byte")));
  Bytes bytes(static_cast<std::size_t>(size_bytes));
  read_exactly(*record.blob, 0, bytes);
  return std::string(as_text(bytes));
}

class Reader {
 public:
  explicit Reader(const std::shared_ptr<const File>& file)
      : archive_(std::make_shared<const zip::Archive>(file)) {
    document_.file = file;
  }

  Document read() {
    read_records();
    refuse_torchscript();
    check_version();
    read_object();
    describe_generation();
    return std::move(document_);
  }

 private:
  Container& container() { return document_.container; }

  void read_records() {
    if (archive_->entries().empty()) throw Error(ErrorKind::malformed, "the zip holds no records");
    container().format = "torch-zip";
    container().top_folder = top_folder_of(*archive_);
    container().records.reserve(archive_->entries().size());
    record_of_entry_.reserve(archive_->entries().size());
    for (const zip::Entry& entry : archive_->entries()) {
      const std::string_view name = record_name(entry, container().top_folder);
      record_of_entry_.push_back(container().records.size());
      if (name.empty() || name.ends_with('/')) continue;  // a folder has no bytes of its own
      const RecordRole role = role_of(name);
      container().records.push_back({std::string(name), role, make_entry_blob(archive_, entry)});
      if (entry.crc32 != 0) any_crc_ = true;
    }
    container().has_crcs = any_crc_;
  }

  /// The entry of the record `name`, which is given without the top folder.
  const zip::Entry* find_entry(std::string_view name) const {
    return archive_->find(concat(document_.container.top_folder, '/', name));
  }

  const Record* find_record(RecordRole role) const {
    for (const Record& record : document_.container.records)
      if (record.role == role) return &record;
    return nullptr;
  }

  /// torch.load tells the two apart by this one name.
  void refuse_torchscript() const {
    if (find_entry("constants.pkl") != nullptr)
      throw Error(ErrorKind::unsupported, "is a TorchScript archive (it holds constants.pkl)",
                  "torch.jit.load reads it; save its state_dict() with torch.save");
  }

  /// Source: caffe2/serialize/versions.h, kMinSupportedFileFormatVersion and kMax...
  void check_version() const {
    const Record* record = find_record(RecordRole::version);
    if (record == nullptr)
      throw Error(ErrorKind::malformed,
                  "the record 'version' is missing: not a file of torch.save");
    const std::string text = small_text(*record);
    const std::size_t start = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    const std::size_t end = std::min(text.find_first_not_of("0123456789", start), text.size());
    const auto version = find_unsigned(std::string_view(text).substr(start, end - start));
    if (!version || *version < 1 || *version > 10)
      throw Error(ErrorKind::unsupported,
                  concat("version: expected a number from 1 to 10, got ", quote(text)));
  }

  model::ByteOrder byte_order() const {
    const Record* record = find_record(RecordRole::byte_order);
    if (record == nullptr) return model::ByteOrder::little;
    const std::string text = small_text(*record);
    if (text == "little") return model::ByteOrder::little;
    if (text == "big") return model::ByteOrder::big;
    throw Error(ErrorKind::malformed,
                concat("byteorder: expected 'little' or 'big', got ", quote(text)));
  }

  void read_object() {
    const zip::Entry* const found = find_entry("data.pkl");
    if (found == nullptr) throw Error(ErrorKind::malformed, "the record 'data.pkl' is missing");
    const zip::Entry& entry = *found;
    // A pickle compresses well, but not without end: what claims more is a bomb.
    const std::uint64_t most_bytes = checked_add<std::uint64_t>(
        checked_multiply<std::uint64_t>(entry.compressed_bytes, 100, "data.pkl"), 1 << 20,
        "data.pkl");
    document_.tree = within("data.pkl", [&] {
      const Bytes bytes = archive_->read(entry, most_bytes);
      const pickle::Unpickled unpickled = pickle::unpickle(bytes);
      container().pickle_protocol = unpickled.protocol;
      return torch::read_tree(
          unpickled.graph,
          [this](const torch::StorageRequest& request) { return load_storage(request); },
          byte_order());
    });
  }

  std::shared_ptr<const model::Blob> load_storage(const torch::StorageRequest& request) const {
    const std::string name = concat(storage_folder, request.key);
    const zip::Entry* const entry = find_entry(name);
    if (entry == nullptr)
      throw Error(ErrorKind::malformed, concat("the record ", quote(name), " is missing"));
    if (entry->size_bytes != request.size_bytes)
      throw Error(ErrorKind::malformed,
                  concat("record ", quote(name), ": expected ", counted(request.size_bytes, "byte"),
                         ", got ", entry->size_bytes));
    const auto position = static_cast<std::size_t>(entry - archive_->entries().data());
    return document_.container.records[record_of_entry_[position]].blob;
  }

  void describe_generation() {
    // An edit in place takes .format_version away, whose promise it breaks, and leaves this one.
    const bool has_format_version = find_record(RecordRole::format_version) != nullptr ||
                                    find_record(RecordRole::storage_alignment) != nullptr;
    const bool has_byte_order = find_record(RecordRole::byte_order) != nullptr;
    const bool version_first = container().records.front().role == RecordRole::version;
    container().storage_keys =
        has_opaque_keys() ? StorageKeyStyle::opaque : StorageKeyStyle::sequential;
    container().storage_order = has_format_version ? StorageOrder::by_use : StorageOrder::sorted;
    container().generation = has_format_version ? "torch 2.7 or later"
                             : has_byte_order   ? "torch 2.1 to 2.6"
                             : version_first    ? "torch 1.4 or 1.5"
                                                : "torch 1.6 to 2.0";
    if (const Record* record = find_record(RecordRole::storage_alignment))
      container().alignment_bytes = alignment(small_text(*record));
  }

  static std::uint64_t alignment(std::string_view text) {
    const auto bytes = find_unsigned(text);
    if (!bytes || *bytes == 0 || *bytes > 65535)
      throw Error(
          ErrorKind::malformed,
          concat(".storage_alignment: expected a number from 1 to 65535, got ", quote(text)));
    return *bytes;
  }

  /// Before 1.10 the key was the address of the storage; since then it counts from 0.
  bool has_opaque_keys() const {
    constexpr std::uint64_t least_address = 1'000'000'000;
    return std::ranges::any_of(document_.tree.storages(), [](const model::Storage& storage) {
      const auto number = find_unsigned(storage.key);
      return !number || *number >= least_address;
    });
  }

  std::shared_ptr<const zip::Archive> archive_;
  std::vector<std::size_t> record_of_entry_;  // meaningless for a folder
  Document document_;
  bool any_crc_ = false;
};

}  // namespace

Document open_torch_zip(const std::shared_ptr<const File>& file) { return Reader(file).read(); }

}  // namespace ckpt::formats
