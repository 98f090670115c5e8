#include "ckpt/tensor/element_stream.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "ckpt/base/error.hpp"
#include "tensor/sample_tensors.hpp"

using namespace ckpt;
using namespace samples;
using Ints = std::vector<std::int32_t>;
using Floats = std::vector<float>;

namespace {

Ints viewed(std::int32_t storage_count, model::Layout layout) {
  return elements_of<std::int32_t>(
      sample_of(counting(storage_count), DType::int32, std::move(layout)));
}

/// The definition: element (i, j, ...) is at offset + i * stride_0 + j * stride_1 + ...
Ints by_definition(const model::Layout& layout) {
  Ints all;
  std::vector<std::int64_t> index(layout.shape.size());
  for (std::int64_t left = model::element_count(layout.shape); left > 0; --left) {
    std::int64_t at = layout.offset_elements;
    for (std::size_t i = 0; i < index.size(); ++i) at += index[i] * layout.stride_elements[i];
    all.push_back(static_cast<std::int32_t>(at));
    for (std::size_t i = index.size(); i-- > 0;) {
      if (++index[i] < layout.shape[i]) break;
      index[i] = 0;
    }
  }
  return all;
}

/// Small numbers that look random, the same on every machine.
class Numbers {
 public:
  std::int64_t below(std::int64_t limit) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::int64_t>((state_ >> 33) % static_cast<std::uint64_t>(limit));
  }

 private:
  std::uint64_t state_ = 1;
};

model::Layout random_layout(Numbers& numbers) {
  model::Layout layout;
  layout.offset_elements = numbers.below(5);
  const std::int64_t rank = numbers.below(5);
  for (std::int64_t i = 0; i < rank; ++i) {
    layout.shape.push_back(1 + numbers.below(7));
    layout.stride_elements.push_back(numbers.below(4) == 0 ? numbers.below(2000)
                                                           : numbers.below(40));
  }
  return layout;
}

std::string refusal(const Sample& sample) {
  try {
    read_all(sample);
  } catch (const Error& error) {
    return error.message();
  }
  return "read";
}

}  // namespace

TEST_CASE("a contiguous tensor is read from its offset") {
  CHECK(viewed(10, {{2, 3}, {3, 1}, 4}) == Ints{4, 5, 6, 7, 8, 9});
  CHECK(viewed(10, {{}, {}, 7}) == Ints{7});
  CHECK(viewed(10, {{0, 5}, {5, 1}, 0}).empty());
}

// x = torch.arange(24, dtype=torch.int32); each view(...).flatten().tolist()
TEST_CASE("views are read in logical order as torch flattens them") {
  // x[:6].view(2, 3).t()
  CHECK(viewed(6, {{3, 2}, {1, 3}, 0}) == Ints{0, 3, 1, 4, 2, 5});
  // x.view(1, 2, 3, 4).permute(0, 3, 1, 2): channels_last
  CHECK(viewed(24, {{1, 4, 2, 3}, {24, 1, 12, 4}, 0}) ==
        Ints{0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23});
  // x[1:3].unsqueeze(1).expand(2, 3)
  CHECK(viewed(24, {{2, 3}, {1, 0}, 1}) == Ints{1, 1, 1, 2, 2, 2});
  // x.unfold(0, 3, 1)[:3]: overlapping
  CHECK(viewed(24, {{3, 3}, {1, 1}, 0}) == Ints{0, 1, 2, 1, 2, 3, 2, 3, 4});
  // x.view(4, 6)[1::2, ::4]
  CHECK(viewed(24, {{2, 2}, {12, 4}, 6}) == Ints{6, 10, 18, 22});
}

TEST_CASE("any view reads as defined from memory, from a file and from a stream") {
  const TemporaryFolder folder;
  constexpr std::int32_t storage_count = 30'000;
  const auto memory = model::make_memory_blob(counting(storage_count));
  const auto file = std::make_shared<FileBlob>(folder.path() / "storage", counting(storage_count));
  Numbers numbers;
  for (int i = 0; i < 300; ++i) {
    const model::Layout layout = random_layout(numbers);
    if (model::reach_elements(layout) > storage_count) continue;
    const Ints expected = by_definition(layout);
    const std::size_t buffer_bytes = static_cast<std::size_t>(4 + numbers.below(400));
    const std::size_t block_bytes = static_cast<std::size_t>(4 + numbers.below(50));
    CAPTURE(shape_text(layout.shape));
    CAPTURE(shape_text(layout.stride_elements));
    for (const auto& blob : {memory, std::shared_ptr<const model::Blob>(file)}) {
      const Sample sample = sample_of(blob, DType::int32, layout);
      CHECK(numbers_of<std::int32_t>(read_all(sample)) == expected);
      CHECK(numbers_of<std::int32_t>(
                read_all(sample, block_bytes, {.buffer_bytes = buffer_bytes})) == expected);
    }
  }
}

