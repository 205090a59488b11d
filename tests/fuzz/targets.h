#pragma once
#include <cstddef>
#include <cstdint>

// The readers of foreign bytes. Each has a source of its name here, with one function fuzz_NAME that reads an input as the
// program would and returns 0; an Error is a right answer, whatever else ends it is a finding. CMakeLists.txt reads this list
// too.
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
  X(picture)                       \
  X(hdf5_hand)                     \
  X(hdf5_patterns)                 \
  X(hdf5_poses)                    \
  X(hdf5_images)                   \
  X(hdf5_hands)                    \
  X(hdf5_arrays)

#define INTERPRIOR_DECLARE(name) int fuzz_##name(const uint8_t* data, size_t size);
INTERPRIOR_FUZZ_TARGETS(INTERPRIOR_DECLARE)
#undef INTERPRIOR_DECLARE
