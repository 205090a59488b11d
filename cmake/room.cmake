# room(NAME USES room... LINKS target...): the library, the warnings, the shared precompiled header and the test
# executable of one room. USES is the layering: tests/architecture reads these lines and every #include.
# No vector of geometry/rigid_transform.h starts with what happened to be in memory.
set(INTERPRIOR_DEFINITIONS EIGEN_INITIALIZE_MATRICES_BY_ZERO)
set(INTERPRIOR_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Wno-unused-parameter)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # It sees overlaps and overflows in "text" + std::string that are not there (GCC bug 105651).
  list(APPEND INTERPRIOR_WARNINGS -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
endif()

# Two precompiled headers that rooms and programs share, and one for tests. All of torch/torch.h in one would cost each file
# 1.8 s of instantiating templates that none uses; LibTorch's tensors alone cost 0.4 s, with its modules 0.9 s. Eigen saves 2 s a
# file.
set(headers <algorithm> <array> <cmath> <cstdint> <filesystem> <functional> <map> <memory> <optional> <string> <variant> <vector>
  <Eigen/Core> <torch/types.h> <torch/utils.h>)
set(network_headers <fstream> <nlohmann/json.hpp> <torch/nn/module.h> <torch/nn/modules/container/modulelist.h>
  <torch/nn/modules/conv.h> <torch/nn/modules/linear.h> <torch/nn/modules/normalization.h> <torch/nn/pimpl.h>)
foreach(pch interprior_pch interprior_network_pch)
  add_library(${pch} OBJECT "${PROJECT_SOURCE_DIR}/cmake/pch.cc")
  target_link_libraries(${pch} PUBLIC interprior::torch ${INTERPRIOR_LIBRARY_Eigen})
  target_compile_definitions(${pch} PRIVATE ${INTERPRIOR_DEFINITIONS})
  # g++ reuses a precompiled header only under the same warnings.
  target_compile_options(${pch} PRIVATE ${INTERPRIOR_WARNINGS})
  target_precompile_headers(${pch} PRIVATE ${headers})
endforeach()
target_precompile_headers(interprior_network_pch PRIVATE ${network_headers})
# Half of a test's compile time was the optimiser's; the loops that tests wait for are in the rooms.
set(INTERPRIOR_TEST_OPTIMISATION "$<$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:Clang>>:-O0>")
if(INTERPRIOR_TESTS)
  find_package(GTest REQUIRED)
  add_library(interprior_test_pch OBJECT "${PROJECT_SOURCE_DIR}/cmake/pch.cc")
  target_link_libraries(interprior_test_pch PUBLIC interprior::torch ${INTERPRIOR_LIBRARY_Eigen} GTest::gmock)
  target_compile_definitions(interprior_test_pch PRIVATE ${INTERPRIOR_DEFINITIONS})
  target_compile_options(interprior_test_pch PRIVATE ${INTERPRIOR_WARNINGS} ${INTERPRIOR_TEST_OPTIMISATION})
  target_precompile_headers(interprior_test_pch PRIVATE ${headers} ${network_headers} <gmock/gmock.h> <gtest/gtest.h>)
endif()

# The room `model` and everything that links it, directly or through other rooms, takes the second.
set_property(GLOBAL PROPERTY INTERPRIOR_NETWORK_TARGETS interprior_model)
function(interprior_compile target)
  target_compile_options(${target} PRIVATE ${INTERPRIOR_WARNINGS})
  get_target_property(used ${target} LINK_LIBRARIES)
  get_property(network_targets GLOBAL PROPERTY INTERPRIOR_NETWORK_TARGETS)
  set(pch interprior_pch)
  foreach(library ${target} ${used})
    if(library IN_LIST network_targets)
      set(pch interprior_network_pch)
    endif()
  endforeach()
  if(pch STREQUAL interprior_network_pch)
    set_property(GLOBAL APPEND PROPERTY INTERPRIOR_NETWORK_TARGETS ${target})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${pch})
endfunction()

# What a room needs as a shared library. Programs load the CUDA kernels, not rooms; and the precompiled headers are those of static
# libraries, which know no name of a library that is being built.
function(interprior_shared target)
  set_target_properties(${target} PROPERTIES INTERPRIOR_WITHOUT_CUDA ON DEFINE_SYMBOL "")
  if(BUILD_SHARED_LIBS)
    set_target_properties(${target} PROPERTIES VERSION ${PROJECT_VERSION}
      SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} INSTALL_RPATH "$ORIGIN;${INTERPRIOR_TORCH_DIR}/lib")
  endif()
