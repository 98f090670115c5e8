// The zip that torch.save has written since 1.6 (and, asked to, since 1.4).
//
//   NAME/data.pkl                    the object; tensors refer to storages by key
//   NAME/.format_version             "1"                            since 2.7
//   NAME/.storage_alignment          "64"                           since 2.7
//   NAME/byteorder                   "little"                       since 2.1
//   NAME/data/0, NAME/data/1, ...    storages                       sorted as text before 2.7
//   NAME/version                     "3\n"                          first of all in 1.4 and 1.5
//   NAME/.data/serialization_id      40 digits                      since 2.1
#pragma once

#include "ckpt/formats/format.hpp"

namespace ckpt::formats {

Document open_torch_zip(const Source& source);
SaveReport save_torch_zip(const Document& document, const std::filesystem::path& path,
                          const SaveOptions& options);
SaveReport save_torch_zip_in_place(const Document& document, const SaveOptions& options);
void check_torch_zip(const CheckJob& job);
Salvaged salvage_torch_zip(const Source& source, Verify verify);

}  // namespace ckpt::formats
