# What every target of this project is compiled with; not exported to those who link the library.
add_library(ckpt_warnings INTERFACE)
target_compile_options(ckpt_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# g++ 12 reports overlapping copies inside std::string where there are none (GCC bug 105651).
target_compile_options(ckpt_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
target_compile_definitions(ckpt_warnings INTERFACE
  _FILE_OFFSET_BITS=64 $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
if(CKPT_SANITIZE)
  target_compile_options(ckpt_warnings INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  # At an address of its own a program has no million of pointers to mend each time it starts.
  target_link_options(ckpt_warnings INTERFACE -fsanitize=address,undefined -no-pie)
  # Compiled for sanitizers, calls are left standing that xxhash insists on inlining.
  target_compile_definitions(ckpt_warnings INTERFACE XXH_NO_INLINE_HINTS=1)
endif()
if(CKPT_FUZZ)
  target_compile_options(ckpt_warnings INTERFACE -fsanitize=fuzzer-no-link)
endif()
