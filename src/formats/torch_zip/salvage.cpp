// What is left of a zip of torch.save that was cut off or damaged.
//
// The object comes first in such a file, so that the names, shapes and sizes of all tensors are
// known even when half of their bytes are not there. Records are found through the directory where
// it is whole, else by the headers in front of them, each as long as the object says.
#include <algorithm>
#include <map>
#include <unordered_set>

#include "ckpt/base/ascii.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/formats/sniff.hpp"
#include "ckpt/pickle/scan.hpp"
#include "ckpt/pickle/unpickle.hpp"
#include "ckpt/torch/read_tree.hpp"
#include "ckpt/zip/crc32.hpp"
#include "ckpt/zip/writer.hpp"
#include "formats/torch_zip/records.hpp"
#include "formats/torch_zip/salvage_records.hpp"
#include "formats/torch_zip/torch_zip.hpp"

namespace ckpt::formats {

namespace {

constexpr std::size_t read_buffer_bytes = 1 << 20;

/// No object is longer; what seems to be is broken somewhere.
constexpr std::uint64_t most_pickle_bytes = std::uint64_t{1} << 30;

/// A storage whose bytes are not there.
class LostBlob : public model::Blob {
 public:
  explicit LostBlob(std::uint64_t size_bytes) : size_bytes_(size_bytes) {}

  std::uint64_t size_bytes() const override { return size_bytes_; }
  std::unique_ptr<model::BlobStream> open(std::uint64_t) const override {
    throw Error(ErrorKind::malformed, "a storage is lost");
  }

 private:
  std::uint64_t size_bytes_;
};

/// A storage that the object refers to.
struct Sought {
  std::uint64_t size_bytes = 0;
  std::shared_ptr<const model::Blob> found = {};
  std::string trouble = "not found";  ///< why it is lost, unless it is found
};

std::uint32_t crc_of(FileRange range) {
  Bytes buffer(
      static_cast<std::size_t>(std::min<std::uint64_t>(range.size_bytes, read_buffer_bytes)));
  std::uint32_t crc = 0;
  while (range.size_bytes > 0) {
    const auto piece = std::span(buffer).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(range.size_bytes, buffer.size())));
    range.file->read_at(range.offset, piece);
    crc = zip::crc32(crc, piece);
    range.offset += piece.size();
    range.size_bytes -= piece.size();
  }
  return crc;
}

class Salvager {
 public:
  Salvager(std::shared_ptr<const File> file, Verify verify)
      : file_(std::move(file)), verify_(verify) {
    origin_->file = file_;
  }

  Salvaged run() {
    read_object();
    place_records();
    complete_records();
    describe_generation(*origin_, tree());
    place_storages();
    salvaged_.whole_bytes = estimate_whole_bytes();
    salvaged_.document.files = {file_};
    salvaged_.document.origin = origin_;
    return std::move(salvaged_);
  }

 private:
  model::Tree& tree() { return salvaged_.document.tree; }

  /// The pickle says itself where it ends.
  void read_object() {
    const auto header = find_first_header(*file_, "data.pkl");
    if (!header)
      throw Error(ErrorKind::malformed, "holds no data.pkl, so that nothing can be named");
    if (header->method != 0)
      throw Error(ErrorKind::unsupported, "its data.pkl is compressed; nothing can be salvaged");
    origin_->top_folder = header->name.substr(0, header->name.find('/'));
    const Bytes bytes = read_pickle(header->payload_offset);
    within("data.pkl", [&] {
      pickle::Unpickled unpickled = pickle::unpickle(bytes);
      object_bytes_ = unpickled.size_bytes;
      origin_->pickle_protocol = unpickled.protocol;
      tree() = torch::read_tree(
          unpickled.graph, [this](const torch::StorageRequest& request) { return seek(request); });
    });
  }

  /// Up to where the next record starts, or the file ends; further when that was a string.
  Bytes read_pickle(std::uint64_t offset) const {
    constexpr int most_tries = 8;
    const std::uint64_t rest = std::min(file_->size_bytes() - offset, most_pickle_bytes);
    zip::LocalSignatures signatures(*file_);
    std::uint64_t from = offset;
    for (int i = 0; i < most_tries; ++i) {
      const auto next = signatures.find(from);
      if (!next || *next - offset > rest) break;
      Bytes bytes = file_->read_bytes(offset, *next - offset);
      if (!pickle::scan(bytes).broken) return bytes;
      from = *next + 1;
    }
    return read_until_it_ends(offset, rest);
  }

