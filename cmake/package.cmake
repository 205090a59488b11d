# cmake --install: headers, rooms, program and find_package(interprior).
include(CMakePackageConfigHelpers)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/interprior" DESTINATION include)
install(EXPORT interprior NAMESPACE interprior:: DESTINATION lib/cmake/interprior FILE interpriorTargets.cmake)
get_property(INTERPRIOR_ROOMS GLOBAL PROPERTY INTERPRIOR_ROOMS)
get_property(INTERPRIOR_ROOM_NAMES GLOBAL PROPERTY INTERPRIOR_ROOM_NAMES)
list(JOIN INTERPRIOR_ROOM_NAMES ", " INTERPRIOR_ROOM_NAMES)
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/interprior-config.cmake.in"
  "${PROJECT_BINARY_DIR}/interpriorConfig.cmake" INSTALL_DESTINATION lib/cmake/interprior)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/interpriorConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/interpriorConfig.cmake" "${PROJECT_BINARY_DIR}/interpriorConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/torch.cmake" "${PROJECT_SOURCE_DIR}/cmake/dependencies.cmake"
  DESTINATION lib/cmake/interprior)
