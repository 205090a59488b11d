# room(NAME USES room... LINKS target...): the library, the warnings, the shared precompiled header and the test
# executable of one room. USES is the layering: tests/architecture reads these lines and every #include.
set(INTERPRIOR_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Wno-unused-parameter)

add_library(interprior_pch OBJECT "${PROJECT_SOURCE_DIR}/cmake/pch.cc")
target_link_libraries(interprior_pch PUBLIC interprior::torch)
target_precompile_headers(interprior_pch PRIVATE
  <algorithm> <array> <cmath> <cstdint> <filesystem> <functional> <map> <memory> <optional> <string> <variant> <vector>
  <torch/torch.h>)

function(interprior_compile target)
  target_compile_options(${target} PRIVATE ${INTERPRIOR_WARNINGS})
  target_precompile_headers(${target} REUSE_FROM interprior_pch)
endfunction()

function(room name)
  cmake_parse_arguments(ROOM "" "" "USES;LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${name}/*.cc")
  list(FILTER sources EXCLUDE REGEX "/base/log\\.cc$")
  set(target interprior_${name})
  add_library(${target} STATIC ${sources})
  add_library(interprior::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(${target} PUBLIC
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>" "$<INSTALL_INTERFACE:include>")
  foreach(used IN LISTS ROOM_USES)
    target_link_libraries(${target} PUBLIC interprior_${used})
  endforeach()
  foreach(library IN LISTS ROOM_LINKS)
    target_link_libraries(${target} PUBLIC ${INTERPRIOR_LIBRARY_${library}})
  endforeach()
  target_link_libraries(${target} PUBLIC interprior::torch Threads::Threads)
  interprior_compile(${target})
  install(TARGETS ${target} EXPORT interprior ARCHIVE DESTINATION lib)

  file(GLOB tests CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/${name}/*_test.cc")
  if(INTERPRIOR_TESTS AND tests)
    interprior_test(${name}_test "${tests}" interprior_${name})
  endif()
endfunction()

# One executable per room, one ctest entry per label: a suite's name gives its label (*Golden*, *Gpu*, *Distributed*),
# otherwise the label given (unit). Results also go to build/.../results as XML, which tools/test.sh counts.
function(interprior_test target sources)
  cmake_parse_arguments(TEST "" "LABEL" "" ${ARGN})
  if(NOT TEST_LABEL)
    set(TEST_LABEL unit)
  endif()
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE ${TEST_UNPARSED_ARGUMENTS} interprior_test_support)
  target_compile_definitions(${target} PRIVATE
    INTERPRIOR_SOURCE_DIR="${PROJECT_SOURCE_DIR}" INTERPRIOR_BINARY="$<TARGET_FILE_DIR:interprior>/interprior"
    INTERPRIOR_BUILD_DIR="${PROJECT_BINARY_DIR}")
  interprior_compile(${target})
  set(suites "")
  foreach(source IN LISTS sources)
    file(STRINGS "${source}" lines REGEX "^TEST")
    string(APPEND suites "${lines};")
  endforeach()
  foreach(label golden gpu distributed ${TEST_LABEL})
    if(label STREQUAL TEST_LABEL)
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
      set_tests_properties(${target}.${label} PROPERTIES LABELS ${label} TIMEOUT 1500
        ENVIRONMENT "OMP_NUM_THREADS=1;GOMP_SPINCOUNT=0")
    endif()
  endforeach()
endfunction()
