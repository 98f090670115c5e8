# Layers and rooms: which folder may include which. Fails, naming each line, when an include points
# upward, between two layers or between two rooms of one layer.
#
#   cmake -D ROOT=<folder of the sources> -P layers.cmake
#
# An include names its layer and, if it is private, its room: "ckpt/LAYER/x.hpp" is public (in
# include/, flat), "LAYER/ROOM/x.hpp" private (in src/).

# The layers from the lowest up. Each row says which layers a layer may include besides itself.
set(may_include_base     "")
set(may_include_zip      base)
set(may_include_pickle   base)
set(may_include_model    base)
set(may_include_tensor   base model)
set(may_include_torch    base pickle model tensor)
set(may_include_formats  base zip pickle model tensor torch)
set(may_include_match    base model)
set(may_include_optim    base model tensor match)
set(may_include_edit     base model tensor torch match optim)
set(may_include_diff     base model tensor match optim)
set(may_include_render   base)
set(may_include_cli      base render)
set(may_include_commands base model tensor formats match optim edit diff render cli)
set(may_include_main     cli commands)
set(layers base zip pickle model tensor torch formats match optim edit diff render cli commands)

# The rooms of a layer. Each row says which rooms of the same layer a room may include besides
# itself. Sources that lie in the folder of the layer itself join its rooms: they may include every
# room, and no room may include their headers, except those named in `open_headers_of`.
set(rooms_of_tensor lanes read cast statistics compare make)
set(may_include_tensor/read       "")
set(may_include_tensor/lanes      read)
set(may_include_tensor/cast       read lanes)
set(may_include_tensor/statistics read lanes cast)
set(may_include_tensor/compare    read lanes cast statistics)
set(may_include_tensor/make       read lanes cast statistics compare)

set(rooms_of_match names rules align)
set(may_include_match/names "")
set(may_include_match/rules names)
set(may_include_match/align names rules)

set(rooms_of_optim find names edit merge)
set(may_include_optim/find  "")
set(may_include_optim/names find)
set(may_include_optim/edit  find names)
set(may_include_optim/merge find names edit)

set(rooms_of_formats sniff check torch_zip npy)
set(open_headers_of_formats document format salvage blob_writer)
set(may_include_formats/sniff     "")
set(may_include_formats/check     sniff)
set(may_include_formats/torch_zip sniff check)
set(may_include_formats/npy       sniff check)

set(rooms_of_edit plain rules)
set(may_include_edit/plain "")
set(may_include_edit/rules "")

set(rooms_of_commands check compact copy diff filter hash info ls match optim recover remap set show shared)
set(open_headers_of_commands commands)
set(may_include_commands/shared "")
foreach(command IN ITEMS
        check compact copy diff filter hash info ls match optim recover remap set show)
  set(may_include_commands/${command} shared)
endforeach()

# The rooms that the flat public headers belong to, by their names.
set(public_headers_of_tensor/read       "element_stream|elements|repeats")
set(public_headers_of_tensor/cast       "cast")
set(public_headers_of_tensor/statistics "statistics")
set(public_headers_of_tensor/compare    "compare|wide_sum")
set(public_headers_of_tensor/make       "lazy_tensor|generated|overlay|weighted_sum|combine|read_numbers|assign|compact|npy|patches")
set(public_headers_of_match/names       "pairing|path_reader|pattern|prefix_hint|rename|selection")
set(public_headers_of_match/rules       "rules|rule_[a-z]+|presets|key_list")
set(public_headers_of_match/align       "align|align_[a-z]+")
set(public_headers_of_optim/find        "baggage|companion|flatten|numbers|optimizer|root_edit|slot_rules")
set(public_headers_of_optim/names       "candidates|identify|resolve|undecided|write_names")
set(public_headers_of_optim/edit        "carry")
set(public_headers_of_optim/merge       "merge|join_like")
set(public_headers_of_edit/plain        "plain")
set(public_headers_of_edit/rules        "rule_edit")
set(public_headers_of_formats/sniff     "sniff")
set(public_headers_of_formats/check     "check")

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

# The room of a path inside the layers: "match/rules/plan.hpp" (private) or "ckpt/match/rules.hpp"
# (public) -> rules. "" for what lies in the folder of the layer itself.
function(find_room_of path room_name)
  set(room "")
  if(path MATCHES "^ckpt/([a-z]+)/([a-z0-9_]+)\\.hpp$")
    set(layer "${CMAKE_MATCH_1}")
    set(header "${CMAKE_MATCH_2}")
    foreach(one IN LISTS rooms_of_${layer})
      if(header MATCHES "^(${public_headers_of_${layer}/${one}})$")
        set(room "${one}")
      endif()
    endforeach()
  elseif(path MATCHES "^[a-z]+/([a-z0-9_]+)/")
    set(room "${CMAKE_MATCH_1}")
  endif()
  set(${room_name} "${room}" PARENT_SCOPE)
endfunction()

# The reason why `file` must not include `target` of the same layer, or "".
function(judge_rooms file layer target reason_name)
  set(reason "")
  string(REGEX REPLACE "^(include|src)/" "" path "${file}")
  find_room_of("${path}" room)
  find_room_of("${target}" included_room)
  string(REGEX REPLACE ".*/([a-z0-9_]+)\\.hpp$" "\\1" header "${target}")
  if(room STREQUAL "" OR room STREQUAL included_room)
    # What joins the rooms may include each of them; a room may include itself.
  elseif(included_room STREQUAL "")
    if(NOT header IN_LIST open_headers_of_${layer})
      set(reason "${layer}/${room} must not include ${header} of ${layer}, which joins the rooms")
    endif()
  elseif(NOT included_room IN_LIST may_include_${layer}/${room})
    set(reason "${layer}/${room} must not include ${layer}/${included_room}")
  endif()
  set(${reason_name} "${reason}" PARENT_SCOPE)
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
    elseif(included_layer STREQUAL layer AND rooms_of_${layer})
      judge_rooms("${file}" "${layer}" "${target}" reason)
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

# A folder that is no room of its layer, or "".
function(judge_place file layer reason_name)
  set(reason "")
  if(file MATCHES "^src/[a-z]+/([a-z0-9_]+)/" AND NOT CMAKE_MATCH_1 IN_LIST rooms_of_${layer})
    set(reason "${CMAKE_MATCH_1} is no room of ${layer}")
  endif()
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
  if(file STREQUAL "include/ckpt/ckpt.hpp")
    continue()  # the umbrella header may include every public one
  endif()
  if(NOT DEFINED may_include_${layer})
    report("${file}" "${layer}" "no such layer")
    continue()
  endif()
  judge_place("${file}" "${layer}" reason)
  if(reason)
    report("${file}" "${layer}" "${reason}")
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
message("${file_count} files keep to their layers and rooms")
