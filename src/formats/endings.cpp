#include "ckpt/formats/endings.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/base/ascii.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::formats {

namespace {

struct EndingRow {
  std::string_view ending;  ///< in lower case
  std::string_view container;
  std::optional<Content> content = std::nullopt;  ///< what ckpt writes in it, if anything
};

/// `.tar` is not here: many checkpoints of torch are called `.pth.tar`.
constexpr auto rows = std::to_array<EndingRow>({
    {".pt", "files of torch.save", Content::checkpoint},
    {".pth", "files of torch.save", Content::checkpoint},
    {".bin", "files of torch.save", Content::checkpoint},
    {".ckpt", "files of torch.save", Content::checkpoint},
    {".npy", "npy", Content::one_tensor},
    {".safetensors", "safetensors"},
    {"/", "a folder of shards"},
    {".npz", "npz"},
    {".gguf", "GGUF"},
    {".ggml", "GGML"},
    {".onnx", "ONNX"},
    {".h5", "HDF5"},
    {".hdf5", "HDF5"},
    {".keras", "Keras"},
    {".tflite", "TensorFlow Lite"},
    {".pb", "protocol buffers"},
    {".msgpack", "msgpack"},
    {".distcp", "a distributed checkpoint"},
    {".pte", "ExecuTorch"},
    {".ptl", "TorchScript for mobile"},
    {".pt2", "torch.export"},
    {".mlmodel", "Core ML"},
    {".pdparams", "Paddle"},
    {".json", "JSON"},
    {".yaml", "YAML"},
    {".csv", "CSV"},
    {".tsv", "TSV"},
    {".txt", "text"},
    {".gz", "gzip"},
    {".tgz", "gzip"},
    {".bz2", "bzip2"},
    {".xz", "xz"},
    {".zst", "zstd"},
    {".lz4", "lz4"},
    {".7z", "7z"},
});

/// Some writers capitalize endings.
const EndingRow* find_row(const std::filesystem::path& path) {
  const std::string name = lower_case(path.string());
  const auto row = std::ranges::find_if(
      rows, [&name](const EndingRow& known) { return name.ends_with(known.ending); });
  return row == rows.end() ? nullptr : &*row;
}

/// "files of torch.save (.pt, .pth, .bin, .ckpt)"
std::string writable_text(Content content) {
  std::string container;
  std::vector<std::string> endings;
  for (const EndingRow& row : rows)
    if (row.content == content) {
      container = row.container;
      endings.emplace_back(row.ending);
    }
  return concat(container, " (", join(endings, ", "), ")");
}

}  // namespace

void refuse_other_ending(const std::filesystem::path& path, Content content) {
  const EndingRow* const row = find_row(path);
  if (row == nullptr || row->content == content) return;
  const std::string_view writer = content == Content::one_tensor ? "ckpt show" : "ckpt";
  throw Error(ErrorKind::usage, concat(path.string(), ": ", writer, " writes ",
                                       writable_text(content), " only, not ", row->container));
}

}  // namespace ckpt::formats
