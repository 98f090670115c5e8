// CKPT_VECTOR_CLONES in front of a function compiles it several times, for wider and wider vector
// units; the loader picks the widest that the machine has. Use it only in an unnamed namespace:
// clang's clones cannot be called from other files.
//
// The clones name features, not processors: "arch=haswell" would not be chosen on an AMD machine.
// gcc accepts whole levels (with FMA and F16C), of which clang 14 would choose none.
#pragma once

#include <cstddef>  // defines __GLIBC__ where it is

#if defined(__x86_64__) && defined(__ELF__) && defined(__GLIBC__)
#if defined(__clang__)
#define CKPT_VECTOR_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CKPT_VECTOR_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
#else
#define CKPT_VECTOR_CLONES
#endif
