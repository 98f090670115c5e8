#include <algorithm>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/pickle/pickler.hpp"
#include "ckpt/torch/write_graph.hpp"
#include "ckpt/zip/writer.hpp"
#include "formats/torch_zip.hpp"

namespace ckpt::formats {

namespace {

constexpr std::size_t copy_buffer_bytes = 1 << 20;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// A record to be written: a pickle made here, or bytes that lie elsewhere.
struct Planned {
  std::string name;
  RecordRole role = RecordRole::other;
  std::shared_ptr<const model::Blob> blob;
};

constexpr std::uint64_t serialization_id_bytes = 40;

class TorchZipWriter {
 public:
  TorchZipWriter(const Document& document, AtomicFile& out, const SaveOptions& options,
                 std::string top_folder)
      : container_(document.container),
        tree_(document.tree),
        options_(options),
        writer_options_{
            .top_folder = std::move(top_folder),
            .alignment_bytes = container_.alignment_bytes,
            .checksums = container_.has_crcs ? zip::Checksums::computed : zip::Checksums::zero},
        out_(out),
        writer_(out, writer_options_) {}

  void write() {
    plan();
    total_bytes_ = planned_bytes();
    out_.reserve(total_bytes_);
    for (const Planned& planned : plan_) add(planned);
    writer_.finish();
  }

 private:
  /// The records of the input in their order, with its storages replaced by those of the tree.
  void plan() {
    torch::WrittenGraph written = torch::write_graph(tree_, storage_keys());
    refuse_mixed_byte_orders(written.storages);
    auto object = model::make_memory_blob(pickle::pickle(written.graph));
    bool has_storages = false;
    for (const Record& record : container_.records) {
      const bool is_object = record.role == RecordRole::object;
      // Without storages before them, these two end the archive.
      const bool is_tail =
          record.role == RecordRole::version || record.role == RecordRole::serialization_id;
      const bool is_place = record.role == RecordRole::storage || (is_tail && !plan_.empty());
      if (is_place && !has_storages) {
        plan_storages(std::move(written.storages));
        has_storages = true;
      }
      if (record.role == RecordRole::storage) continue;
      plan_.push_back({record.name, record.role, is_object ? object : record.blob});
    }
    if (!has_storages) plan_storages(std::move(written.storages));
  }

  torch::StorageKeys storage_keys() const {
    return container_.storage_keys == StorageKeyStyle::sequential ? torch::StorageKeys::renumbered
                                                                  : torch::StorageKeys::as_read;
  }

  void plan_storages(std::vector<torch::WrittenStorage> storages) {
    if (container_.storage_order == StorageOrder::sorted)
      std::ranges::stable_sort(storages, {}, &torch::WrittenStorage::key);
    std::unordered_set<std::string_view> names;
    for (const torch::WrittenStorage& written : storages) {
      if (!names.insert(written.key).second) continue;
      plan_.push_back({concat("data/", written.key), RecordRole::storage,
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

  std::uint64_t planned_bytes() const {
    std::vector<std::pair<std::string, std::uint64_t>> records;
    records.reserve(plan_.size());
    for (const Planned& planned : plan_)
      records.emplace_back(planned.name, planned.role == RecordRole::serialization_id
                                             ? serialization_id_bytes
                                             : planned.blob->size_bytes());
    return zip::Writer::archive_bytes(writer_options_, records);
  }

  void add(const Planned& planned) {
    if (planned.role == RecordRole::serialization_id)
      return writer_.add(planned.name, as_bytes(writer_.serialization_id()));
    const auto range = planned.blob->range();
    const auto crc = container_.has_crcs ? planned.blob->crc32() : std::optional<std::uint32_t>(0);
    if (range && crc) {
      writer_.add(planned.name, *range, *crc);
    } else {
      stream(planned);
    }
    if (options_.on_progress) options_.on_progress(out_.position(), total_bytes_);
  }

  void stream(const Planned& planned) {
    writer_.begin(planned.name, planned.blob->size_bytes());
    buffer_.resize(copy_buffer_bytes);
    const auto bytes = planned.blob->open(0);
    for (std::size_t count = bytes->read(buffer_); count > 0; count = bytes->read(buffer_)) {
      writer_.write(ByteView(buffer_).first(count));
      if (options_.on_progress) options_.on_progress(out_.position(), total_bytes_);
    }
    writer_.end();
  }

  const Container& container_;
  const model::Tree& tree_;
  const SaveOptions& options_;
  zip::WriterOptions writer_options_;
  AtomicFile& out_;
  zip::Writer writer_;
  std::vector<Planned> plan_;
  std::uint64_t total_bytes_ = 0;
  Bytes buffer_;
};

/// Before 2.1 the name of the archive was taken from any path; later Python opens those that are
/// not ASCII itself, and the archive has the name of one without a path.
bool names_itself(const Container& container, std::string_view path) {
  const bool has_byte_order = std::ranges::any_of(container.records, [](const Record& record) {
    return record.role == RecordRole::byte_order;
  });
  return is_ascii(path) || !has_byte_order;
}

}  // namespace

std::string top_folder_for(const std::filesystem::path& path) {
  const std::string text = path.string();
  const std::string name = text.substr(text.find_last_of("/\\") + 1);
  const std::string stem = name.substr(0, name.rfind('.'));
  if (stem.empty())
    throw Error(ErrorKind::usage, concat(path.string(),
                                         ": expected a name before the last dot, as "
                                         "torch.save does"));
  return stem;
}

SaveReport save_torch_zip(const Document& document, const std::filesystem::path& path,
                          const SaveOptions& options) {
  std::string top_folder =
      names_itself(document.container, path.string()) ? top_folder_for(path) : "archive";
  AtomicFile out(path, options.overwrite);
  TorchZipWriter(document, out, options, std::move(top_folder)).write();
  const std::uint64_t file_bytes = out.position();
  out.commit();
  return {file_bytes};
}

}  // namespace ckpt::formats
