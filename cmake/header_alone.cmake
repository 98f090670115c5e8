# Every public header is compiled alone: it includes what it needs, and has no warnings of its own.
#
#   cmake --build BUILD --target header_alone
#
# Each header gets a source file that includes it twice and nothing else.
function(add_header_alone_target root)
  file(GLOB_RECURSE headers RELATIVE "${root}/include" CONFIGURE_DEPENDS "${root}/include/*.hpp")
  set(sources "")
  foreach(header IN LISTS headers)
    string(REPLACE ".hpp" ".cpp" source "${CMAKE_CURRENT_BINARY_DIR}/header_alone/${header}")
    set(text "#include \"${header}\"\n#include \"${header}\"\n")
    file(CONFIGURE OUTPUT "${source}" CONTENT "${text}" @ONLY)
    list(APPEND sources "${source}")
  endforeach()
  add_library(header_alone OBJECT EXCLUDE_FROM_ALL ${sources})
  target_compile_features(header_alone PRIVATE cxx_std_20)
  target_include_directories(header_alone PRIVATE "${root}/include")
  target_link_libraries(header_alone PRIVATE ckpt_warnings)
  target_compile_options(header_alone PRIVATE -fsyntax-only)
endfunction()
