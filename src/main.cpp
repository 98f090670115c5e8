#include <cstdlib>  // defines __GLIBC__ where it is

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "cli/run.hpp"
#include "commands/commands.hpp"

namespace {

/// Buffers come and go with every tensor: freed memory is kept for the next one instead of given
/// back to the system, which would clear each page again.
void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kept_bytes = 32 << 20;
  ::mallopt(M_MMAP_THRESHOLD, kept_bytes);
  ::mallopt(M_TRIM_THRESHOLD, kept_bytes);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory();
  return ckpt::cli::run(argc, argv, ckpt::commands::command_rows());
}
