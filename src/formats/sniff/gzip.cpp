// Recognises gzip by its content; some services deliver a model as model.tar.gz.
#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/torch/safety.hpp"
#include "ckpt/zip/unfolded_file.hpp"
#include "formats/sniff/parts.hpp"

namespace ckpt::formats {

namespace {

/// Empty when the data is damaged.
Bytes unfold_start(const FileStart& start) {
  constexpr std::uint64_t looked_at_bytes = 4096;
  zip::UnfoldingBudget budget{1 << 20};
  const auto inside = zip::UnfoldedFile::make({start.file, 0, start.file->size_bytes()},
                                              zip::Framing::own, looked_at_bytes, budget);
  return inside->read_bytes(0, inside->size_bytes());
}

}  // namespace

std::optional<Sniffed> find_gzip(const FileStart& start) {
  if (!start.text().starts_with("\x1f\x8b")) return std::nullopt;
  const Bytes inside = unfold_start(start);
  if (starts_as_tar(inside))
    return Sniffed{FileKind::gzip_tar, "a gzip of a tar archive", "unpack it first (tar xzf)"};
  if (as_text(inside).starts_with("PK\3\4"))
    return Sniffed{FileKind::gzip, "a gzip of a zip archive", "gunzip it first"};
  if (torch::looks_like_pickle(as_text(inside)))
    return Sniffed{FileKind::gzip, "a gzip of a pickle", "gunzip it first"};
  return Sniffed{FileKind::gzip, "compressed with gzip", "gunzip it first"};
}

}  // namespace ckpt::formats
