#include "ckpt/formats/idle_bytes.hpp"

#include "ckpt/zip/idle_bytes.hpp"

namespace ckpt::formats {

std::uint64_t count_idle_bytes(const Document& document) {
  if (document.container.format != "torch-zip") return 0;
  return zip::count_idle_bytes(zip::Archive(document.file), document.container.alignment_bytes);
}

}  // namespace ckpt::formats
