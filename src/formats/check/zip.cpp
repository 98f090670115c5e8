// A zip: its pickles, whether it can be opened, its storages; every byte if asked.
#include <algorithm>
#include <map>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"
#include "ckpt/formats/salvage.hpp"
#include "ckpt/model/module.hpp"
#include "ckpt/model/walk.hpp"
#include "ckpt/zip/archive.hpp"
#include "ckpt/zip/audit.hpp"
#include "formats/check/parts.hpp"
#include "formats/torch_zip/records.hpp"
#include "formats/torch_zip/torch_zip.hpp"

namespace ckpt::formats {

namespace {

std::string_view without_folder(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

class ZipCheck {
 public:
  explicit ZipCheck(const CheckJob& job) : job_(job), checked_(job.checked) {}

  void run() {
    open_archive();
    inspect_zip(job_, {job_.file}, archive_.get());
    if (checked_.kind == FileKind::torch_zip || checked_.kind == FileKind::broken_zip) open();
    if (archive_ && job_.options.depth == Depth::every_byte) audit_bytes();
    if (checked_.document) {
      note_contents();
      judge_serialization_id();
    }
    if (checked_.kind == FileKind::torch_script)
      refuse_loading("is a TorchScript archive, which torch.jit.load reads");
  }

 private:
  void open_archive() {
    try {
      archive_ = std::make_shared<const zip::Archive>(job_.file);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::io) throw;
      const bool is_cut = checked_.description.find("truncated") != std::string::npos;
      add_problem(checked_, is_cut ? Verdict::truncated : Verdict::damaged,
                  {.what = is_cut ? describe_cut() : error.message()});
    }
  }

  /// How much is missing, where the object is still there to say so.
  std::string describe_cut() const {
    try {
      Salvaged salvaged = open_salvaged(job_.file->path(), Verify::no);
      const Fates fates = settle(salvaged, nullptr);
      const std::string tensors = concat(fates.saved.size(), " of ",
                                         counted(fates.saved.size() + fates.lost.size(), "tensor"),
                                         " are there; ckpt check --salvage saves them");
      if (salvaged.whole_bytes <= checked_.file_bytes)
        return concat("its end is missing; ", tensors);
      return concat(salvaged.whole_bytes - checked_.file_bytes, " of ", salvaged.whole_bytes,
                    " bytes are missing; ", tensors);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::io) throw;
      return checked_.description;
    }
  }

  // ---- whether it is whole

  void open() {
    if (!archive_) {
      checked_.loading.weights_only_refusal = "the archive cannot be opened";
      return;
    }
    try {
      checked_.document = open_torch_zip(job_.file);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::io) throw;
      add_problem(checked_, Verdict::damaged, {.what = error.message()});
      refuse_loading(error.message());
    }
  }

  /// torch.load reads it last, as text.
  void judge_serialization_id() {
    const Record* const id =
        find_record(checked_.document->container, RecordRole::serialization_id);
    constexpr std::uint64_t most_bytes = 4096;
    if (id == nullptr || id->blob->size_bytes() > most_bytes) return;
    try {
      if (!is_utf8(small_text(*id))) refuse_loading("its .data/serialization_id is not UTF-8");
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::io) throw;
      add_problem(checked_, Verdict::damaged, {.what = error.message()});
    }
  }

  void refuse_loading(std::string reason) {
    std::string& refusal = checked_.loading.weights_only_refusal;
    if (refusal.empty()) refusal = std::move(reason);
  }

  void audit_bytes() {
    zip::AuditOptions options{.on_bytes = job_.options.on_bytes};
    if (checked_.document) options.alignment_bytes = checked_.document->container.alignment_bytes;
    zip::Audit audit = zip::audit(*archive_, options);
    const auto tensors = tensors_in(audit.damages);
    for (zip::Damage& damage : audit.damages) {
      std::string record(without_folder(damage.record));
      const auto found = tensors.find(record);
      add_problem(
          checked_, Verdict::damaged,
          {.record = record,
           .what = concat("byte ", damage.offset, ": ", damage.what),
           .tensors = found == tensors.end() || !damage.is_payload ? std::vector<std::string>()
                                                                   : found->second});
    }
    checked_.unverified_count = audit.unverifiable.size();
    if (!audit.unverifiable.empty())
      checked_.remarks.push_back(
          concat(counted(audit.unverifiable.size(), "record has", "records have"),
                 " no CRC-32 and cannot be verified"));
    if (audit.idle_bytes > 0)
      checked_.remarks.push_back(
          concat(counted(audit.idle_bytes, "byte belongs", "bytes belong"), " to no record"));
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
      const auto record = tensors.find(concat("data/", tree.storage_of(storage).key));
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
};

}  // namespace

void check_zip(const CheckJob& job) { ZipCheck(job).run(); }

}  // namespace ckpt::formats
