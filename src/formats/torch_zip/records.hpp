// What the records of a torch.save zip are, by their names, and what the small ones say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "formats/torch_zip/origin.hpp"

namespace ckpt::formats {

inline constexpr std::string_view storage_folder = "data/";

/// `name` is without the top folder.
RecordRole role_of(std::string_view name);
/// The first record of that role, or nullptr.
const Record* find_record(const TorchZipOrigin& origin, RecordRole role);
/// A small record as text. Throws Error{malformed} for one beyond 4096 bytes, more than torch
/// writes into any of them.
std::string small_text(const Record& record);
/// The version of the archive that readers of today take, or nothing.
/// Source: caffe2/serialize/versions.h, kMinSupportedFileFormatVersion and kMax...
std::optional<std::uint64_t> find_version(std::string_view text);
/// Whether a record about the archive itself says what readers understand; true of all others.
bool is_readable(const Record& record);
/// Little unless the record byteorder says otherwise. Throws Error{malformed}.
model::ByteOrder byte_order_of(const TorchZipOrigin& origin);
/// Fills in what the records and the storage keys tell about the writer.
/// Throws Error{malformed} for a .storage_alignment that is none.
void describe_generation(TorchZipOrigin& origin, const model::Tree& tree);

}  // namespace ckpt::formats
