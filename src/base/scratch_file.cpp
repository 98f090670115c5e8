#include "ckpt/base/scratch_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace ckpt {

ScratchFile::ScratchFile(std::uint64_t size_bytes)
    : File(std::filesystem::temp_directory_path(), size_bytes) {
  std::string name = (path() / "ckpt-XXXXXX").string();
  scratch_descriptor_ = ::mkstemp(name.data());
  if (scratch_descriptor_ < 0) throw_system_error(path(), errno);
  ::unlink(name.c_str());
}

ScratchFile::~ScratchFile() { ::close(scratch_descriptor_); }

void ScratchFile::append(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(scratch_descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_system_error(path(), errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void ScratchFile::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  while (!out.empty()) {
    const ssize_t count =
        ::pread(scratch_descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw_system_error(path(), count < 0 ? errno : EIO);
    out = out.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

}  // namespace ckpt