TEST_CASE("ranges of a tensor joined are the whole tensor") {
  const model::Layout layout{{5, 4, 3, 2}, {1, 40, 0, 7}, 3};
  const Sample sample = sample_of(counting(200), DType::int32, layout);
  const Ints expected = by_definition(layout);
  for (std::uint64_t cut = 0; cut <= 120; ++cut) {
    Bytes joined = read_all(sample, 64, {.range = {.first = 0, .count = cut}});
    append_bytes(joined, read_all(sample, 64, {.range = {.first = cut}, .buffer_bytes = 32}));
    CHECK(numbers_of<std::int32_t>(joined) == expected);
  }
}

TEST_CASE("a matrix larger than every buffer is transposed from a file") {
  const TemporaryFolder folder;
  constexpr std::int32_t rows = 1200;
  constexpr std::int32_t columns = 900;
  const Sample sample =
      sample_of(std::make_shared<FileBlob>(folder.path() / "matrix", counting(rows * columns)),
                DType::int32, {{columns, rows}, {1, columns}, 0});
  const auto all = numbers_of<std::int32_t>(read_all(sample, 1 << 16, {.buffer_bytes = 1 << 18}));
  std::size_t wrong = 0;
  for (std::int32_t i = 0; i < rows * columns; ++i)
    wrong += all[static_cast<std::size_t>(i)] == i % rows * columns + i / rows ? 0U : 1U;
  CHECK(all.size() == rows * columns);
  CHECK(wrong == 0);
}

