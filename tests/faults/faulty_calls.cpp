#include "faults/faulty_calls.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdlib>

namespace ckpt::faults {

namespace {

Control* armed = nullptr;  // of this process; a wrapper has no other way to learn it

/// Counts the call; what it is to suffer, or nothing.
const Fault* strike(Call call) {
  if (armed == nullptr) return nullptr;
  const std::uint64_t number = ++armed->seen[static_cast<std::size_t>(call)];
  if (call != armed->call || armed->number == 0) return nullptr;
  const bool is_struck =
      armed->lasts == Lasts::yes ? number >= armed->number : number == armed->number;
  if (!is_struck) return nullptr;
  if (armed->fault.effect == Effect::kill) ::raise(SIGKILL);
  if (armed->fault.effect == Effect::interrupt) {
    ::kill(::getpid(), SIGINT);
    return nullptr;
  }
  return &armed->fault;
}

bool fails(Call call) {
  const Fault* const fault = strike(call);
  if (fault == nullptr) return false;
  errno = fault->error_number;
  return true;
}

/// Of a call that moves `count` bytes, which may become fewer.
bool fails(Call call, std::size_t& count) {
  const Fault* const fault = strike(call);
  if (fault == nullptr) return false;
  if (fault->effect == Effect::less) count = (count + 1) / 2;
  if (fault->effect == Effect::end) count = 0;
  errno = fault->error_number;
  return fault->effect == Effect::error;
}

bool lacks_nameless_files(int flags) {
  return armed != nullptr && armed->nameless == NamelessFiles::no &&
         (flags & O_TMPFILE) == O_TMPFILE;
}

}  // namespace

void arm(Control& control) { armed = &control; }

}  // namespace ckpt::faults

using ckpt::faults::Call;
using ckpt::faults::fails;

// The linker gives the names: __wrap_X is called in the place of X, __real_X is X.
extern "C" {

int __real_open64(const char*, int, ...);
int __real_stat64(const char*, struct stat*);
int __real_lstat(const char*, struct stat*);
int __real_fstat64(int, struct stat*);
int __real_access(const char*, int);
int __real_flock(int, int);
off_t __real_lseek64(int, off_t, int);
ssize_t __real_pread64(int, void*, std::size_t, off_t);
ssize_t __real_write(int, const void*, std::size_t);
int __real_fstatfs64(int, struct statfs*);
ssize_t __real_copy_file_range(int, off_t*, int, off_t*, std::size_t, unsigned);
int __real_fallocate64(int, int, off_t, off_t);
int __real_ftruncate64(int, off_t);
int __real_fsync(int);
int __real_link(const char*, const char*);
int __real_linkat(int, const char*, int, const char*, int);
int __real_rename(const char*, const char*);
int __real_renameat2(int, const char*, int, const char*, unsigned);
int __real_unlink(const char*);
int __real_close(int);
int __real_mkstemp64(char*);
int __real_pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
void* __real_malloc(std::size_t);

int __wrap_open64(const char* path, int flags, ...) {
  if (fails(Call::open)) return -1;
  if (ckpt::faults::lacks_nameless_files(flags)) {
    errno = EOPNOTSUPP;
    return -1;
  }
  if ((flags & (O_CREAT | __O_TMPFILE)) == 0) return __real_open64(path, flags);
  std::va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return __real_open64(path, flags, mode);
}

int __wrap_stat64(const char* path, struct stat* status) {
  return fails(Call::status) ? -1 : __real_stat64(path, status);
}

int __wrap_lstat(const char* path, struct stat* status) {
  return fails(Call::status) ? -1 : __real_lstat(path, status);
}

int __wrap_fstat64(int descriptor, struct stat* status) {
  return fails(Call::status) ? -1 : __real_fstat64(descriptor, status);
}

int __wrap_access(const char* path, int mode) {
  return fails(Call::status) ? -1 : __real_access(path, mode);
}

int __wrap_flock(int descriptor, int operation) {
  return fails(Call::lock) ? -1 : __real_flock(descriptor, operation);
}

off_t __wrap_lseek64(int descriptor, off_t offset, int whence) {
  return fails(Call::seek) ? -1 : __real_lseek64(descriptor, offset, whence);
}

ssize_t __wrap_pread64(int descriptor, void* bytes, std::size_t count, off_t offset) {
  return fails(Call::read, count) ? -1 : __real_pread64(descriptor, bytes, count, offset);
}

ssize_t __wrap_write(int descriptor, const void* bytes, std::size_t count) {
  const Call call = descriptor <= STDERR_FILENO ? Call::print : Call::write;
  return fails(call, count) ? -1 : __real_write(descriptor, bytes, count);
}

/// Never ext4 or tmpfs, where the kernel is not asked to copy.
int __wrap_fstatfs64(int descriptor, struct statfs* status) {
  if (fails(Call::status)) return -1;
  const int result = __real_fstatfs64(descriptor, status);
  status->f_type = 0;
  return result;
}

ssize_t __wrap_copy_file_range(int from, off_t* from_offset, int to, off_t* to_offset,
                               std::size_t count, unsigned flags) {
  if (fails(Call::copy_range, count)) return -1;
  return __real_copy_file_range(from, from_offset, to, to_offset, count, flags);
}

int __wrap_fallocate64(int descriptor, int mode, off_t offset, off_t size_bytes) {
  return fails(Call::reserve) ? -1 : __real_fallocate64(descriptor, mode, offset, size_bytes);
}

int __wrap_ftruncate64(int descriptor, off_t size_bytes) {
  return fails(Call::truncate) ? -1 : __real_ftruncate64(descriptor, size_bytes);
}

int __wrap_fsync(int descriptor) {
  struct stat status {};
  const bool is_folder = __real_fstat64(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
  return fails(is_folder ? Call::flush_folder : Call::flush) ? -1 : __real_fsync(descriptor);
}

int __wrap_link(const char* from, const char* to) {
  return fails(Call::link) ? -1 : __real_link(from, to);
}

int __wrap_linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  return fails(Call::link) ? -1 : __real_linkat(from_folder, from, to_folder, to, flags);
}

int __wrap_rename(const char* from, const char* to) {
  return fails(Call::rename) ? -1 : __real_rename(from, to);
}

int __wrap_renameat2(int from_folder, const char* from, int to_folder, const char* to,
                     unsigned flags) {
  return fails(Call::rename_new) ? -1 : __real_renameat2(from_folder, from, to_folder, to, flags);
}

int __wrap_unlink(const char* path) { return fails(Call::unlink) ? -1 : __real_unlink(path); }

int __wrap_close(int descriptor) {
  // The descriptor is gone whatever close answers.
  const bool is_failed = fails(Call::close);
  const int error_number = errno;
  const int result = __real_close(descriptor);
  if (!is_failed) return result;
  errno = error_number;
  return -1;
}

int __wrap_mkstemp64(char* pattern) {
  return fails(Call::temporary) ? -1 : __real_mkstemp64(pattern);
}

int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                          void* (*function)(void*), void* argument) {
  return fails(Call::thread) ? errno
                             : __real_pthread_create(thread, attributes, function, argument);
}

void* __wrap_malloc(std::size_t size_bytes) {
  return fails(Call::memory) ? nullptr : __real_malloc(size_bytes);
}

}  // extern "C"
