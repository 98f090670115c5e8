// A file that is taken away again unless what it was made for comes about.
#pragma once

#include <unistd.h>

#include <filesystem>

namespace ckpt {

class UnlinkGuard {
 public:
  /// `path` must outlive the guard; an empty one names no file.
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
