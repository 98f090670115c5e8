// Deletes a file when the guard is destroyed, unless release() was called: for a file that is
// useless when the following steps fail.
#pragma once

#include <unistd.h>

#include <filesystem>

namespace ckpt {

class UnlinkGuard {
 public:
  /// `path` must outlive the guard. An empty path names no file.
  explicit UnlinkGuard(const std::filesystem::path& path) : path_(&path) {}
  ~UnlinkGuard() {
    if (path_ != nullptr && !path_->empty()) ::unlink(path_->c_str());
  }
  UnlinkGuard(const UnlinkGuard&) = delete;
  UnlinkGuard& operator=(const UnlinkGuard&) = delete;

  void release() { path_ = nullptr; }

 private:
  const std::filesystem::path* path_;
};

}  // namespace ckpt
