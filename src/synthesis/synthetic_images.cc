#include "interprior/synthesis/synthetic_images.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <cstdio>
#include <opencv2/imgproc.hpp>

#include "camera_rig.h"
#include "degradation.h"
#include "framing.h"
#include "interprior/base/error.h"
#include "interprior/data/images/image_row.h"
#include "interprior/data/images/visible_mask.h"
#include "interprior/interaction/canonical_view.h"
#include "interprior/interaction/pair_synthesis.h"
#include "scene_renderer.h"

namespace interprior {
namespace {

// Blackens the parts of a crop outside the original image.
void blacken_outside(cv::Mat& image, const Pinhole& original, const Crop& crop, bool mirrored) {
  std::vector<cv::Point2f> frame;
  const double right = static_cast<double>(original.width) - 0.5, bottom = static_cast<double>(original.height) - 0.5;
  for (const auto& [u, v] :
       std::array<std::array<double, 2>, 4>{{{-0.5, -0.5}, {right, -0.5}, {right, bottom}, {-0.5, bottom}}}) {
    const Vector3 place = crop.crop_pixel_from_original_pixel * Vector3(u, v, 1);
    if (!(place[2] > 1e-3)) return;  // the projection is not finite for so wide a field of view
    const double x = place[0] / place[2], size = static_cast<double>(crop.camera.width);
    frame.emplace_back(static_cast<float>(mirrored ? size - 1 - x : x), static_cast<float>(place[1] / place[2]));
  }
  const auto last = static_cast<float>(image.cols - 1);
  bool whole = true;
  for (const cv::Point2f corner : {cv::Point2f(0, 0), cv::Point2f(last, 0), cv::Point2f(0, last), cv::Point2f(last, last)})
    whole = whole && cv::pointPolygonTest(frame, corner, false) >= 0;
  if (whole) return;
  cv::Mat inside = cv::Mat::zeros(image.size(), CV_8U);
  std::vector<cv::Point> polygon;
  constexpr int kBits = 4;
  constexpr float kFarthest = 1e5f;  // px, within the range of OpenCV's fixed-point coordinates
  for (const cv::Point2f& p : frame)
    polygon.emplace_back(cvRound(std::clamp(p.x, -kFarthest, kFarthest) * (1 << kBits)),
                         cvRound(std::clamp(p.y, -kFarthest, kFarthest) * (1 << kBits)));
  cv::fillConvexPoly(inside, polygon, cv::Scalar(255), cv::LINE_8, kBits);
  image.setTo(cv::Scalar::all(0), inside == 0);
}

std::string name_of_row(Seed seed) {
  char text[40];
  std::snprintf(text, sizeof text, "synthetic/%016llx", static_cast<unsigned long long>(seed.value));
  return text;
}

const SyntheticImagesConfig& checked(const SyntheticImagesConfig& config) {
  config.check();
  return config;
}

}  // namespace

void SyntheticImagesConfig::check() const {
  require(count > 0 && interactions >= 0, "synthetic images need a count above 0 and no negative number of interactions");
  require(views >= 0 && views <= 180, "views must be between 0 and 180 degrees");
  require(crop_size >= 16 && crop_size <= 4096 && crop_size % kMaskStride == 0,
          "the crop size must be a multiple of 4 from 16 to 4096");
  variety.check();
}

// Data shared by all rows.
struct SyntheticImages::World {
  PerHand<HandChain> chains;
  PerHand<SkinnedHand> skinned;
  Matrix3 canonical;
  SceneRenderer renderer;
  Patterns patterns;  // empty: procedural interactions

  World(const HandModel& hand, const VarietyConfig& variety)
      : chains{HandChain(hand.hand.right, Side::right), HandChain(hand.hand.left, Side::left)},
        skinned{SkinnedHand(hand.hand.right), SkinnedHand(hand.hand.left)},
        canonical(canonical_view(chains.right.axes())),
        renderer(hand, variety) {}

  // The direction of the flat hand's fingers.
  Vector3 finger_direction(const PosedHand& hand, Side side) const { return hand.rotations[0] * chains[side].axes().fingers; }

