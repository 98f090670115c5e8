// The tests of sniffing. Each looks at the start of a file and returns what the file is, or
// nothing; sniff.cpp calls them in order.
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

/// What every test may look at without reading again.
struct FileStart {
  std::shared_ptr<const File> file;
  Bytes bytes;  ///< the first `sniffed_bytes` bytes, or the whole file

  std::string_view text() const { return as_text(bytes); }
  bool is_whole() const { return bytes.size() == file->size_bytes(); }
};

/// Files with a fixed signature, from a table.
std::optional<Sniffed> find_signature(const FileStart& start);
std::optional<Sniffed> find_safetensors(const FileStart& start);
std::optional<Sniffed> find_onnx(const FileStart& start);
/// Any zip: its kind, or what is wrong with it.
std::optional<Sniffed> find_zip(const FileStart& start);
std::optional<Sniffed> find_tar(const FileStart& start);
/// The stream of torch.save before 1.6, in any pickle protocol.
std::optional<Sniffed> find_torch_legacy(const FileStart& start);
/// A pickle that names its protocol, 2 to 5.
std::optional<Sniffed> find_bare_pickle(const FileStart& start);
/// A pickle of protocol 0 or 1, which is known only by its opcodes.
std::optional<Sniffed> find_old_pickle(const FileStart& start);
/// gzip, by its content: a tar, a zip, a pickle, or something else.
std::optional<Sniffed> find_gzip(const FileStart& start);
/// Compressed data with a weak signature: zlib must inflate; an empty bzip2 stream.
std::optional<Sniffed> find_packed(const FileStart& start);
/// Git LFS pointers, HTML, XML, JSON.
std::optional<Sniffed> find_text(const FileStart& start);

/// Whether a tar may start like this: a header, possibly after blocks of zeros.
bool starts_as_tar(ByteView start);

/// A member of a tar, as some program would extract it.
struct TarMember {
  std::string name = {};
  std::uint64_t payload_offset = 0;
  std::uint64_t size_bytes = 0;  ///< limited to the bytes that exist
  bool is_sparse = false;        ///< has holes: its bytes are not contiguous
};
/// The first members; empty when the file is not a tar.
std::vector<TarMember> read_tar_members(const File& file, std::size_t most_members);

struct TarSearch {
  std::uint64_t most_bytes = 0;  ///< from the start: every block there is examined
  std::size_t most_members = 0;
};
/// All possible members of a tar, in order: every block at its start that could be a header, and
/// every block that some size leads to. Each member has the largest size that anything claims,
/// limited by the next member. Sizes are stated in several ways (a pax record may replace the
/// header's size, a folder has none), and programs believe different ones. One more than
/// `most_members` means that there are more.
std::vector<TarMember> find_tar_members(const File& file, const TarSearch& search);

/// The description of a pickle outside of a zip; `protocol` as in "protocol 4".
Sniffed describe_bare_pickle(std::string_view protocol);

/// The last `most_bytes` bytes of the file, or all of it.
Bytes read_last_bytes(const File& file, std::uint64_t most_bytes);

/// Whether `c` is printable ASCII.
constexpr bool is_printable(char c) { return c >= ' ' && c <= '~'; }

/// "492,018,231"
std::string grouped(std::uint64_t number);

}  // namespace ckpt::formats
