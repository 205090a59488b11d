#pragma once
#include <fstream>

#include "glb_parts.h"
#include "interprior/base/files/atomic_file.h"

namespace interprior {

// The buffer of a GLB with its accessors, written to a temporary file beside the GLB as it grows, because the JSON, whose length
// is known at the end, comes before the buffer.
class GlbBuffer {
 public:
  explicit GlbBuffer(std::filesystem::path path);  // of the GLB; throws Error if its folder cannot be written

  // Each adds an accessor and returns its index. Throws Error on a full disk and beyond 4 GB.
  size_t add_vectors(const std::vector<std::array<float, 3>>& vectors, bool bounds);  // of vertices; bounds: with min and max
  size_t add_indices(const std::vector<std::array<int32_t, 3>>& faces);
  size_t add_plain_vectors(const std::vector<std::array<float, 3>>& vectors);  // of an animation
  size_t add_scalars(const std::vector<float>& scalars);
  size_t add_times(const std::vector<float>& times);  // increasing; with min and max

  size_t room() const;  // bytes until the limit
  // Adds accessors, buffer views and the buffer to the document and writes the GLB. Throws Error.
  void publish(nlohmann::json document);

 private:
  size_t add(const void* data, size_t bytes, nlohmann::json accessor, int target);

  std::filesystem::path path_;
  AtomicFile file_, part_;  // the GLB; its buffer, never committed
  std::ofstream stream_;
  size_t size_ = 0, accessors_ = 0;
  std::string accessor_text_, view_text_;  // as text: a document of long videos would take ten times the memory
};

}  // namespace interprior
