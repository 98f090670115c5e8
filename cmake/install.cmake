# What `cmake --install` gives: the program, the library with its public headers, and a CMake
# package:
#
#   find_package(ckpt REQUIRED)
#   target_link_libraries(mine PRIVATE ckpt::ckpt_core)
#
# tests/consumer is a project that does just that.
include(CMakePackageConfigHelpers)

# The warnings are for our own sources: ckpt_core must link them as $<BUILD_INTERFACE:ckpt_warnings>
# to be exported without them.
get_target_property(core_links ckpt_core LINK_LIBRARIES)
if("ckpt_warnings" IN_LIST core_links)
  message(WARNING "ckpt_core links ckpt_warnings bare: nothing is installed")
  return()
endif()

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/ckpt")

install(TARGETS ckpt RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(TARGETS ckpt_core EXPORT ckptTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY include/ckpt DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        FILES_MATCHING PATTERN "*.hpp")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")

install(EXPORT ckptTargets NAMESPACE ckpt:: DESTINATION "${package_dir}")
configure_package_config_file(cmake/ckptConfig.cmake.in ckptConfig.cmake
                              INSTALL_DESTINATION "${package_dir}")
# Before 1.0 a minor version may change the library's interface.
write_basic_package_version_file(ckptConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/ckptConfig.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/ckptConfigVersion.cmake"
        DESTINATION "${package_dir}")
