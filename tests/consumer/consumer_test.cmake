# The test behind install.consumer; tests/consumer/CMakeLists.txt passes the variables.
# What the program must print is read from what torch said of the file.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output
                  ERROR_VARIABLE errors)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}: expected exit 0, got ${status}\n${output}${errors}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect what expected got)
  if(NOT "${got}" STREQUAL "${expected}")
    message(FATAL_ERROR "${what}: expected '${expected}', got '${got}'")
  endif()
endfunction()

set(prefix "${WORK}/prefix")
set(checkpoint "${CKPT_TESTDATA}/torch-2.13/plain.pt")

file(REMOVE_RECURSE "${WORK}")
run("${CMAKE_COMMAND}" --install "${CKPT_BUILD}" --config "${CKPT_CONFIG}" --prefix "${prefix}")
run("${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/project" -B "${WORK}/build" -G "${GENERATOR}"
    "-DCMAKE_PREFIX_PATH=${prefix}" "-DCMAKE_CXX_COMPILER=${COMPILER}"
    "-DCMAKE_BUILD_TYPE=${CKPT_CONFIG}")
run("${CMAKE_COMMAND}" --build "${WORK}/build" --config "${CKPT_CONFIG}")

file(READ "${checkpoint}.json" described)
string(JSON tensor_count LENGTH "${described}" tensors)
run("${WORK}/build/count_tensors" "${checkpoint}")
expect("tensors in plain.pt" "${tensor_count}\n" "${output}")

# The examples, built as README says: names change, and no tensor of the optimizer is left.
run("${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/../../examples" -B "${WORK}/examples"
    -G "${GENERATOR}" "-DCMAKE_PREFIX_PATH=${prefix}" "-DCMAKE_CXX_COMPILER=${COMPILER}"
    "-DCMAKE_BUILD_TYPE=${CKPT_CONFIG}")
run("${CMAKE_COMMAND}" --build "${WORK}/examples" --config "${CKPT_CONFIG}")
set(weights "${WORK}/weights.pt")
run("${WORK}/examples/rename_and_drop" "${CKPT_TESTDATA}/torch-2.13/training.pt" "${weights}"
    "0=>stem")
set(listed "stem.weight float32\nstem.bias float32\n2.weight float32\n2.bias float32\n")
expect("the example's list" "${listed}" "${output}")
file(READ "${CKPT_TESTDATA}/torch-2.13/training.pt.json" described)
string(JSON tensor_count LENGTH "${described}" tensors)
math(EXPR last "${tensor_count} - 1")
foreach(index RANGE ${last})
  string(JSON section GET "${described}" tensors ${index} path 0)
  if(section STREQUAL "optimizer")
    math(EXPR tensor_count "${tensor_count} - 1")
  endif()
endforeach()
run("${WORK}/build/count_tensors" "${weights}")
expect("tensors without the optimizer" "${tensor_count}\n" "${output}")

run("${prefix}/bin/ckpt" --version)
file(REMOVE_RECURSE "${WORK}")