endfunction()

function(room name)
  cmake_parse_arguments(ROOM "" "" "USES;LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${name}/*.cc")
  list(FILTER sources EXCLUDE REGEX "/base/log\\.cc$")
  set(target interprior_${name})
  add_library(${target} ${sources})   # shared with BUILD_SHARED_LIBS
  add_library(interprior::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  interprior_shared(${target})
  target_include_directories(${target} PUBLIC
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>" "$<INSTALL_INTERFACE:include>")
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src")   # internal headers, as "room/folder/x.h"
  foreach(used IN LISTS ROOM_USES)
    target_link_libraries(${target} PUBLIC interprior_${used})
  endforeach()
  foreach(library IN LISTS ROOM_LINKS)
    target_link_libraries(${target} PUBLIC ${INTERPRIOR_LIBRARY_${library}})
  endforeach()
  target_compile_definitions(${target} PUBLIC ${INTERPRIOR_DEFINITIONS})
  target_link_libraries(${target} PUBLIC interprior::torch Threads::Threads)
  interprior_compile(${target})
  install(TARGETS ${target} EXPORT interprior ARCHIVE DESTINATION lib LIBRARY DESTINATION lib)
  set_property(GLOBAL APPEND PROPERTY INTERPRIOR_ROOM_NAMES ${name})
  set_property(GLOBAL APPEND_STRING PROPERTY INTERPRIOR_ROOMS
    "set(INTERPRIOR_ROOM_${name}_USES \"${ROOM_USES}\")\nset(INTERPRIOR_ROOM_${name}_LINKS \"${ROOM_LINKS}\")\n")

  file(GLOB_RECURSE tests CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${name}/*_test.cc")
  if(INTERPRIOR_TESTS AND tests)
    interprior_test(${name}_test "${tests}" interprior_${name})
  endif()
endfunction()

# One executable per room, one ctest entry per label: a suite's name gives its label (*Golden*, *Gpu*, *Distributed*),
# otherwise the label given (unit), which all tests of FILTER have where one is given. Results also go to build/.../results as XML, which tools/test.sh counts.
function(interprior_test target sources)
  cmake_parse_arguments(TEST "" "LABEL;FILTER" "" ${ARGN})
  if(NOT TEST_LABEL)
    set(TEST_LABEL unit)
  endif()
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE ${TEST_UNPARSED_ARGUMENTS} interprior_test_support)
  target_compile_definitions(${target} PRIVATE
    INTERPRIOR_SOURCE_DIR="${PROJECT_SOURCE_DIR}" INTERPRIOR_BINARY="$<TARGET_FILE_DIR:interprior>/interprior"
    INTERPRIOR_BUILD_DIR="${PROJECT_BINARY_DIR}")
  target_compile_options(${target} PRIVATE ${INTERPRIOR_WARNINGS} ${INTERPRIOR_TEST_OPTIMISATION})
  target_precompile_headers(${target} REUSE_FROM interprior_test_pch)
  set(suites "")
  foreach(source IN LISTS sources)
    file(STRINGS "${source}" lines REGEX "^TEST")
    string(APPEND suites "${lines};")
  endforeach()
  set(named golden gpu distributed)
  if(TEST_FILTER)
    set(named "")
  endif()
  foreach(label ${named} ${TEST_LABEL})
    if(TEST_FILTER)
      set(filter "${TEST_FILTER}")
      set(wanted "TEST")
    elseif(label STREQUAL TEST_LABEL)
      set(filter "-*Golden*:*Gpu*:*Distributed*")
      set(wanted "TEST")
    else()
      string(SUBSTRING ${label} 0 1 first)
      string(SUBSTRING ${label} 1 -1 rest)
      string(TOUPPER ${first} first)
      set(word "${first}${rest}")
      set(filter "*${word}*")
      set(wanted "${word}")
    endif()
    if(suites MATCHES "${wanted}")
      add_test(NAME ${target}.${label} COMMAND ${target} --gtest_filter=${filter} --gtest_brief=1
        --gtest_output=xml:${PROJECT_BINARY_DIR}/results/${target}.${label}.xml)
      set_tests_properties(${target}.${label} PROPERTIES LABELS ${label} TIMEOUT 3600
        ENVIRONMENT "OMP_NUM_THREADS=1;GOMP_SPINCOUNT=0")
    endif()
  endforeach()
endfunction()
