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
/// zlib data, which has no signature: it must unfold.
std::optional<Sniffed> find_zlib(const FileStart& start);
/// Git LFS pointers, HTML, XML, JSON.
std::optional<Sniffed> find_text(const FileStart& start);

struct TarMember {
  std::string name;
  std::uint64_t payload_offset = 0;
  std::uint64_t size_bytes = 0;  ///< cut to what is there
};
/// The first members, none for what is no tar.
std::vector<TarMember> read_tar_members(const File& file, std::size_t most_members);

/// Of a tar: every block of the first `most_bytes` that could be a header, with what it says or
/// what lies before the next, whichever is more. Sizes are said in several ways (a record of pax
/// may replace the header's, a folder has none), and programs believe different ones.
std::vector<TarMember> find_tar_headers(const File& file, std::uint64_t most_bytes);

/// What a pickle outside of a zip is; `protocol` as in "protocol 4".
Sniffed describe_bare_pickle(std::string_view protocol);

/// The last `most_bytes` of the file, or all of it.
Bytes read_last_bytes(const File& file, std::uint64_t most_bytes);

/// In ASCII, without control characters.
constexpr bool is_printable(char c) { return c >= ' ' && c <= '~'; }

/// "492,018,231"
std::string grouped(std::uint64_t number);

}  // namespace ckpt::formats
