// Pickles that are compressed by themselves, as joblib and pandas write and read them: gzip and
// zlib are looked through, one level deep; the others are only told.
#include <algorithm>

#include "ckpt/base/text.hpp"
#include "ckpt/zip/compressed.hpp"
#include "formats/check_parts.hpp"

namespace ckpt::formats {

namespace {

/// A pickle compresses well, but not without end: what unfolds to more is a bomb.
constexpr std::size_t most_ratio = 100;
constexpr std::size_t most_unfolded_bytes = std::size_t{1} << 26;

}  // namespace

bool can_unfold(std::string_view compression) {
  return compression == "gzip" || compression == "zlib";
}

void inspect_compressed(torch::SafetyInspector& inspector, ByteView packed,
                        const std::string& place) {
  const std::size_t bound = std::min(packed.size() * most_ratio + (1 << 16), most_unfolded_bytes);
  inspector.inspect_suspect(zip::unfold(packed, bound), concat(place, ": unfolded"));
}

}  // namespace ckpt::formats
