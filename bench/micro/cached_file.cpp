#include "cached_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace bench {

namespace {

[[noreturn]] void throw_system_error(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

CachedFile::CachedFile(ckpt::ByteView bytes) : file_(std::tmpfile()) {
  if (!file_) throw_system_error("temporary file");
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size() ||
      std::fflush(file_.get()) != 0)
    throw_system_error("write to a temporary file");
}

void CachedFile::read_at(std::size_t offset, std::span<std::byte> out) const {
  const ssize_t count =
      ::pread(::fileno(file_.get()), out.data(), out.size(), static_cast<off_t>(offset));
  if (count != static_cast<ssize_t>(out.size())) throw_system_error("pread");
}

}  // namespace bench