  PerHand<PosedHand> of_pattern(int64_t i) const {
    PerHand<PosedHand> hands;
    for (const Side side : kSides) {
      PosedHand& hand = hands[side];
      const int64_t at = 2 * i + static_cast<int64_t>(side);
      const float* translation = patterns.translation.const_data_ptr<float>() + 3 * at;
      std::copy_n(patterns.shape.const_data_ptr<float>() + 10 * at, 10, hand.shape.begin());
      hand.rotations = rotations_from_axis_angles(patterns.pose.const_data_ptr<float>() + 48 * at);
      hand.wrist = skinned[side].rest().wrist(hand.shape) + Vector3(translation[0], translation[1], translation[2]);
    }
    return hands;
  }
};

SyntheticImages::SyntheticImages(const HandModel& hand, const SyntheticImagesConfig& config)
    : world_(std::make_unique<const World>(hand, checked(config).variety)), config_(config) {}

SyntheticImages::SyntheticImages(const HandModel& hand, const SyntheticImagesConfig& config, const Patterns& patterns)
    : config_(checked(config)) {
  require(patterns.size() > 0, "there are no patterns to make images of");
  auto world = std::make_unique<World>(hand, config.variety);
  world->patterns = config.interactions > 0 ? first(patterns, config.interactions) : patterns;
  for (torch::Tensor* numbers : {&world->patterns.pose, &world->patterns.shape, &world->patterns.translation})
    *numbers = numbers->to(torch::kCPU, torch::kFloat32).contiguous();
  world_ = std::move(world);
}

SyntheticImages::~SyntheticImages() = default;

int64_t SyntheticImages::size() const { return config_.count; }

ImageBatch SyntheticImages::allocate(int64_t rows) const { return allocate_images(rows, config_.crop_size); }

void SyntheticImages::fill(int64_t index, Seed seed, ImageBatch& slot, int64_t row) const {
  if (index < 0 || index >= config_.count) throw Error(c10::str("there is no synthetic image ", index, " of ", config_.count));
  const Seed own = seed.derive("synthetic image").derive(static_cast<uint64_t>(index));
  const Augmentation augmentation = sample_augmentation(config_.augmentation, own);

  // The interaction.
  PerHand<PosedHand> pose;
  const Seed distinct = Seed{static_cast<uint64_t>(config_.seed)}.derive("synthetic interactions");
  if (world_->patterns.size() > 0)
    pose = world_->of_pattern(index % world_->patterns.size());
  else if (config_.interactions > 0)
    pose = synthesize_pair(world_->chains, 0, distinct.derive(static_cast<uint64_t>(index % config_.interactions))).hand;
  else
    pose = synthesize_pair(world_->chains, 0, own.derive("interaction")).hand;

  // The view and the original camera.
  Random random(own.derive("view"));
  const Matrix3 turn = sample_view(world_->canonical, config_.views, random) * pose.right.rotations[0].transpose();
  const RigidTransform view = {turn, -(turn * pose.right.wrist)};
  PerHand<AnnotatedHand> hands;
  PerHand<Arm> arms;
  for (const Side side : kSides) {
    AnnotatedHand& hand = hands[side];
    hand.pose = view * pose[side];
    const SkinnedHand& skinned = world_->skinned[side];
    hand.joints = pose_mesh(hand, skinned, skinned.faces());
    hand.joint_valid.fill(true);
    hand.present = hand.has_mano = true;
    arms[side] = {hand.pose.wrist, world_->finger_direction(hand.pose, side)};
  }
  const auto [width, height] = sample_image_size(config_.variety.cameras, random);
  const Framing framing = sample_framing(width, height, config_.variety.cameras, random);
  const Vector3 wanted = Vector3(0, 0, framing.distance) + 0.02 * framing.distance * sample_normal(random);
  const Vector3 root = place_in_camera({hands.right.mesh, hands.left.mesh}, arms, framing.camera, wanted);
  for (const Side side : kSides) transform(hands[side], {Matrix3::Identity(), root});

  // The image is rendered with the crop's camera.
  const std::optional<Box> box = oracle_box(hands, framing.camera);
  require(box.has_value(), "the hands of an interaction are too near to the camera", name_of_row(own),
          "check the hand file: interprior inspect");
  const Crop crop = crop_camera(framing.camera, *box, config_.crop_size, augmentation.jitter);
  for (const Side side : kSides) transform(hands[side], {crop.crop_from_original, Vector3()});
  if (augmentation.mirror) mirror(hands);
  const PerHand<Vector3> fingers = {world_->finger_direction(hands.right.pose, Side::right),
                                    world_->finger_direction(hands.left.pose, Side::left)};
  RenderedImage rendered = world_->renderer.render({hands.right.mesh, hands.left.mesh}, fingers, crop.camera, own);
  cv::Mat image = rendered.image;
  if (config_.variety.jpeg > 0) image = compressed(image, world_->renderer.jpeg_quality(own));
  blacken_outside(image, framing.camera, crop, augmentation.mirror);

  Augmentation colours = augmentation;
  colours.mirror = false;  // the scene is already mirrored
  fill_image(image, colours, slot, row);
  fill_hands(hands, slot, row);
  fill_camera(crop, augmentation.mirror, slot, row);
  fill_visible_mask(rendered.raster, kMaskStride, mask_row(slot, row));
  fill_occluder(augmentation, slot, row);
  slot.sample[static_cast<size_t>(row)] = slot.sequence[static_cast<size_t>(row)] = name_of_row(own);
}

}  // namespace interprior
