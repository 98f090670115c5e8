# The test of the layer test: for every layer, and for every kind of rule between rooms, a source
# with one line that must not be there. cmake/layers.cmake has to name each of them, and nothing
# else.
#
#   cmake -D LAYERS=<cmake/layers.cmake> -D SANDBOX=<folder to write to> -P layers_test.cmake

file(REMOVE_RECURSE "${SANDBOX}")
set(wrong_files "")

# A source that includes `target`, which layers.cmake has to report with `reason`.
function(add_wrong file target reason)
  file(WRITE "${SANDBOX}/${file}" "#include ${target}\n")
  set(wrong_files ${wrong_files} "${file}" PARENT_SCOPE)
  set("reason_of_${file}" "${reason}" PARENT_SCOPE)
endfunction()

# Each layer includes one that it must not.
add_wrong(src/base/wrong.cpp     "\"ckpt/model/tree.hpp\""      "base must not include model")
add_wrong(src/zip/wrong.cpp      "\"ckpt/pickle/graph.hpp\""    "zip must not include pickle")
add_wrong(src/pickle/wrong.cpp   "\"ckpt/torch/safety.hpp\""    "pickle must not include torch")
add_wrong(src/model/wrong.cpp    "\"ckpt/zip/archive.hpp\""     "model must not include zip")
add_wrong(src/tensor/wrong.cpp   "\"ckpt/match/pattern.hpp\""   "tensor must not include match")
add_wrong(src/torch/wrong.cpp    "\"ckpt/zip/archive.hpp\""     "torch must not include zip")
add_wrong(src/formats/wrong.cpp  "\"ckpt/optim/carry.hpp\""     "formats must not include optim")
add_wrong(src/match/wrong.cpp    "\"ckpt/tensor/cast.hpp\""     "match must not include tensor")
add_wrong(src/optim/wrong.cpp    "\"ckpt/formats/check.hpp\""   "optim must not include formats")
add_wrong(src/edit/wrong.cpp     "\"ckpt/formats/check.hpp\""   "edit must not include formats")
add_wrong(src/diff/wrong.cpp     "\"ckpt/render/table.hpp\""    "diff must not include render")
add_wrong(src/render/wrong.cpp   "\"ckpt/model/tree.hpp\""      "render must not include model")
add_wrong(src/cli/wrong.cpp      "\"ckpt/model/tree.hpp\""      "cli must not include model")
add_wrong(src/commands/wrong.cpp "\"ckpt/zip/archive.hpp\""     "commands must not include zip")
add_wrong(src/commands/ls/wrong_library.cpp "<CLI/CLI.hpp>"     "CLI must not be included here")

# A room includes a room above it, by a private header and by a public one.
add_wrong(src/tensor/read/wrong.cpp "\"tensor/make/interleave.hpp\""
          "tensor/read must not include tensor/make")
add_wrong(src/match/names/wrong.cpp "\"ckpt/match/rules.hpp\""
          "match/names must not include match/rules")
add_wrong(src/optim/find/wrong.cpp "\"ckpt/optim/carry.hpp\""
          "optim/find must not include optim/edit")
add_wrong(src/formats/sniff/wrong.cpp "\"formats/check/parts.hpp\""
          "formats/sniff must not include formats/check")
add_wrong(src/commands/copy/wrong.cpp "\"commands/ls/table.hpp\""
          "commands/copy must not include commands/ls")

# A room includes what joins the rooms; a folder is no room; a public header includes a private one.
add_wrong(src/formats/sniff/wrong_joint.cpp "\"formats/format_table.hpp\""
          "formats/sniff must not include format_table of formats, which joins the rooms")
add_wrong(src/optim/attic/wrong.cpp "\"ckpt/base/text.hpp\"" "attic is no room of optim")
add_wrong(include/ckpt/model/wrong.hpp "\"model/private.hpp\""
          "a public header must not include a private one")

add_wrong(src/edit/root/wrong_umbrella.cpp "\"ckpt/ckpt.hpp\""
          "the header of the whole library is for its users")

# A command changes a dict by itself.
file(WRITE "${SANDBOX}/src/commands/ls/wrong_edit.cpp" "tree.set_entries(root, entries)\n")
list(APPEND wrong_files src/commands/ls/wrong_edit.cpp)
set("reason_of_src/commands/ls/wrong_edit.cpp"
    "only src/edit and what is below it change dicts and lists")

execute_process(COMMAND ${CMAKE_COMMAND} -D ROOT=${SANDBOX} -P ${LAYERS}
  RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(status EQUAL 0)
  message(FATAL_ERROR "wrong includes passed:\n${said}")
endif()
foreach(file IN LISTS wrong_files)
  string(REGEX MATCH "${file}: [^\n]*: ([^\n]*)" line "${said}")
  if(NOT CMAKE_MATCH_1 STREQUAL "${reason_of_${file}}")
    message(FATAL_ERROR "${file}: expected '${reason_of_${file}}', got '${CMAKE_MATCH_1}'\n${said}")
  endif()
endforeach()
list(LENGTH wrong_files count)
if(NOT said MATCHES "${count} lines are where they must not be")
  message(FATAL_ERROR "expected ${count} violations:\n${said}")
endif()
message("${count} wrong includes are reported")
