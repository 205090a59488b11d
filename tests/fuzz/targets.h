#pragma once
#include <cstddef>
#include <cstdint>

// Readers of untrusted bytes. Each has a source file NAME.cc with one function fuzz_NAME that reads an input as the program does
// and returns 0. An Error is a correct result; any other termination is a finding. CMakeLists.txt also reads this list.
#define INTERPRIOR_FUZZ_TARGETS(X) \
  X(safetensors)                   \
  X(checkpoint)                    \
  X(pickle)                        \
  X(config)                        \
  X(json_cameras)                  \
  X(json_frames)                   \
  X(json_annotations)              \
  X(boxes)                         \
  X(keypoints)                     \
  X(image)                         \
  X(hdf5_hand)                     \
  X(hdf5_patterns)                 \
  X(hdf5_poses)                    \
  X(hdf5_images)                   \
  X(hdf5_hands)                    \
  X(hdf5_arrays)

#define INTERPRIOR_DECLARE(name) int fuzz_##name(const uint8_t* data, size_t size);
INTERPRIOR_FUZZ_TARGETS(INTERPRIOR_DECLARE)
#undef INTERPRIOR_DECLARE