  /// What follows may be a hole of any size, which the pickle does not reach into.
  Bytes read_until_it_ends(std::uint64_t offset, std::uint64_t rest) const {
    constexpr std::uint64_t first_bytes = 1 << 16;
    constexpr std::uint64_t growth = 8;
    std::string broken_before;
    for (std::uint64_t wanted = std::min(first_bytes, rest);;
         wanted = std::min(growth * wanted, rest)) {
      Bytes bytes = file_->read_bytes(offset, wanted);
      const pickle::Scan scan = pickle::scan(bytes);
      if (!scan.broken || wanted == rest) return bytes;
      // One that is cut here breaks elsewhere, or for want of another number of bytes.
      std::string broken = concat(scan.size_bytes, ' ', scan.broken->message());
      if (broken == broken_before) return bytes;
      broken_before = std::move(broken);
    }
  }

  std::shared_ptr<const model::Blob> seek(const torch::StorageRequest& request) {
    Sought sought{.size_bytes = request.size_bytes};
    if (request.size_bytes == 0) sought.found = model::make_range_blob({file_, 0, 0});
    sought_.emplace(concat(storage_folder, request.key), std::move(sought));
    return std::make_shared<LostBlob>(request.size_bytes);
  }

  void place_records() {
    const RecordSearch search{
        .file = file_,
        .top_folder = origin_->top_folder,
        .find_size = [this](std::string_view name) { return find_size(name); }};
    for (const FoundRecord& record : find_records(search)) place(record);
  }

  std::optional<std::uint64_t> find_size(std::string_view name) const {
    if (name == "data.pkl") return object_bytes_;
    const auto known = sought_.find(name);
    if (known == sought_.end()) return std::nullopt;
    return known->second.size_bytes;
  }

  void place(const FoundRecord& record) {
    if (record.name.empty() || record.name.ends_with('/')) return;
    if (record.name.find('\0') != std::string::npos) return;  // which no file may hold
    const auto known = sought_.find(record.name);
    Sought* const sought = known == sought_.end() ? nullptr : &known->second;
    if (sought != nullptr && sought->found) return;
    const RecordRole role = role_of(record.name);
    const std::string trouble = find_trouble(record, sought);
    const auto blob = trouble.empty() ? make_found_blob(record) : make_lost_blob(record);
    if (sought != nullptr) {
      sought->trouble = trouble;
      if (trouble.empty()) sought->found = blob;
    }
    if (role == RecordRole::storage && sought == nullptr) return;
    if (role != RecordRole::object && role != RecordRole::storage && !trouble.empty()) return;
    // PyTorch takes a name in other letters for the same, and refuses a file that has both.
    const std::string name = lower_case(record.name);
    if (role == RecordRole::other && role_of(name) != RecordRole::other) return;
    if (!placed_.insert(name).second) return;
    origin_->records.push_back({record.name, role, blob});
    if (record.crc32.value_or(0) != 0) has_crcs_ = true;
  }

  /// A CRC-32 of 0 is what is written when none was computed.
  std::shared_ptr<const model::Blob> make_found_blob(const FoundRecord& record) const {
    const auto crc = record.crc32.value_or(0) == 0 ? std::nullopt : record.crc32;
    return model::make_range_blob({file_, record.payload_offset, record.size_bytes}, crc);
  }

  static std::shared_ptr<const model::Blob> make_lost_blob(const FoundRecord& record) {
    return std::make_shared<LostBlob>(record.size_bytes);
  }

  /// Why the bytes of a record cannot be taken, or "".
  std::string find_trouble(const FoundRecord& record, const Sought* sought) const {
    if (!record.is_stored) return "compressed";
    if (sought != nullptr && sought->size_bytes != record.size_bytes) return "of another length";
    if (record.payload_offset > file_->size_bytes() ||
        record.size_bytes > file_->size_bytes() - record.payload_offset)
      return "cut off";
    if (verify_ == Verify::no || record.crc32.value_or(0) == 0) return "";
    const std::uint32_t crc = crc_of({file_, record.payload_offset, record.size_bytes});
    return crc == *record.crc32 ? "" : "damaged";
  }

