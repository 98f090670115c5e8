# Most of the time a source takes to compile is spent on the standard headers. With CKPT_PRECOMPILE a
# target parses them once. Off by default: a compiler cache does better for those who build often, and
# with -O3 g++ 12 then takes what it inlines of them for our code, and warns of it.
# That every file includes what it needs is shown by header_alone and by the release build, which
# precompile nothing.
function(precompile_standard_headers target)  # [HEADER...] besides
  if(CKPT_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE
      <algorithm> <array> <filesystem> <functional> <map> <memory> <optional> <span> <string>
      <string_view> <unordered_map> <utility> <variant> <vector> ${ARGN})
  endif()
endfunction()
