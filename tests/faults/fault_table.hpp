// Which faults each call suffers, and what the program must make of them.
#pragma once

#include <array>
#include <cerrno>
#include <string_view>

#include "faults/faulty_calls.hpp"

namespace ckpt::faults {

enum class Expected : std::uint8_t {
  failure,  ///< exit code 2, the file and the cause named
  success,  ///< the same result as without the fault
  either,   ///< one of the two: it depends on what the call was for
};

struct FaultRow {
  Call call;
  std::string_view call_name;
  Fault fault;
  Expected expected;
  Lasts lasts = Lasts::no;
};

constexpr Fault error(int error_number) { return {Effect::error, error_number}; }
inline constexpr Fault moves_less{Effect::less, 0};
inline constexpr Fault finds_the_end{Effect::end, 0};
inline constexpr Fault interrupts{Effect::interrupt, 0};
inline constexpr Fault kills{Effect::kill, 0};

/// Failures that only cost speed (no O_TMPFILE, no reserved space, no copy inside the kernel, fewer
/// threads) and those of the cleaning up after a complete output must not show.
inline constexpr std::array fault_rows{
    FaultRow{Call::open, "open", error(EACCES), Expected::either},
    FaultRow{Call::open, "open", error(EMFILE), Expected::either},
    FaultRow{Call::open, "open", error(EIO), Expected::either},
    FaultRow{Call::open, "open", interrupts, Expected::either},
    FaultRow{Call::open, "open", kills, Expected::either},
    FaultRow{Call::status, "stat", error(EIO), Expected::either},
    FaultRow{Call::status, "stat", interrupts, Expected::either},
    FaultRow{Call::status, "stat", kills, Expected::either},
    FaultRow{Call::lock, "flock", error(EWOULDBLOCK), Expected::failure},
    FaultRow{Call::lock, "flock", error(ENOLCK), Expected::failure},
    FaultRow{Call::lock, "flock", interrupts, Expected::either},
    FaultRow{Call::lock, "flock", kills, Expected::either},
    FaultRow{Call::seek, "lseek", error(EIO), Expected::failure},
    FaultRow{Call::seek, "lseek", interrupts, Expected::either},
    FaultRow{Call::seek, "lseek", kills, Expected::either},
    FaultRow{Call::read, "pread", error(EIO), Expected::failure},
    FaultRow{Call::read, "pread", error(EINTR), Expected::success},
    FaultRow{Call::read, "pread", moves_less, Expected::success},
    FaultRow{Call::read, "pread", finds_the_end, Expected::failure},
    FaultRow{Call::read, "pread", interrupts, Expected::either},
    FaultRow{Call::read, "pread", kills, Expected::either},
    FaultRow{Call::write, "write", error(EIO), Expected::failure},
    FaultRow{Call::write, "write", error(ENOSPC), Expected::failure, Lasts::yes},
    FaultRow{Call::write, "write", error(EDQUOT), Expected::failure, Lasts::yes},
    FaultRow{Call::write, "write", error(EINTR), Expected::success},
    FaultRow{Call::write, "write", moves_less, Expected::success},
    FaultRow{Call::write, "write", interrupts, Expected::either},
    FaultRow{Call::write, "write", kills, Expected::either},
    FaultRow{Call::print, "print", error(EIO), Expected::failure},
    FaultRow{Call::print, "print", error(ENOSPC), Expected::failure},
    FaultRow{Call::print, "print", error(EINTR), Expected::success},
    FaultRow{Call::print, "print", error(EAGAIN), Expected::success},
    FaultRow{Call::print, "print", moves_less, Expected::success},
    FaultRow{Call::print, "print", interrupts, Expected::either},
    FaultRow{Call::print, "print", kills, Expected::either},
    FaultRow{Call::copy_range, "copy_file_range", error(EIO), Expected::failure},
    FaultRow{Call::copy_range, "copy_file_range", error(ENOSPC), Expected::failure},
    FaultRow{Call::copy_range, "copy_file_range", error(EDQUOT), Expected::failure},
    FaultRow{Call::copy_range, "copy_file_range", error(EINTR), Expected::success},
    FaultRow{Call::copy_range, "copy_file_range", error(EXDEV), Expected::success},
    FaultRow{Call::copy_range, "copy_file_range", error(EINVAL), Expected::success},
    FaultRow{Call::copy_range, "copy_file_range", error(ENOSYS), Expected::success, Lasts::yes},
    FaultRow{Call::copy_range, "copy_file_range", error(EOPNOTSUPP), Expected::success, Lasts::yes},
    FaultRow{Call::copy_range, "copy_file_range", moves_less, Expected::success},
    FaultRow{Call::copy_range, "copy_file_range", finds_the_end, Expected::success},
    FaultRow{Call::copy_range, "copy_file_range", interrupts, Expected::either},
    FaultRow{Call::copy_range, "copy_file_range", kills, Expected::either},
    FaultRow{Call::reserve, "fallocate", error(ENOSPC), Expected::failure},
    FaultRow{Call::reserve, "fallocate", error(EFBIG), Expected::failure},
    FaultRow{Call::reserve, "fallocate", error(EOPNOTSUPP), Expected::success},
    FaultRow{Call::reserve, "fallocate", error(EINTR), Expected::success},
    FaultRow{Call::reserve, "fallocate", interrupts, Expected::either},
    FaultRow{Call::reserve, "fallocate", kills, Expected::either},
    FaultRow{Call::truncate, "ftruncate", error(EIO), Expected::failure},
    FaultRow{Call::truncate, "ftruncate", interrupts, Expected::either},
    FaultRow{Call::truncate, "ftruncate", kills, Expected::either},
    FaultRow{Call::flush, "fsync", error(EIO), Expected::failure},
    FaultRow{Call::flush, "fsync", error(ENOSPC), Expected::failure},
    FaultRow{Call::flush, "fsync", interrupts, Expected::either},
    FaultRow{Call::flush, "fsync", kills, Expected::either},
    FaultRow{Call::flush_folder, "fsync of a folder", error(EIO), Expected::success},
    FaultRow{Call::flush_folder, "fsync of a folder", interrupts, Expected::either},
    FaultRow{Call::flush_folder, "fsync of a folder", kills, Expected::either},
    FaultRow{Call::link, "linkat", error(EIO), Expected::failure},
    FaultRow{Call::link, "linkat", error(EACCES), Expected::failure},
    FaultRow{Call::link, "linkat", error(EEXIST), Expected::either},
    FaultRow{Call::link, "linkat", interrupts, Expected::either},
    FaultRow{Call::link, "linkat", kills, Expected::either},
    FaultRow{Call::rename, "rename", error(EIO), Expected::failure},
    FaultRow{Call::rename, "rename", error(ENOSPC), Expected::failure},
    FaultRow{Call::rename, "rename", interrupts, Expected::either},
    FaultRow{Call::rename, "rename", kills, Expected::either},
    FaultRow{Call::rename_new, "renameat2", error(EIO), Expected::failure},
    FaultRow{Call::rename_new, "renameat2", error(EINVAL), Expected::success},
    FaultRow{Call::rename_new, "renameat2", interrupts, Expected::either},
    FaultRow{Call::rename_new, "renameat2", kills, Expected::either},
    FaultRow{Call::unlink, "unlink", error(EIO), Expected::either},
    FaultRow{Call::unlink, "unlink", interrupts, Expected::either},
    FaultRow{Call::unlink, "unlink", kills, Expected::either},
    FaultRow{Call::close, "close", error(EIO), Expected::either},
    FaultRow{Call::close, "close", interrupts, Expected::either},
    FaultRow{Call::close, "close", kills, Expected::either},
    FaultRow{Call::temporary, "mkstemp", error(ENOSPC), Expected::failure},
    FaultRow{Call::temporary, "mkstemp", interrupts, Expected::either},
    FaultRow{Call::temporary, "mkstemp", kills, Expected::either},
    FaultRow{Call::thread, "pthread_create", error(EAGAIN), Expected::success},
    FaultRow{Call::thread, "pthread_create", error(EAGAIN), Expected::success, Lasts::yes},
    FaultRow{Call::memory, "malloc", error(ENOMEM), Expected::either},
    FaultRow{Call::memory, "malloc", error(ENOMEM), Expected::either, Lasts::yes},
    FaultRow{Call::memory, "malloc", interrupts, Expected::either},
    FaultRow{Call::memory, "malloc", kills, Expected::either},
};

}  // namespace ckpt::faults
