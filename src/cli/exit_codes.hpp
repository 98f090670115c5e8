// The exit codes of ckpt.
#pragma once

namespace ckpt::cli {

enum class ExitCode {
  done = 0,      ///< success; same; clean
  no = 1,        ///< the answer is no: files differ, a file is damaged, a query matched nothing
  not_done = 2,  ///< failed: bad usage, unreadable file, refused, or the reader of the output went
                 ///< away
};

}  // namespace ckpt::cli
