#include "formats/torch_zip/origin.hpp"

#include <bit>
#include <unordered_set>

#include "ckpt/base/text.hpp"
#include "ckpt/formats/format.hpp"
#include "ckpt/torch/loaded_values.hpp"
#include "ckpt/zip/idle_bytes.hpp"
#include "formats/torch_zip/records.hpp"

namespace ckpt::formats {

namespace {

/// What torch.save writes, whatever it is given.
constexpr std::uint8_t usual_pickle_protocol = 2;

}  // namespace

const Format& TorchZipOrigin::format() const { return format_named("torch-zip"); }

std::string TorchZipOrigin::summary() const {
  return concat("written by ", generation, ", folder ", quote(top_folder), ", pickle protocol ",
                int{pickle_protocol});
}

std::vector<Fact> TorchZipOrigin::facts() const {
  return {{"generation", generation, "generation"},
          {"top folder", top_folder, "top_folder"},
          {"pickle protocol", concat(int{pickle_protocol}), "pickle_protocol", pickle_protocol},
          {"alignment", concat(alignment_bytes, " bytes"), "alignment_bytes", alignment_bytes},
          {"CRC-32", has_crcs ? "written" : "left out"}};
}

std::vector<Extra> TorchZipOrigin::extras() const {
  std::vector<Extra> extras;
  for (const Record& record : records)
    if (record.role == RecordRole::other) extras.push_back({record.name, record.blob});
  return extras;
}

std::uint64_t TorchZipOrigin::idle_bytes() const {
  return file == nullptr ? 0 : zip::count_idle_bytes(zip::Archive(file), alignment_bytes);
}

std::uint64_t TorchZipOrigin::unused_bytes(const model::Tree& tree) const {
  std::unordered_set<std::string_view> keys;
  for (const model::Storage& storage : tree.storages()) keys.insert(storage.key);
  std::uint64_t bytes = 0;
  for (const Record& record : records)
    if (record.role == RecordRole::storage &&
        !keys.contains(std::string_view(record.name).substr(storage_folder.size())))
      bytes += record.blob->size_bytes();
  return bytes;
}

bool TorchZipOrigin::is_plainly_encoded() const { return pickle_protocol == usual_pickle_protocol; }

void TorchZipOrigin::make_loaded(model::Tree& tree) const {
  torch::make_loaded(tree, pickle_protocol);
}

const TorchZipOrigin* find_torch_zip_origin(const Document& document) {
  return dynamic_cast<const TorchZipOrigin*>(document.origin.get());
}

TorchZipOrigin make_torch_zip_origin() {
  TorchZipOrigin origin;
  origin.generation = "torch 2.7 or later";
  const auto add = [&origin](std::string_view name, std::string_view text) {
    const ByteView bytes = as_bytes(text);
    origin.records.push_back({std::string(name), role_of(name),
                              model::make_memory_blob(Bytes(bytes.begin(), bytes.end()))});
  };
  add("data.pkl", "");
  add(".format_version", "1");
  add(".storage_alignment", "64");
  add("byteorder", std::endian::native == std::endian::little ? "little" : "big");
  add("version", "3\n");
  add(".data/serialization_id", "");
  return origin;
}

}  // namespace ckpt::formats
