# One definition: a type has its name to itself in its namespace. Two files that define one name
# differently make one program with two meanings of it, which no compiler reports. Fails, naming
# each place.
#
#   cmake -D ROOT=<folder of the sources> -P one_definition.cmake
#
# Types of unnamed namespaces and members of classes are left out; so are declarations and the
# nested types that a source file defines (struct Hasher::State).

set(doubles 0)
file(GLOB_RECURSE files RELATIVE "${ROOT}"
  "${ROOT}/include/*.hpp" "${ROOT}/src/*.hpp" "${ROOT}/src/*.cpp")
list(SORT files)
if(NOT files)
  message(FATAL_ERROR "${ROOT}: no sources")
endif()

set(opening "^namespace( [a-z0-9_:]+)? {$")
set(closing "^}  // namespace")
set(definition "^(enum class|enum|struct|class|union|using) ([A-Za-z0-9_]+) ([:={]|final)")

foreach(file IN LISTS files)
  file(STRINGS "${ROOT}/${file}" lines REGEX "${opening}|${closing}|${definition}[^;]*")
  set(namespaces "")
  foreach(line IN LISTS lines)
    if(line MATCHES "${opening}")
      string(REPLACE ":" "_" name "unnamed${CMAKE_MATCH_1}")
      list(APPEND namespaces "${name}")
    elseif(line MATCHES "${closing}")
      list(POP_BACK namespaces)
    elseif(line MATCHES "${definition}" AND NOT "unnamed" IN_LIST namespaces)
      list(JOIN namespaces "_" scope)
      set(key "seen_${scope}_${CMAKE_MATCH_2}")
      if(DEFINED ${key} AND NOT "${${key}}" STREQUAL "${file}")
        message("${file}: ${CMAKE_MATCH_2} is defined in ${${key}} too")
        math(EXPR doubles "${doubles} + 1")
      endif()
      set(${key} "${file}")
    endif()
  endforeach()
endforeach()

list(LENGTH files file_count)
if(doubles GREATER 0)
  message(FATAL_ERROR "${doubles} names are defined twice")
endif()
message("${file_count} files define each name once")
