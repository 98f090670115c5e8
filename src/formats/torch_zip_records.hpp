// What the records of a torch.save zip are, by their names, and what the small ones say.
#pragma once

#include <string>
#include <string_view>

#include "ckpt/formats/document.hpp"
#include "ckpt/model/tensor.hpp"

namespace ckpt::formats {

inline constexpr std::string_view storage_folder = "data/";

/// `name` is without the top folder.
RecordRole role_of(std::string_view name);
/// The first record of that role, or nullptr.
const Record* find_record(const Container& container, RecordRole role);
/// A small record as text. Throws Error{malformed} for one beyond 4096 bytes, more than torch
/// writes into any of them.
std::string small_text(const Record& record);
/// Little unless the record byteorder says otherwise. Throws Error{malformed}.
model::ByteOrder byte_order_of(const Container& container);
/// Fills in what the records and the storage keys tell about the writer.
/// Throws Error{malformed} for a .storage_alignment that is none.
void describe_generation(Document& document);

}  // namespace ckpt::formats
