#include "ckpt/base/append_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/undo_note.hpp"
#include "base/unlink_guard.hpp"
#include "ckpt/base/atomic_file.hpp"
#include "ckpt/base/error.hpp"

namespace ckpt {

namespace {

/// A file opened for writing with an exclusive lock. Closing the descriptor releases the lock.
class LockedFile {
 public:
  explicit LockedFile(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDWR | O_CLOEXEC)) {
    if (descriptor_ < 0) throw_system_error(path, errno);
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
    const int error_number = errno;
    ::close(descriptor_);
    if (error_number != EWOULDBLOCK) throw_system_error(path, error_number);
    throw Error(ErrorKind::conflict, path.string() + ": another program is editing it in place");
  }
  ~LockedFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;

  int descriptor() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

void refuse_changed(const File& file) {
  const std::shared_ptr<const File> now = File::open(file.path());
  if (now->identity() != file.identity() || now->size_bytes() != file.size_bytes())
    throw Error(ErrorKind::conflict, file.path().string() + ": was changed while it was read");
}

}  // namespace

AppendFile::AppendFile(const File& file)
    : FileWriter(file.path()), note_(undo_note_beside(file.path())), old_bytes_(file.size_bytes()) {
  LockedFile locked(file.path());
  refuse_changed(file);
  if (::lseek(locked.descriptor(), static_cast<off_t>(old_bytes_), SEEK_SET) < 0)
    throw_write_error(errno);
  AtomicFile note(note_, file.path());  // the note is as private as the file: it holds bytes of it
  note.write(as_bytes(to_text(make_undo_note(file))));
  UnlinkGuard guard(note_);
  note.commit();
  start(locked.release(), old_bytes_, Flush::yes);
  guard.release();
}

AppendFile::~AppendFile() {
  if (!is_committed_) cut_back();
}

void AppendFile::commit() {
  flush_to_disk();
  if (::unlink(note_.c_str()) != 0) throw_write_error(errno);
  is_committed_ = true;
  flush_folder(folder_of(note_));
}

/// When truncating fails, the note stays, and the next reader tries again.
void AppendFile::cut_back() noexcept {
  if (::ftruncate(descriptor(), static_cast<off_t>(old_bytes_)) != 0) return;
  if (::fsync(descriptor()) == 0) ::unlink(note_.c_str());
}

Recovery recover_file(const std::filesystem::path& path) {
  const std::filesystem::path note_path = undo_note_beside(path);
  if (!has_undo_note(note_path)) return Recovery::nothing_to_do;
  const LockedFile locked(path);
  const std::optional<UndoNote> note = find_undo_note(note_path);
  if (!note) return Recovery::nothing_to_do;  // the editor finished in the meantime
  const bool is_of_this_file = describes(*note, *File::open(path));
  if (is_of_this_file &&
      (::ftruncate(locked.descriptor(), static_cast<off_t>(note->size_bytes)) != 0 ||
       ::fsync(locked.descriptor()) != 0))
    throw_system_error(path, errno);
  if (::unlink(note_path.c_str()) != 0) throw_system_error(note_path, errno);
  flush_folder(folder_of(note_path));
  return is_of_this_file ? Recovery::cut_back : Recovery::nothing_to_do;
}

}  // namespace ckpt
