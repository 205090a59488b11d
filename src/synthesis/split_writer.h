#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "camera_rig.h"
#include "interhand_writer.h"
#include "interprior/geometry/mesh.h"
#include "interprior/synthesis/image_synthesis.h"
#include "scene_renderer.h"

namespace interprior {

// One split of the data set: its ranges of images and patterns.
struct SplitPlan {
  std::string name;
  int64_t first = 0, count = 0;  // images
  int64_t first_pattern = 0, patterns = 0;
};

// Renders and writes the images of one split. The constructor samples the captures; write_chunk() writes the images of a chunk
// and fills their annotations.
class SplitWriter {
 public:
  // `hand`, `patterns` and `renderer` must outlive this object.
  SplitWriter(const HandModel& hand, const ImageSynthesisConfig& config, const SplitPlan& plan, int64_t first_capture,
              const Patterns& patterns, const SceneRenderer& renderer);

  int64_t chunks() const;
  const std::vector<Capture>& captures() const { return captures_; }
  const std::vector<AnnotatedImage>& images() const { return images_; }

  // Poses, renders and writes the images of one chunk under `folder`. Thread-safe for different chunks.
  void write_chunk(int64_t chunk, const std::filesystem::path& folder);

 private:
  PatternBatch patterns_of(int64_t begin, int64_t end) const;
  AnnotatedImage synthesize_image(int64_t i, int64_t row, const PatternBatch& batch, const PerHand<HandPose>& pose,
                                  const PerHand<HandMesh>& hands, const std::filesystem::path& folder) const;
  PerHand<Mesh> meshes_of(const PerHand<HandMesh>& hands, int64_t row, const Matrix3& turn) const;
  void describe(AnnotatedImage& image, int64_t i, const Capture& capture, const RigCamera& camera) const;
  void annotate(AnnotatedImage& image, Side side, int64_t row, const PatternBatch& batch, const PerHand<HandPose>& pose,
                const PerHand<HandMesh>& hands, const Matrix3& turn, const Vector3& root) const;

  const HandModel& hand_;
  TwoHands hands_;
  ImageSynthesisConfig config_;
  SplitPlan plan_;
  const Patterns& patterns_;
  const SceneRenderer& renderer_;
  Seed seed_;
  Matrix3 canonical_;
  std::vector<Matrix3> worlds_;
  std::vector<Capture> captures_;
  std::vector<AnnotatedImage> images_;
};

}  // namespace interprior
