#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "camera_rig.h"
#include "interhand_writer.h"
#include "interprior/geometry/mesh.h"
#include "interprior/synthesis/image_synthesis.h"
#include "studio.h"

namespace interprior {

// One split of the data set: its ranges of images and patterns.
struct SplitPlan {
  std::string name;
  int64_t first = 0, count = 0;  // images
  int64_t first_pattern = 0, patterns = 0;
};

// The images of one split. The constructor samples the captures; make() writes the images of a chunk and fills their shots.
class Scene {
 public:
  // `hand`, `patterns` and `studio` must outlive the scene.
  Scene(const HandModel& hand, const ImageSynthesisConfig& config, const SplitPlan& plan, int64_t first_capture,
        const Patterns& patterns, const Studio& studio);

  int64_t chunks() const;
  const std::vector<Capture>& captures() const { return captures_; }
  const std::vector<Shot>& shots() const { return shots_; }

  // Poses, renders and writes the images of one chunk under `folder`. Thread-safe for different chunks.
  void make(int64_t chunk, const std::filesystem::path& folder);

 private:
  PatternBatch take(int64_t begin, int64_t end) const;
  Shot shoot(int64_t i, int64_t row, const PatternBatch& batch, const PerHand<HandPose>& pose, const PerHand<HandMesh>& hands,
             const std::filesystem::path& folder) const;
  PerHand<Mesh> meshes_of(const PerHand<HandMesh>& hands, int64_t row, const Matrix3& turn) const;
  void describe(Shot& shot, int64_t i, const Capture& capture, const RigCamera& camera) const;
  void annotate(Shot& shot, Side side, int64_t row, const PatternBatch& batch, const PerHand<HandPose>& pose,
                const PerHand<HandMesh>& hands, const Matrix3& turn, const Vector3& root) const;

  const HandModel& hand_;
  TwoHands hands_;
  ImageSynthesisConfig config_;
  SplitPlan plan_;
  const Patterns& patterns_;
  const Studio& studio_;
  Seed seed_;
  Matrix3 canonical_;
  std::vector<Matrix3> worlds_;
  std::vector<Capture> captures_;
  std::vector<Shot> shots_;
};

}  // namespace interprior
