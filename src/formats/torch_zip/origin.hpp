// The archive that a document came from: its records, and which rules its writer followed where
// they changed over time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/formats/document.hpp"
#include "ckpt/model/tensor.hpp"

namespace ckpt::formats {

enum class RecordRole : std::uint8_t {
  object,   ///< the pickle of the whole
  storage,  ///< bytes of one storage
  format_version,
  storage_alignment,
  byte_order,
  version,
  serialization_id,
  other,  ///< unknown; carried through every edit
};

struct Record {
  std::string name;  ///< without the top folder
  RecordRole role = RecordRole::other;
  std::shared_ptr<const model::Blob> blob;
};

enum class StorageKeyStyle : std::uint8_t { sequential, opaque };
enum class StorageOrder : std::uint8_t { by_use, sorted };

class TorchZipOrigin : public Origin {
 public:
  const Format& format() const override;
  std::string summary() const override;
  std::vector<Fact> facts() const override;
  std::vector<Extra> extras() const override;
  std::uint64_t idle_bytes() const override;
  std::uint64_t unused_bytes(const model::Tree& tree) const override;
  bool is_plainly_encoded() const override;
  void make_loaded(model::Tree& tree) const override;

  std::shared_ptr<const File> file;  ///< nullptr: there is no such archive yet
  std::string generation;            ///< "torch 2.7 or later"
  std::string top_folder;
  std::uint64_t alignment_bytes = 64;
  std::uint8_t pickle_protocol = 2;
  StorageKeyStyle storage_keys = StorageKeyStyle::sequential;
  StorageOrder storage_order = StorageOrder::by_use;
  bool has_crcs = true;         ///< false when the writer left every CRC 0
  std::vector<Record> records;  ///< in the order of the file
};

/// The origin of a document that was read as a torch zip, or nullptr.
const TorchZipOrigin* find_torch_zip_origin(const Document& document);

/// What torch.save of today would write on this machine.
TorchZipOrigin make_torch_zip_origin();

}  // namespace ckpt::formats
