#include "split_writer.h"

#include <c10/core/InferenceMode.h>
#include <c10/util/StringUtil.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <fstream>

#include "framing.h"
#include "interprior/base/error.h"
#include "interprior/data/images/image.h"
#include "interprior/interaction/canonical_view.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kChunk = 16;  // images posed in one batch
constexpr int64_t kImagesPerSequence = 16;
constexpr int64_t kCapturesPerSplit = 4;  // at most

torch::Tensor doubles(const torch::Tensor& tensor) { return tensor.to(torch::kFloat64).contiguous(); }

Matrix3 rotation_in(const torch::Tensor& rotation) { return Matrix3(doubles(rotation).const_data_ptr<double>()); }

Vector3 vector_in(const torch::Tensor& vector) { return Vector3(doubles(vector).const_data_ptr<double>()); }

Mesh moved(Mesh mesh, const Vector3& by) {
  for (auto& vertex : mesh.vertices)
    for (int k = 0; k < 3; ++k) vertex[static_cast<size_t>(k)] += static_cast<float>(by[k]);
  return mesh;
}

// Without fsync per file: the whole folder is renamed at the end.
void write_image(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  require(file.good(), "an image cannot be written", path.string(), "is the disk full?");
}

Box annotated_box(const AnnotatedImage& image, const RigCamera& camera) {
  std::vector<std::array<double, 2>> points;
  for (const Vector3& joint : image.joints_in_world) points.push_back(camera.pinhole.project(camera.camera_from_world * joint));
  return tight_box(points, 1.2);
}

}  // namespace

SplitWriter::SplitWriter(const HandModel& hand, const ImageSynthesisConfig& config, const SplitPlan& plan, int64_t first_capture,
                         const Patterns& patterns, const SceneRenderer& renderer)
    : hand_(hand),
      hands_(hand),
      config_(config),
      plan_(plan),
      patterns_(patterns),
      renderer_(renderer),
      seed_(Seed{static_cast<uint64_t>(config.seed)}.derive("images")),
      canonical_(canonical_view(HandChain(hand.hand.right, Side::right).axes())),
      images_(static_cast<size_t>(plan.count)) {
  const int64_t sequences = (plan.count + kImagesPerSequence - 1) / kImagesPerSequence;
  for (int64_t i = 0; i < std::min(sequences, kCapturesPerSplit); ++i) {
    Random random(seed_.derive("capture").derive(static_cast<uint64_t>(first_capture + i)));
    worlds_.push_back(sample_rotation(180, random));
    captures_.push_back(sample_capture(first_capture + i, config, worlds_.back(), random));
  }
}

int64_t SplitWriter::chunks() const { return (plan_.count + kChunk - 1) / kChunk; }

void SplitWriter::write_chunk(int64_t chunk, const fs::path& folder) {
  const c10::InferenceMode inference;
  const int64_t begin = chunk * kChunk, end = std::min(begin + kChunk, plan_.count);
  const PatternBatch batch = patterns_of(begin, end);
  const PerHand<HandPose> pose = pose_from(batch, hands_);
  const PerHand<HandMesh> hands = hands_(pose);
  for (int64_t i = begin; i < end; ++i)
    images_[static_cast<size_t>(i)] = synthesize_image(i, i - begin, batch, pose, hands, folder);
}

// Images cycle through the patterns, so that each is used equally often.
PatternBatch SplitWriter::patterns_of(int64_t begin, int64_t end) const {
  std::vector<int64_t> rows;
  for (int64_t i = begin; i < end; ++i) rows.push_back(plan_.first_pattern + i % plan_.patterns);
  const torch::Tensor index = torch::tensor(rows);
  return {patterns_.pose.index_select(0, index), patterns_.shape.index_select(0, index),
          patterns_.translation.index_select(0, index)};
}

