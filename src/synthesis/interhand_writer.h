#pragma once
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "interprior/data/images/image_index.h"

// Writes InterHand2.6M's annotation files (docs/data.md, InterHand2.6M).
namespace interprior {

// A camera of a capture.
struct RigCamera {
  std::string name;
  Pinhole pinhole;
  RigidTransform camera_from_world;
};

struct Capture {
  int64_t number = 0;
  std::vector<RigCamera> cameras;
};

// One image and the annotations of its frame.
struct AnnotatedImage {
  int64_t id = 0, capture = 0, frame = 0, subject = 0;
  std::string sequence, camera;
  int64_t width = 0, height = 0;
  Box box;                                  // px
  PerHand<ManoAnnotation> mano;             // world, m
  std::array<Vector3, 42> joints_in_world;  // m, InterHand2.6M's order, right then left

  std::string file_name() const;  // CaptureN/SEQ/camC/imageF.jpg
};

// Writes annotations/SPLIT/InterHand2.6M_SPLIT_{data,camera,joint_3d,MANO_NeuralAnnot}.json. Throws Error.
void write_interhand_annotations(const std::filesystem::path& root, const std::string& split,
                                 const std::vector<Capture>& captures, const std::vector<AnnotatedImage>& images);

}  // namespace interprior
