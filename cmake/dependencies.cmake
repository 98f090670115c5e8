# Everything comes from the distribution's packages; headers are taken as system headers so that
# our warnings do not apply to them.
include(CheckCXXSourceCompiles)
if(CKPT_STATIC)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a .so)
endif()
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(LIBDEFLATE REQUIRED IMPORTED_TARGET libdeflate)
pkg_check_modules(NETTLE REQUIRED IMPORTED_TARGET nettle)

set(CKPT_LIBRARIES ZLIB::ZLIB PkgConfig::LIBDEFLATE PkgConfig::RE2 PkgConfig::NETTLE
    nlohmann_json::nlohmann_json Threads::Threads)
set(CKPT_PROGRAM_LIBRARIES CLI11::CLI11 nlohmann_json::nlohmann_json)

# A listing takes a few milliseconds, more than half of them to load shared libraries.
if(CKPT_STATIC)
  set(CMAKE_REQUIRED_LINK_OPTIONS -static)
  set(CMAKE_REQUIRED_LIBRARIES ${CKPT_LIBRARIES})
  check_cxx_source_compiles("#include <re2/re2.h>\nint main() { return RE2(\"a\").ok() ? 0 : 1; }"
                            CKPT_LINKS_STATICALLY)
  unset(CMAKE_REQUIRED_LINK_OPTIONS)
  unset(CMAKE_REQUIRED_LIBRARIES)
endif()