TEST_CASE("a long run with a stride is read in pieces") {
  const Sample sample = sample_of(counting(700'000), DType::int32, {{2, 100'000}, {3, 7}, 0});
  const auto all = elements_of<std::int32_t>(sample);
  CHECK(all.size() == 200'000);
  CHECK(all[99'999] == 699'993);
  CHECK(all[100'000] == 3);
  CHECK(all[199'999] == 699'996);
}

TEST_CASE("big-endian elements arrive in the order of this machine") {
  const auto big = [](DType dtype, std::string_view bytes) {
    const ByteView view = as_bytes(bytes);
    Sample sample = sample_of(Bytes(view.begin(), view.end()), dtype, {{2}, {1}, 0});
    sample.tree.mutable_storage(sample.tensor.storage).byte_order = model::ByteOrder::big;
    return read_all(sample);
  };
  CHECK(numbers_of<std::int16_t>(big(DType::int16, {"\x01\x02\xff\xfe", 4})) ==
        std::vector<std::int16_t>{258, -2});
  CHECK(numbers_of<float>(big(DType::float32, {"\x3f\x80\0\0\xc0\0\0\0", 8})) == Floats{1, -2});
  // The parts of a complex number are swapped each for itself.
  CHECK(numbers_of<float>(big(DType::complex64, {"\x3f\x80\0\0\xc0\0\0\0\x40\0\0\0\0\0\0\0",
                                                 16})) == Floats{1, -2, 2, 0});
  CHECK(as_text(big(DType::uint8, "ab")) == "ab");
}

// torch.view_as_complex(torch.tensor([1., 2, 3, -4])...).conj(); .conj().imag has the neg bit
TEST_CASE("conjugated and negated views arrive with their values") {
  Sample conjugated = flat(DType::complex64, Floats{1, 2, 3, -4});
  conjugated.tensor.is_conjugated = true;
  CHECK(elements_of<float>(conjugated) == Floats{1, -2, 3, 4});
  conjugated.tensor.is_negated = true;
  CHECK(elements_of<float>(conjugated) == Floats{-1, 2, -3, -4});

  Sample negated = sample_of(bytes_of(Floats{1, 2, 3, -4}), DType::float32, {{2}, {2}, 1});
  negated.tensor.is_negated = true;
  CHECK(elements_of<float>(negated) == Floats{-2, 4});

  Sample zero = flat(DType::float32, Floats{0});
  zero.tensor.is_negated = true;
  CHECK(std::signbit(elements_of<float>(zero)[0]));

  Sample fnuz = flat(DType::float8_e4m3fnuz, std::vector<std::uint8_t>{0, 0x80, 0x41, 0xc1});
  fnuz.tensor.is_negated = true;
  CHECK(elements_of<std::uint8_t>(fnuz) == std::vector<std::uint8_t>{0, 0x80, 0xc1, 0x41});
}

TEST_CASE("what cannot be read is refused before a byte is read") {
  const Bytes ten = counting(10);
  CHECK(refusal(sample_of(ten, DType::int32, {{2, 5}, {5, 1}, 1})) ==
        "a tensor reaches byte 44 of a storage of 40 bytes");
  Sample meta = sample_of(ten, DType::int32, {{2}, {1}, 0});
  meta.tensor.form = model::TensorForm::meta;
  CHECK(refusal(meta) == "the elements of a meta tensor: only strided tensors are read");
  Sample negated = flat(DType::boolean, std::vector<std::uint8_t>{1});
  negated.tensor.is_negated = true;
  CHECK(refusal(negated) == "a negated view of bool");
  CHECK(refusal(sample_of(ten, DType::quint4x2, {{2, 5}, {1, 2}, 0})) ==
        "a view of quint4x2 that is not contiguous from its storage's start");
}

TEST_CASE("a packed tensor is read as its bytes, each row padded") {
  // torch.quantize_per_channel(..., torch.quint4x2) of shape (2, 5): 6 bytes
  const Sample packed = sample_of(Bytes(6, std::byte{0x21}), DType::quint4x2, {{2, 5}, {5, 1}, 0});
  CHECK(read_all(packed) == Bytes(6, std::byte{0x21}));
}

TEST_CASE("a contiguous tensor as a blob is still a range of its file") {
  const TemporaryFolder folder;
  const auto file = std::make_shared<FileBlob>(folder.path() / "storage", counting(12));
  const Sample dense = sample_of(file, DType::int32, {{2, 3}, {3, 1}, 4});
  const auto blob = tensor::make_dense_blob(dense.tree.storage_of(dense.tensor), dense.tensor);
  CHECK(blob->size_bytes() == 24);
  CHECK(blob->range()->offset == 3 + 16);

  const Sample turned = sample_of(file, DType::int32, {{3, 2}, {1, 3}, 4});
  const auto gathered =
      tensor::make_dense_blob(turned.tree.storage_of(turned.tensor), turned.tensor);
  CHECK(gathered->size_bytes() == 24);
  CHECK(!gathered->range());
  Bytes tail(16);
  model::read_exactly(*gathered, 8, tail);
  CHECK(numbers_of<std::int32_t>(tail) == Ints{5, 8, 6, 9});
}

// A transposed float64 in the other byte order: elements are swapped whole, and blocks end
// anywhere.
TEST_CASE("a dense blob begins at any byte and fills a block of any size") {
  Sample sample = sample_of(bytes_of(std::vector<double>{1, 2, 3, 4, 5, 6}), DType::float64,
                            {{3, 2}, {1, 3}, 0});
  sample.tree.mutable_storage(sample.tensor.storage).byte_order = model::ByteOrder::big;
  const Bytes whole = read_all(sample);
  const auto blob = tensor::make_dense_blob(sample.tree.storage_of(sample.tensor), sample.tensor);
  for (std::size_t offset = 0; offset <= whole.size(); ++offset)
    for (std::size_t block_bytes = 1; block_bytes < 20; ++block_bytes) {
      const auto stream = blob->open(offset);
      Bytes rest;
      Bytes block(block_bytes);
      while (const std::size_t count = stream->read(block)) {
        CHECK(count == std::min(block_bytes, whole.size() - offset - rest.size()));
        append_bytes(rest, ByteView(block).first(count));
      }
      CHECK(rest == Bytes(whole.begin() + static_cast<std::ptrdiff_t>(offset), whole.end()));
      CHECK(stream->read({}) == 0);
    }
}
