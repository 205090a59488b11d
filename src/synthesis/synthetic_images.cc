#include "interprior/synthesis/synthetic_images.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <Eigen/Geometry>
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
#include "studio.h"

namespace interprior {
namespace {

// Blackens the parts of a crop outside the original image.
void blacken_outside(cv::Mat& image, const Pinhole& original, const Crop& crop, bool mirrored) {
  std::vector<cv::Point2f> frame;
  const double right = static_cast<double>(original.width) - 0.5, bottom = static_cast<double>(original.height) - 0.5;
  for (const auto& [u, v] :
       std::array<std::array<double, 2>, 4>{{{-0.5, -0.5}, {right, -0.5}, {right, bottom}, {-0.5, bottom}}}) {
    const Vector3 place = multiply(crop.crop_pixel_from_original_pixel, Vector3{u, v, 1});
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
  Matrix3d canonical;
  Studio studio;
  Patterns patterns;  // empty: procedural interactions

  World(const HandModel& hand, const VarietyConfig& variety)
      : chains{HandChain(hand.hand.right, Side::right), HandChain(hand.hand.left, Side::left)},
        skinned{SkinnedHand(hand.hand.right), SkinnedHand(hand.hand.left)},
        canonical(canonical_view(chains.right.axes())),
        studio(hand, variety) {}

  // The direction of the flat hand's fingers.
  Vector3d finger_direction(const PerHand<PosedHand>& hands, Side side) const {
    return matrix_of(hands[side].rotations[0]) * chains[side].axes().fingers;
  }

  PerHand<PosedHand> procedural(Seed seed) const {
    const HandPair pair = synthesize_pair(chains, 0, seed);
    PerHand<PosedHand> hands;
    for (const Side side : kSides) {
      hands[side].shape = pair.hand[side].shape;
      for (size_t i = 0; i < hands[side].rotations.size(); ++i)
        hands[side].rotations[i] = numbers_of(pair.hand[side].rotations[i]);
      hands[side].wrist = numbers_of(pair.hand[side].wrist);
    }
    return hands;
  }

  PerHand<PosedHand> of_pattern(int64_t i) const {
    PerHand<PosedHand> hands;
    for (const Side side : kSides) {
      PosedHand& hand = hands[side];
      const int64_t at = 2 * i + static_cast<int64_t>(side);
      const float *angles = patterns.pose.const_data_ptr<float>() + 48 * at,
                  *translation = patterns.translation.const_data_ptr<float>() + 3 * at;
      std::copy_n(patterns.shape.const_data_ptr<float>() + 10 * at, 10, hand.shape.begin());
      for (size_t joint = 0; joint < hand.rotations.size(); ++joint, angles += 3) {
        const Vector3d turn(angles[0], angles[1], angles[2]);
        const double angle = turn.norm();
        const Vector3d axis = angle > 0 ? Vector3d(turn / angle) : Vector3d::UnitX();
        hand.rotations[joint] = numbers_of(Matrix3d(Eigen::AngleAxisd(angle, axis)));
      }
      const Vector3 rest = skinned[side].rest_wrist(hand.shape);
      for (size_t k = 0; k < 3; ++k) hand.wrist[k] = rest[k] + translation[k];
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
  PerHand<PosedHand> hands;
  const Seed distinct = Seed{static_cast<uint64_t>(config_.seed)}.derive("synthetic interactions");
  if (world_->patterns.size() > 0)
    hands = world_->of_pattern(index % world_->patterns.size());
  else if (config_.interactions > 0)
    hands = world_->procedural(distinct.derive(static_cast<uint64_t>(index % config_.interactions)));
  else
    hands = world_->procedural(own.derive("interaction"));

  // The view and the original camera.
  Random random(own.derive("view"));
  const Matrix3d turned = sample_view(world_->canonical, config_.views, random) * matrix_of(hands.right.rotations[0]).transpose();
  const Vector3d origin = vector_of(hands.right.wrist);
  PerHand<Arm> arms;
  for (const Side side : kSides) {
    PosedHand& hand = hands[side];
    hand.rotations[0] = numbers_of(Matrix3d(turned * matrix_of(hand.rotations[0])));
    hand.wrist = numbers_of(Vector3d(turned * (vector_of(hand.wrist) - origin)));
    const SkinnedHand& skinned = world_->skinned[side];
    hand.joints = pose_mesh(hand, skinned, skinned.faces());
    hand.joint_valid.fill(true);
    hand.present = hand.has_mano = true;
    arms[side] = {vector_of(hand.wrist), world_->finger_direction(hands, side)};
  }
  const auto [width, height] = draw_image_size(config_.variety.cameras, random);
  const Framing framing = draw_framing(width, height, config_.variety.cameras, random);
  const Vector3d wanted = Vector3d(0, 0, framing.distance) + 0.02 * framing.distance * sample_normal(random);
  const Vector3 root = numbers_of(place_in_camera({hands.right.mesh, hands.left.mesh}, arms, framing.camera, wanted));
  for (const Side side : kSides) shift(hands[side], root);

  // The image is rendered with the crop's camera.
  const std::optional<Box> box = oracle_box(hands, framing.camera);
  require(box.has_value(), "the hands of an interaction are too near to the camera", name_of_row(own),
          "check the hand file: interprior inspect");
  const Crop crop = crop_camera(framing.camera, *box, config_.crop_size, augmentation.jitter);
  for (const Side side : kSides) turn(hands[side], crop.crop_from_original);
  if (augmentation.mirror) mirror(hands);
  const PerHand<Vector3d> fingers = {world_->finger_direction(hands, Side::right), world_->finger_direction(hands, Side::left)};
  RenderedImage render_scene = world_->studio.render_scene({hands.right.mesh, hands.left.mesh}, fingers, crop.camera, own);
  cv::Mat image = render_scene.image;
  if (config_.variety.jpeg > 0) image = compressed(image, world_->studio.jpeg_quality(own));
  blacken_outside(image, framing.camera, crop, augmentation.mirror);

  Augmentation colours = augmentation;
  colours.mirror = false;  // the scene is already mirrored
  fill_image(image, colours, slot, row);
  fill_hands(hands, slot, row);
  fill_camera(crop, augmentation.mirror, slot, row);
  fill_visible_mask(render_scene.raster, kMaskStride, mask_row(slot, row));
  fill_occluder(augmentation, slot, row);
  slot.sample[static_cast<size_t>(row)] = slot.sequence[static_cast<size_t>(row)] = name_of_row(own);
}

}  // namespace interprior
