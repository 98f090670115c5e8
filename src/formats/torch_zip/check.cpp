// A file of torch.save: whether it can be opened, where its storages lie, what damage hurts.
#include <algorithm>
#include <map>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"
#include "ckpt/model/module.hpp"
#include "ckpt/model/walk.hpp"
#include "formats/check/parts.hpp"
#include "formats/torch_zip/records.hpp"
#include "formats/torch_zip/torch_zip.hpp"

namespace ckpt::formats {

namespace {

class TorchZipCheck {
 public:
  explicit TorchZipCheck(const CheckJob& job) : job_(job), checked_(job.checked) {}

  void run() {
    const bool is_each_byte_read =
        job_.options.depth == Depth::every_byte && checked_.kind == FileKind::torch_zip;
    checked_.looked_at = is_each_byte_read ? LookedAt::every_byte : LookedAt::structure;
    archive_ = open_archive(job_);
    inspect_zip(job_, {job_.file}, archive_.get());
    open();
    if (archive_ && job_.options.depth == Depth::every_byte) audit();
    if (!checked_.document) return;
    note_contents();
    judge_serialization_id();
  }

 private:
  void open() {
    if (!archive_) {
      checked_.loading.weights_only_refusal = "the archive cannot be opened";
      return;
    }
    try {
      checked_.document = open_torch_zip({.path = job_.file->path(), .file = job_.file});
      origin_ = find_torch_zip_origin(*checked_.document);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::io) throw;
      add_problem(checked_, Verdict::damaged, {.what = error.message()});
      refuse_loading(checked_, error.message());
    }
  }

  /// torch.load reads it last, as text.
  void judge_serialization_id() {
    const Record* const id = find_record(*origin_, RecordRole::serialization_id);
    constexpr std::uint64_t most_bytes = 4096;
    if (id == nullptr || id->blob->size_bytes() > most_bytes) return;
    try {
      if (!is_utf8(small_text(*id)))
        refuse_loading(checked_, "its .data/serialization_id is not UTF-8");
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::io) throw;
      add_problem(checked_, Verdict::damaged, {.what = error.message()});
    }
  }

  void audit() {
    const std::uint64_t alignment_bytes =
        origin_ != nullptr ? origin_->alignment_bytes : zip::AuditOptions{}.alignment_bytes;
    const std::vector<zip::Damage> damages = audit_bytes(job_, *archive_, alignment_bytes);
    auto tensors = tensors_in(damages);
    for (const zip::Damage& damage : damages) {
      const auto found = tensors.find(std::string(without_folder(damage.record)));
      const bool is_known = found != tensors.end() && damage.is_payload;
      add_damage(checked_, damage, is_known ? found->second : std::vector<std::string>());
    }
  }

  /// The tensors of damaged storages, by record.
  std::map<std::string, std::vector<std::string>> tensors_in(
      const std::vector<zip::Damage>& damages) const {
    std::map<std::string, std::vector<std::string>> tensors;
    for (const zip::Damage& damage : damages)
      if (damage.is_payload) tensors[std::string(without_folder(damage.record))];
    if (!checked_.document || tensors.empty()) return tensors;
    const model::Tree& tree = checked_.document->tree;
    const auto names = model::paths_in_modules(tree);
    model::Places places;
    model::Walk walk(tree, tree.root(), model::tensors_of(tree));
    while (walk.next()) {
      if (!tree.is(walk.node(), model::Kind::tensor)) continue;
      const model::StorageId storage = tree.tensor(walk.node()).storage;
      if (storage == model::no_storage) continue;
      const auto record = tensors.find(concat(storage_folder, tree.storage_of(storage).key));
      if (record == tensors.end()) continue;
      const auto name = names.find(walk.node());
      record->second.push_back(name != names.end() ? name->second
                                                   : places.short_text(tree, walk.place(places)));
    }
    return tensors;
  }

  void note_contents() {
    for (const model::Storage& storage : checked_.document->tree.storages()) {
      const std::string& location = storage.location;
      if (location == "cpu" || location == "meta") continue;
      auto& devices = checked_.loading.devices;
      if (std::ranges::find(devices, location) == devices.end()) devices.push_back(location);
    }
    const bool is_deflated = std::ranges::any_of(archive_->entries(), [](const zip::Entry& entry) {
      return entry.method != zip::Method::stored && is_storage_record(without_folder(entry.name));
    });
    if (is_deflated) checked_.loading.mmap_refusal = "its storages are compressed";
  }

  const CheckJob& job_;
  Checked& checked_;
  std::shared_ptr<const zip::Archive> archive_;
  const TorchZipOrigin* origin_ = nullptr;  // of checked_.document
};

}  // namespace

void check_torch_zip(const CheckJob& job) { TorchZipCheck(job).run(); }

}  // namespace ckpt::formats