AnnotatedImage SplitWriter::synthesize_image(int64_t i, int64_t row, const PatternBatch& batch, const PerHand<HandPose>& pose,
                                             const PerHand<HandMesh>& hands, const fs::path& folder) const {
  const Seed own = seed_.derive("picture").derive(static_cast<uint64_t>(plan_.first + i));
  Random random(own);
  const auto number = static_cast<size_t>((i / kImagesPerSequence) % static_cast<int64_t>(captures_.size()));
  const std::vector<RigCamera>& cameras = captures_[number].cameras;
  const RigCamera& camera = cameras[static_cast<size_t>(random.integer(static_cast<int64_t>(cameras.size())))];
  const Matrix3& from_world = camera.camera_from_world.rotation;

  // Root axes to world axes: a new rotation of the right wrist; with the camera's rotation it stays within config.views.
  const double limit = config_.views < 180 ? config_.views / 2 : 180;
  const Matrix3 turn =
      worlds_[number] * sample_rotation(limit, random) * canonical_ * rotation_in(pose.right.rotations[row][0]).transpose();
  const PerHand<Mesh> turned = meshes_of(hands, row, from_world * turn);
  PerHand<Arm> arms;
  for (const Side side : kSides) {
    const torch::Tensor joints = hands[side].joints_in_root[row];
    const Vector3 wrist = from_world * turn * vector_in(joints[kWrist]);
    arms[side] = {wrist, (from_world * turn * vector_in(joints[kMiddleMcp]) - wrist).normalized()};
  }
  const Vector3 wanted = camera.camera_from_world.translation + 0.02 * sample_normal(random);
  const Vector3 root_in_camera = place_in_camera(turned, arms, camera.pinhole, wanted);
  const Vector3 root = camera.camera_from_world.inverse() * root_in_camera;

  AnnotatedImage image;
  describe(image, i, captures_[number], camera);
  for (const Side side : kSides) annotate(image, side, row, batch, pose, hands, turn, root);
  image.box = annotated_box(image, camera);

  const PerHand<Mesh> placed = {moved(turned.right, root_in_camera), moved(turned.left, root_in_camera)};
  const cv::Mat rendered = renderer_.render(placed, {arms.right.fingers, arms.left.fingers}, camera.pinhole, own).image;
  write_image(folder / image.file_name(), encode_jpeg(rendered, renderer_.jpeg_quality(own)));
  return image;
}

PerHand<Mesh> SplitWriter::meshes_of(const PerHand<HandMesh>& hands, int64_t row, const Matrix3& turn) const {
  PerHand<Mesh> meshes;
  for (const Side side : kSides) {
    meshes[side] = mesh_from(hands[side].vertices_in_root[row], hands_.layer[side].faces());
    for (auto& vertex : meshes[side].vertices) {
      const Vector3 v = turn * Vector3(vertex[0], vertex[1], vertex[2]);
      vertex = {static_cast<float>(v[0]), static_cast<float>(v[1]), static_cast<float>(v[2])};
    }
  }
  return meshes;
}

void SplitWriter::describe(AnnotatedImage& image, int64_t i, const Capture& capture, const RigCamera& camera) const {
  const std::string sequence = std::to_string(i / kImagesPerSequence);
  image.id = plan_.first + i;
  image.capture = capture.number;
  image.subject = capture.number;
  image.frame = 1000 + 3 * i;
  image.sequence = std::string(4 - std::min<size_t>(4, sequence.size()), '0') + sequence + "_procedural";
  image.camera = camera.name;
  image.width = camera.pinhole.width;
  image.height = camera.pinhole.height;
}

// Fills the MANO parameters of the rotated and translated hand, in NeuralAnnot's convention, and its joints.
void SplitWriter::annotate(AnnotatedImage& image, Side side, int64_t row, const PatternBatch& batch,
                           const PerHand<HandPose>& pose, const PerHand<HandMesh>& hands, const Matrix3& turn,
                           const Vector3& root) const {
  const auto k = static_cast<int64_t>(side);
  ManoAnnotation& mano = image.mano[side];
  const torch::Tensor angles = doubles(batch.pose[row][k]), shape = doubles(batch.shape[row][k]),
                      mean = doubles(hand_.hand[side].hands_mean);
  std::copy_n(shape.const_data_ptr<double>(), 10, mano.shape.begin());
  for (size_t i = 3; i < 48; ++i) mano.pose[i] = angles.const_data_ptr<double>()[i] - mean.const_data_ptr<double>()[i - 3];

  const Vector3 world = axis_angle_from_rotation(turn * rotation_in(pose[side].rotations[row][0]));
  const Vector3 rest = vector_in(hands_.layer[side].rest_wrist(batch.shape[row][k].unsqueeze(0))[0]);
  std::copy(world.begin(), world.end(), mano.pose.begin());
  mano.translation = root + turn * vector_in(pose[side].wrist_in_root[row]) - rest;
  const torch::Tensor joints = doubles(hands[side].joints_in_root[row]);
  for (size_t i = 0; i < kToInterHand.size(); ++i) {
    const Vector3 joint(joints.const_data_ptr<double>() + 3 * kToInterHand[i]);
    image.joints_in_world[21 * static_cast<size_t>(side) + i] = root + turn * joint;
  }
}

}  // namespace interprior
