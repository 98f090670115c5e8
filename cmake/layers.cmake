# Layers: which folder may include which. Fails, naming each line, when an include points upward.
#
#   cmake -D ROOT=<folder of the sources> -P layers.cmake
#
# An include names its layer: "ckpt/LAYER/x.hpp" (public) or "LAYER/x.hpp" (private, in src).

# The house, one row a layer: what it may include besides itself.
set(may_include_base     "")
set(may_include_zip      base)
set(may_include_pickle   base)
set(may_include_model    base)
set(may_include_tensor   base model)
set(may_include_torch    base pickle model)
set(may_include_formats  base zip pickle model torch)
set(may_include_match    base model)
set(may_include_optim    base model tensor match)
set(may_include_diff     base model tensor match optim)
set(may_include_render   base)
set(may_include_cli      base render)
set(may_include_commands base model tensor formats match optim diff render cli)
set(may_include_main     cli commands)
set(layers base zip pickle model tensor torch formats match optim diff render cli commands)

# Libraries that stay where they are wanted: pattern of the include, then the files that may have it.
set(guarded_libraries "CLI" "nlohmann")
set(allowed_CLI      "^src/cli/")
set(allowed_nlohmann "^src/")

set(violations 0)

function(report file line reason)
  message("${file}: ${line}: ${reason}")
  math(EXPR count "${violations} + 1")
  set(violations ${count} PARENT_SCOPE)
endfunction()

# "include/ckpt/zip/archive.hpp" -> zip; "src/main.cpp" -> main
function(find_layer_of file layer_name)
  string(REGEX REPLACE "^(include/ckpt|src)/" "" inside "${file}")
  string(REGEX REPLACE "(/|\\.cpp$).*" "" layer "${inside}")
  set(${layer_name} "${layer}" PARENT_SCOPE)
endfunction()

# The reason why `file` of `layer` must not include `target`, or "".
function(judge file layer target reason_name)
  set(reason "")
  string(REGEX REPLACE "^ckpt/" "" inside "${target}")
  string(REGEX REPLACE "/.*" "" included_layer "${inside}")
  if(target MATCHES "\\.\\./")
    set(reason "an include must name its layer")
  elseif(included_layer IN_LIST layers)
    if(NOT included_layer STREQUAL layer AND NOT included_layer IN_LIST may_include_${layer})
      set(reason "${layer} must not include ${included_layer}")
    elseif(file MATCHES "^include/" AND NOT target MATCHES "^ckpt/")
      set(reason "a public header must not include a private one")
    endif()
  elseif(target MATCHES "^ckpt/" OR (file MATCHES "^include/" AND NOT target MATCHES "[<>]"))
    set(reason "no such layer")
  endif()
  foreach(library IN LISTS guarded_libraries)
    if(target MATCHES "^<?${library}/" AND NOT file MATCHES "${allowed_${library}}")
      set(reason "${library} must not be included here")
    endif()
  endforeach()
  set(${reason_name} "${reason}" PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE files RELATIVE "${ROOT}"
  "${ROOT}/include/*.hpp" "${ROOT}/src/*.hpp" "${ROOT}/src/*.cpp")
list(SORT files)
if(NOT files)
  message(FATAL_ERROR "${ROOT}: no sources")
endif()

foreach(file IN LISTS files)
  find_layer_of("${file}" layer)
  if(NOT DEFINED may_include_${layer})
    report("${file}" "${layer}" "no such layer")
    continue()
  endif()
  file(STRINGS "${ROOT}/${file}" includes REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]")
  foreach(line IN LISTS includes)
    string(REGEX REPLACE "^[ \t]*#[ \t]*include[ \t]*(<[^>]*>?|\"[^\"]*).*" "\\1" target "${line}")
    string(REPLACE "\"" "" target "${target}")
    judge("${file}" "${layer}" "${target}" reason)
    if(reason)
      report("${file}" "${line}" "${reason}")
    endif()
  endforeach()
endforeach()

list(LENGTH files file_count)
if(violations GREATER 0)
  message(FATAL_ERROR "${violations} includes point where they must not")
endif()
message("${file_count} files keep to their layers")
