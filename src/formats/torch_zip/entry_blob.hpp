// A record of a zip archive as a blob: a range of the file when it is stored, a stream when
// deflated.
#pragma once

#include <memory>

#include "ckpt/model/blob.hpp"
#include "ckpt/zip/archive.hpp"

namespace ckpt::formats {

/// `entry` belongs to `archive`.
std::shared_ptr<const model::Blob> make_entry_blob(std::shared_ptr<const zip::Archive> archive,
                                                   const zip::Entry& entry);

}  // namespace ckpt::formats
