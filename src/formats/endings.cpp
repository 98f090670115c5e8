#include "ckpt/formats/endings.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/base/ascii.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::formats {

namespace {

/// What ckpt does not write in any format.
struct EndingRow {
  std::string_view ending;  ///< in lower case
  std::string_view container;
};

/// `.tar` is not here: many checkpoints of torch are called `.pth.tar`.
constexpr auto unwritten = std::to_array<EndingRow>({
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
bool ends_in(const std::filesystem::path& path, std::string_view ending) {
  return lower_case(path.string()).ends_with(ending);
}

const Format* find_promised_format(const std::filesystem::path& path) {
  for (const Format& format : formats())
    for (const std::string_view ending : format.endings)
      if (ends_in(path, ending)) return &format;
  return nullptr;
}

/// What the ending promises, or "".
std::string_view promised_container(const std::filesystem::path& path) {
  if (const Format* const format = find_promised_format(path)) return format->outputs;
  for (const EndingRow& row : unwritten)
    if (ends_in(path, row.ending)) return row.container;
  return {};
}

/// "files of torch.save (.pt, .pth, .bin, .ckpt)"
std::string output_text(const Format& format) {
  const std::vector<std::string> endings(format.endings.begin(), format.endings.end());
  return concat(format.outputs, " (", join(endings, ", "), ")");
}

[[noreturn]] void throw_other_ending(const std::filesystem::path& path, std::string_view writer,
                                     std::string_view written) {
  throw Error(ErrorKind::usage, concat(path.string(), ": ", writer, " writes ", written,
                                       " only, not ", promised_container(path)));
}

}  // namespace

void refuse_other_ending(const std::filesystem::path& path) {
  const Format* const format = find_promised_format(path);
  if (format != nullptr ? format->save != nullptr : promised_container(path).empty()) return;
  std::vector<std::string> written;
  for (const Format& row : formats())
    if (row.save != nullptr) written.push_back(output_text(row));
  throw_other_ending(path, "ckpt", join(written, " and "));
}

void refuse_other_ending(const std::filesystem::path& path, std::string_view writer,
                         const Format& only) {
  if (find_promised_format(path) == &only || promised_container(path).empty()) return;
  throw_other_ending(path, writer, output_text(only));
}

const Format& format_of_output(const std::filesystem::path& path) {
  const Format* const promised = find_promised_format(path);
  return promised != nullptr ? *promised : formats().front();
}

}  // namespace ckpt::formats
