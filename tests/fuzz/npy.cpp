// Any view of a storage as a .npy file: the header is numpy's, the elements are those of the view.
//
// The input: dtype, rank, flags, offset, for each dimension size and stride; the rest is the
// storage.
#include "ckpt/tensor/npy.hpp"

#include <algorithm>

#include "ckpt/tensor/element_stream.hpp"
#include "files.hpp"

namespace ckpt::fuzz {

namespace {

constexpr std::int64_t most_elements = 1 << 16;

struct Sample {
  model::Tree tree;
  model::Tensor tensor;
  Bytes storage;
};

Sample sample_of(ByteReader reader) {
  Sample sample;
  const auto dtypes = model::dtypes();
  sample.tensor.dtype = dtypes[reader.read_u8("dtype") % dtypes.size()].dtype;
  const std::size_t rank = reader.read_u8("rank") % 5;
  const std::uint8_t flags = reader.read_u8("flags");
  sample.tensor.is_conjugated = (flags & 1) != 0;
  sample.tensor.is_negated = (flags & 2) != 0;
  const auto signed_byte = [&] { return static_cast<std::int8_t>(reader.read_u8("number")); };
  sample.tensor.layout.offset_elements = signed_byte();
  for (std::size_t i = 0; i < rank; ++i) {
    sample.tensor.layout.shape.push_back(signed_byte());
    sample.tensor.layout.stride_elements.push_back(signed_byte());
  }
  const ByteView rest = reader.take(reader.remaining(), "storage");
  sample.storage = Bytes(rest.begin(), rest.end());
  sample.tensor.storage = sample.tree.add_storage(
      {.blob = model::make_memory_blob(sample.storage),
       .dtype = sample.tensor.dtype,
       .byte_order = (flags & 4) != 0 ? model::ByteOrder::big : model::ByteOrder::little});
  return sample;
}

/// The elements one by one, as the definition of strides says.
Bytes gathered(const Sample& sample) {
  const model::Layout& layout = sample.tensor.layout;
  const std::size_t width = model::row_of(sample.tensor.dtype).size_bytes;
  Bytes out;
  for (std::int64_t i = 0; i < model::element_count(layout.shape); ++i) {
    std::int64_t place = layout.offset_elements;
    std::int64_t rest = i;
    for (std::size_t dimension = layout.shape.size(); dimension-- > 0;) {
      place += rest % layout.shape[dimension] * layout.stride_elements[dimension];
      rest /= layout.shape[dimension];
    }
    append_bytes(out,
                 ByteView(sample.storage).subspan(static_cast<std::size_t>(place) * width, width));
  }
  return out;
}

/// Whether numpy has the type, and nothing but moving is to be done.
bool is_plain(const Sample& sample, std::string_view header) {
  const model::Tensor& tensor = sample.tensor;
  const model::Storage& storage = sample.tree.storage_of(tensor.storage);
  const std::size_t width = model::row_of(tensor.dtype).size_bytes;
  const std::size_t kind = header.find("'descr': '") + 10;
  return !tensor.is_conjugated && !tensor.is_negated &&
         storage.byte_order == model::ByteOrder::little &&
         header.substr(kind + 2, header.find('\'', kind) - kind - 2) == std::to_string(width);
}

void check_written(const Sample& sample, const std::string& file) {
  require(file.starts_with("\x93NUMPY\x01"), "the magic of numpy");
  const auto length = from_little_endian<std::uint16_t>(as_bytes(file).data() + 8);
  const std::size_t start = 10 + std::size_t{length};
  require(start % 64 == 0 && start <= file.size(), "a header is padded to 64 bytes");
  if (!is_plain(sample, std::string_view(file).substr(0, start))) return;
  require(std::ranges::equal(as_bytes(file).subspan(start), gathered(sample)),
          "the elements are those of the view");
}

}  // namespace

}  // namespace ckpt::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ckpt;
  const std::filesystem::path path = fuzz::output_folder() / "out.npy";
  fuzz::attempt([&] {
    const fuzz::Sample sample = fuzz::sample_of(ByteReader(fuzz::view_of(data, size)));
    if (model::element_count(sample.tensor.layout.shape) > fuzz::most_elements) return;
    AtomicFile out(path, Overwrite::yes);
    tensor::write_npy(out, sample.tree.storage_of(sample.tensor), sample.tensor);
    out.commit();
    fuzz::check_written(sample, test::read_file(path));
  });
  return 0;
}
