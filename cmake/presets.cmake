# The rule files under presets/ as C++: PRESETS/FROM/TO.remap becomes the row "FROM/TO" of
# match::presets().
function(add_presets target)
  file(GLOB_RECURSE rule_files RELATIVE ${PROJECT_SOURCE_DIR}/presets CONFIGURE_DEPENDS
       ${PROJECT_SOURCE_DIR}/presets/*.remap)
  list(SORT rule_files)
  set(rows "")
  foreach(rule_file IN LISTS rule_files)
    file(READ ${PROJECT_SOURCE_DIR}/presets/${rule_file} text)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
                 ${PROJECT_SOURCE_DIR}/presets/${rule_file})
    string(REGEX REPLACE "\\.remap$" "" name "${rule_file}")
    string(APPEND rows "    Preset{\"${name}\", R\"rules(${text})rules\"},\n")
  endforeach()
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/presets.cpp)
  string(CONCAT source
    "#include \"ckpt/match/presets.hpp\"\n\n#include <array>\n\nnamespace ckpt::match {\n\n"
    "std::span<const Preset> presets() {\n  static constexpr std::array rows{\n${rows}  };\n"
    "  return rows;\n}\n\n}  // namespace ckpt::match\n")
  file(CONFIGURE OUTPUT ${generated} CONTENT "${source}" @ONLY)
  target_sources(${target} PRIVATE ${generated})
endfunction()