  /// Truncation removes `version` and the serialization id first; their content is fixed, so they
  /// are written again.
  void complete_records() {
    origin_->has_crcs = has_crcs_;
    std::erase_if(origin_->records, [](const Record& record) { return !is_readable(record); });
    const auto add = [&](std::string_view name, RecordRole role, std::string_view text) {
      if (find_record(*origin_, role) != nullptr) return;
      const ByteView bytes = as_bytes(text);
      origin_->records.push_back(
          {std::string(name), role, model::make_memory_blob(Bytes(bytes.begin(), bytes.end()))});
    };
    add("data.pkl", RecordRole::object, "");
    add("version", RecordRole::version, "3\n");
    if (find_record(*origin_, RecordRole::byte_order) != nullptr)
      add(".data/serialization_id", RecordRole::serialization_id, std::string(40, '0'));
  }

  /// Gives each storage of the tree its byte order and the bytes that were found for it.
  void place_storages() {
    const model::ByteOrder byte_order = byte_order_of(*origin_);
    for (std::size_t i = 0; i < tree().storages().size(); ++i) {
      const model::StorageId id{static_cast<std::uint32_t>(i)};
      model::Storage& storage = tree().mutable_storage(id);
      storage.byte_order = byte_order;
      const Sought& sought = sought_.at(concat(storage_folder, storage.key));
      if (sought.found)
        storage.blob = sought.found;
      else
        salvaged_.lost.emplace(id, sought.trouble);
    }
  }

  /// Records before the storages as they are, all storages, and what ends every file.
  std::uint64_t estimate_whole_bytes() {
    std::vector<std::pair<std::string, std::uint64_t>> records;
    for (const Record& record : origin_->records) {
      const bool is_end =
          record.role == RecordRole::version || record.role == RecordRole::serialization_id;
      if (record.role == RecordRole::object)
        records.emplace_back(record.name, object_bytes_);
      else if (record.role != RecordRole::storage && !is_end)
        records.emplace_back(record.name, record.blob->size_bytes());
    }
    std::vector<std::string> keys;
    std::unordered_set<std::string_view> known;
    for (const model::Storage& storage : tree().storages())
      if (known.insert(storage.key).second) keys.push_back(storage.key);
    if (origin_->storage_order == StorageOrder::sorted) std::ranges::sort(keys);
    for (const std::string& key : keys) {
      const std::string name = concat(storage_folder, key);
      records.emplace_back(name, sought_.at(name).size_bytes);
    }
    records.emplace_back("version", 2);
    if (find_record(*origin_, RecordRole::byte_order) != nullptr)
      records.emplace_back(".data/serialization_id", 40);
    return zip::Writer::archive_bytes(
        {.top_folder = origin_->top_folder, .alignment_bytes = origin_->alignment_bytes}, records);
  }

  std::shared_ptr<const File> file_;
  Verify verify_;
  Salvaged salvaged_;
  std::shared_ptr<TorchZipOrigin> origin_ = std::make_shared<TorchZipOrigin>();
  std::uint64_t object_bytes_ = 0;
  std::map<std::string, Sought, std::less<>> sought_;  // by record name
  std::unordered_set<std::string> placed_;             // names of origin_->records, in lower case
  bool has_crcs_ = false;
};

/// A page of a web server has no tensors to be looked for.
void refuse_other_kinds(const std::shared_ptr<const File>& file) {
  const Sniffed sniffed = sniff(file);
  const bool can_be_broken =
      sniffed.kind == FileKind::torch_zip || sniffed.kind == FileKind::broken_zip ||
      sniffed.kind == FileKind::other_zip || sniffed.kind == FileKind::unknown;
  if (!can_be_broken)
    throw Error(ErrorKind::unsupported, concat("is ", sniffed.description), sniffed.hint);
}

}  // namespace

Salvaged salvage_torch_zip(const Source& source, Verify verify) {
  refuse_other_kinds(source.file);
  return Salvager(source.file, verify).run();
}

}  // namespace ckpt::formats
