// The tests that sniffing is made of. Each looks at the start of a file and returns what the file
// is, or nothing; sniff.cpp has their order.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/base/bytes.hpp"
#include "ckpt/base/file.hpp"
#include "ckpt/formats/sniff.hpp"

namespace ckpt::formats {

inline constexpr std::uint64_t sniffed_bytes = 4096;

/// What every test may look at without reading it again.
struct FileStart {
  std::shared_ptr<const File> file;
  Bytes bytes;  ///< the first `sniffed_bytes` of the file, or all of it

  std::string_view text() const { return as_text(bytes); }
  bool is_whole() const { return bytes.size() == file->size_bytes(); }
};

/// A file with a fixed signature: one row each of a table.
std::optional<Sniffed> find_signature(const FileStart& start);
std::optional<Sniffed> find_safetensors(const FileStart& start);
std::optional<Sniffed> find_onnx(const FileStart& start);
/// Any zip: which flavour, or how it is broken.
std::optional<Sniffed> find_zip(const FileStart& start);
std::optional<Sniffed> find_tar(const FileStart& start);
/// The stream of torch.save before 1.6, in whichever pickle protocol.
std::optional<Sniffed> find_torch_legacy(const FileStart& start);
/// A pickle that names its protocol, 2 to 5.
std::optional<Sniffed> find_bare_pickle(const FileStart& start);
/// A pickle of protocol 0 or 1, known by its opcodes alone.
std::optional<Sniffed> find_old_pickle(const FileStart& start);
/// gzip, by what is in it: a tar, a zip, a pickle, or something else.
std::optional<Sniffed> find_gzip(const FileStart& start);
/// Compressed data without much of a signature: zlib must unfold, a stream of bzip2 be empty.
std::optional<Sniffed> find_packed(const FileStart& start);
/// Git LFS pointers, HTML, XML, JSON.
std::optional<Sniffed> find_text(const FileStart& start);

/// Whether a tar would start like this: a header, behind any blocks of zeros.
bool starts_as_tar(ByteView start);

struct TarMember {
  std::string name = {};
  std::uint64_t payload_offset = 0;
  std::uint64_t size_bytes = 0;  ///< cut to what is there
  bool is_sparse = false;        ///< has holes where its bytes do not follow each other
};
/// The first members, none for what is no tar.
std::vector<TarMember> read_tar_members(const File& file, std::size_t most_members);

struct TarSearch {
  std::uint64_t most_bytes = 0;  ///< from the start, where every block is looked at
  std::size_t most_members = 0;
};
/// Of a tar: every block of its start that could be a header, and those that any size leads to
/// behind it, in order; each with the most bytes that anything says, or that lie before the next.
/// Sizes are said in several ways (a record of pax may replace the header's, a folder has none),
/// and programs believe different ones. One more than `most_members` tells that there are more.
std::vector<TarMember> find_tar_members(const File& file, const TarSearch& search);

/// What a pickle outside of a zip is; `protocol` as in "protocol 4".
Sniffed describe_bare_pickle(std::string_view protocol);

/// The last `most_bytes` of the file, or all of it.
Bytes read_last_bytes(const File& file, std::uint64_t most_bytes);

/// In ASCII, without control characters.
constexpr bool is_printable(char c) { return c >= ' ' && c <= '~'; }

/// "492,018,231"
std::string grouped(std::uint64_t number);

}  // namespace ckpt::formats
