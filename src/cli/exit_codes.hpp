// The only numbers with which ckpt ends.
#pragma once

namespace ckpt::cli {

enum class ExitCode {
  done = 0,      ///< done, same, clean
  no = 1,        ///< the answer is no: different, not whole, nothing matched under a query
  not_done = 2,  ///< bad usage, unreadable, refused, or the reader of the output went away
};

}  // namespace ckpt::cli
