#include <algorithm>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "formats/check/parts.hpp"
#include "formats/npy/header.hpp"
#include "formats/npy/npy.hpp"

namespace ckpt::formats {

namespace {

class NpyOrigin : public Origin {
 public:
  explicit NpyOrigin(NpyHeader header) : header_(std::move(header)) {}

  const Format& format() const override { return format_named("npy"); }
  std::string summary() const override {
    return concat("version ", header_.version, ".0, ", quote(header_.descr), ", ", order_text());
  }
  std::vector<Fact> facts() const override {
    return {{"generation", concat("version ", header_.version, ".0"), "generation"},
            {"type", header_.descr, "descr"},
            {"order", std::string(order_text()), "order"}};
  }

 private:
  std::string_view order_text() const {
    return header_.is_column_major ? "column-major" : "row-major";
  }

  NpyHeader header_;
};

struct Contents {
  NpyHeader header;
  NpyType type = {};
  std::uint64_t data_bytes = 0;  ///< that the shape asks for
};

Contents read_contents(const File& file) {
  Contents contents{.header = read_npy_header(file)};
  contents.type = parse_npy_descr(contents.header.descr);
  model::Tensor tensor{.dtype = contents.type.dtype, .layout = {.shape = contents.header.shape}};
  contents.data_bytes = within("shape", [&] { return model::dense_bytes(tensor); });
  return contents;
}

std::uint64_t bytes_there(const File& file, const Contents& contents) {
  return file.size_bytes() - contents.header.data_offset;
}

/// "96 of 128 bytes of elements are missing", or "" when they are all there.
std::string describe_missing(const File& file, const Contents& contents) {
  const std::uint64_t there = bytes_there(file, contents);
  if (there >= contents.data_bytes) return "";
  return concat(contents.data_bytes - there, " of ", counted(contents.data_bytes, "byte"),
                " of elements are missing");
}

model::Layout layout_of(const NpyHeader& header) {
  std::vector<std::int64_t> shape = header.shape;
  if (header.is_column_major) std::ranges::reverse(shape);
  std::vector<std::int64_t> strides = model::contiguous_strides(shape);
  if (header.is_column_major) std::ranges::reverse(strides);
  return {.shape = header.shape, .stride_elements = std::move(strides)};
}

Document make_document(const std::shared_ptr<const File>& file, Contents contents) {
  Document document{.files = {file}, .origin = nullptr, .tree = {}};
  model::Tree& tree = document.tree;
  const model::StorageId storage = tree.add_storage(
      {.blob = model::make_range_blob({file, contents.header.data_offset, contents.data_bytes}),
       .dtype = contents.type.dtype,
       .byte_order = contents.type.byte_order});
  const model::Entry entry{tree.add_text(npy_tensor_name),
                           tree.add_tensor({.dtype = contents.type.dtype,
                                            .layout = layout_of(contents.header),
                                            .storage = storage})};
  tree.set_root(tree.add_dict({&entry, 1}));
  document.origin = std::make_shared<NpyOrigin>(std::move(contents.header));
  return document;
}

}  // namespace

Document open_npy(const Source& source) {
  Contents contents = read_contents(*source.file);
  if (std::string missing = describe_missing(*source.file, contents); !missing.empty())
    throw Error(ErrorKind::malformed, std::move(missing));
  return make_document(source.file, std::move(contents));
}

void check_npy(const CheckJob& job) {
  Checked& checked = job.checked;
  try {
    Contents contents = read_contents(*job.file);
    checked.verdict = Verdict::ok;
    checked.looked_at = LookedAt::structure;
    checked.has_checksums = false;
    if (std::string missing = describe_missing(*job.file, contents); !missing.empty())
      return add_problem(checked, Verdict::truncated, {.what = std::move(missing)});
    if (const std::uint64_t rest = bytes_there(*job.file, contents) - contents.data_bytes; rest > 0)
      checked.remarks.push_back(concat(counted(rest, "byte"), " follow its elements"));
    checked.document = make_document(job.file, std::move(contents));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) throw;
    if (error.kind() == ErrorKind::unsupported)
      checked.problems.push_back({.what = error.message()});
    else
      add_problem(checked, Verdict::damaged, {.what = error.message()});
  }
}

}  // namespace ckpt::formats
