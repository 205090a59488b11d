#pragma once
#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "interprior/geometry/mesh.h"

namespace interprior {

// One surface of an animation, such as a hand.
struct AnimatedSurface {
  std::string name;
  std::array<float, 3> colour = {0.8f, 0.6f, 0.5f};  // linear RGB
};

inline constexpr size_t kGlbBlock = 32;  // frames

// Surfaces that move over time in one GLB (glTF 2.0 core, registry.khronos.org/glTF/specs/2.0; no extension), y up as by
// write_glb. At the time of a frame the vertices are those of its mesh, to float32 rounding; between frames positions and normals
// are interpolated linearly. A surface that is absent in a frame is hidden from that frame's time to that of its next one.
//
// The frames of a surface are cut into blocks of kGlbBlock. A block is one node whose mesh is the block's first frame; the other
// frames, and the first one of the next block, are its morph targets, one of which has weight 1 at each frame's time. The node's
// scale is 1 while its block is shown and 0 otherwise. With a single block for all frames the weights alone would grow with the
// square of the number of frames, and graphics hardware limits the number of targets. Positions and normals take 24 bytes per
// vertex and frame: 37 KB per frame for MANO's two hands, about 70 MB per minute at 30 frames per second.
//
// Frames go to a temporary file beside `path` as blocks are completed; memory holds one block, and about 2 KB per frame.
class AnimatedGlb {
 public:
  // Throws Error if the folder cannot be written, and without a surface.
  AnimatedGlb(const std::filesystem::path& path, const std::vector<AnimatedSurface>& surfaces);
  ~AnimatedGlb();  // without close() no file is left
  AnimatedGlb(const AnimatedGlb&) = delete;
  AnimatedGlb& operator=(const AnimatedGlb&) = delete;

  // One frame at `time` (s, at least 0, above the last one by more than float32 rounding), in camera axes. One mesh per surface;
  // nullptr: the surface is absent. Throws Error on an invalid mesh, on faces other than those of the surface's first mesh, on a
  // full disk, and beyond 4 GB, the limit of the format.
  void add(double time, const std::vector<const Mesh*>& meshes);
  // Whether another block of every surface fits within the format's 4 GB.
  bool has_room() const;
  // The file appears, complete. False: there was no mesh, and no file is written. Throws Error.
  bool close();

 private:
  struct File;
  std::unique_ptr<File> file_;
};

}  // namespace interprior
