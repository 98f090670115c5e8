#include <algorithm>
#include <array>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/pickle/unpickle.hpp"
#include "ckpt/torch/read_tree.hpp"
#include "ckpt/zip/archive.hpp"
#include "formats/torch_zip/entry_blob.hpp"
#include "formats/torch_zip/records.hpp"
#include "formats/torch_zip/torch_zip.hpp"

namespace ckpt::formats {

namespace {

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
  if (name.find('\0') != std::string_view::npos)
    throw Error(ErrorKind::malformed,
                concat("record ", quote(name), " has a 0 byte, where its name ends to PyTorch"));
  if (!name.starts_with(top_folder) || name.substr(top_folder.size(), 1) != "/")
    throw Error(ErrorKind::malformed,
                concat("record ", quote(name), " lies outside the folder ", quote(top_folder)));
  return name.substr(top_folder.size() + 1);
}

class Reader {
 public:
  explicit Reader(const std::shared_ptr<const File>& file)
      : archive_(std::make_shared<const zip::Archive>(file)) {
    origin_->file = file;
  }

  Document read() {
    read_records();
    refuse_torchscript();
    check_version();
    read_object();
    describe_generation(origin(), tree_);
    return {{origin_->file}, origin_, std::move(tree_)};
  }

 private:
  TorchZipOrigin& origin() { return *origin_; }

  void read_records() {
    if (archive_->entries().empty()) throw Error(ErrorKind::malformed, "the zip holds no records");
    origin().top_folder = top_folder_of(*archive_);
    origin().records.reserve(archive_->entries().size());
    record_of_entry_.reserve(archive_->entries().size());
    for (const zip::Entry& entry : archive_->entries()) {
      const std::string_view name = record_name(entry, origin().top_folder);
      record_of_entry_.push_back(origin().records.size());
      if (name.empty() || name.ends_with('/')) continue;  // a folder has no bytes of its own
      const RecordRole role = role_of(name);
      origin().records.push_back({std::string(name), role, make_entry_blob(archive_, entry)});
      if (entry.crc32 != 0) any_crc_ = true;
    }
    origin().has_crcs = any_crc_;
  }

  /// The entry of the record `name`, which is given without the top folder.
  const zip::Entry* find_entry(std::string_view name) const {
    return archive_->find(concat(origin_->top_folder, '/', name));
  }

  const Record* find_record(RecordRole role) const { return formats::find_record(*origin_, role); }

  /// torch.load tells the two apart by this one name.
  void refuse_torchscript() const {
    if (find_entry("constants.pkl") != nullptr)
      throw Error(ErrorKind::unsupported, "is a TorchScript archive (it holds constants.pkl)",
                  "torch.jit.load reads it; save its state_dict() with torch.save");
  }

  /// PyTorch asks for the one of TorchScript first.
  const Record* find_version_record() const {
    const auto found = std::ranges::find(origin_->records, ".data/version", &Record::name);
    if (found != origin_->records.end()) return &*found;
    return find_record(RecordRole::version);
  }

  void check_version() const {
    const Record* record = find_version_record();
    if (record == nullptr)
      throw Error(ErrorKind::malformed,
                  "the record 'version' is missing: not a file of torch.save");
    const std::string text = small_text(*record);
    if (!find_version(text))
      throw Error(ErrorKind::unsupported,
                  concat("version: expected a number from 1 to 10, got ", quote(text)));
  }

  void read_object() {
    const zip::Entry* const found = find_entry("data.pkl");
    if (found == nullptr) throw Error(ErrorKind::malformed, "the record 'data.pkl' is missing");
    const zip::Entry& entry = *found;
    // A pickle compresses well, but not without end: what claims more is a bomb.
    const std::uint64_t most_bytes = checked_add<std::uint64_t>(
        checked_multiply<std::uint64_t>(entry.compressed_bytes, 100, "data.pkl"), 1 << 20,
        "data.pkl");
    const auto byte_order = byte_order_of(origin());
    tree_ = within("data.pkl", [&] {
      const Bytes bytes = archive_->read(entry, most_bytes);
      const pickle::Unpickled unpickled = pickle::unpickle(bytes);
      origin().pickle_protocol = unpickled.protocol;
      return torch::read_tree(
          unpickled.graph,
          [this](const torch::StorageRequest& request) { return load_storage(request); },
          byte_order);
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
    return origin_->records[record_of_entry_[position]].blob;
  }

  std::shared_ptr<const zip::Archive> archive_;
  std::vector<std::size_t> record_of_entry_;  // meaningless for a folder
  std::shared_ptr<TorchZipOrigin> origin_ = std::make_shared<TorchZipOrigin>();
  model::Tree tree_;
  bool any_crc_ = false;
};

}  // namespace

Document open_torch_zip(const Source& source) { return Reader(source.file).read(); }

}  // namespace ckpt::formats
