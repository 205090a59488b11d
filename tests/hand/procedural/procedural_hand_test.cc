#include "interprior/hand/procedural/procedural_hand.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <map>
#include <set>

#include "interprior/geometry/rotation.h"
#include "interprior/hand/mano_layer.h"
#include "interprior/hand/skeleton.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

const HandModel& model() {
  static const HandModel hand = procedural_hand();
  return hand;
}

// Next vertex along the wrist's boundary, by vertex: the half-edges without an opposite one, reversed.
std::map<int64_t, int64_t> opening_of(const torch::Tensor& faces) {
  std::set<std::pair<int64_t, int64_t>> directed;
  const auto f = faces.accessor<int64_t, 2>();
  for (int64_t i = 0; i < f.size(0); ++i) {
    for (int64_t k = 0; k < 3; ++k) {
      EXPECT_TRUE(directed.insert({f[i][k], f[i][(k + 1) % 3]}).second) << "an edge has two faces on one side";
    }
  }
  std::map<int64_t, int64_t> next;
  for (const auto& [a, b] : directed) {
    if (directed.count({b, a}) == 0) {
      EXPECT_TRUE(next.emplace(b, a).second) << "two openings meet in a vertex";
    }
  }
  return next;
}

torch::Tensor face_normals(const torch::Tensor& vertices, const torch::Tensor& faces) {
  const torch::Tensor a = vertices.index_select(0, faces.select(1, 0));
  const torch::Tensor b = vertices.index_select(0, faces.select(1, 1)), c = vertices.index_select(0, faces.select(1, 2));
  return torch::linalg_cross(b - a, c - a) / 2;
}

// Volume (m^3) of the surface closed by a fan about the centre of the wrist's boundary.
double volume(const torch::Tensor& vertices, const torch::Tensor& faces) {
  torch::Tensor inside = torch::zeros({3}, torch::kFloat64);
  const std::map<int64_t, int64_t> opening = opening_of(faces);
  for (const auto& [a, b] : opening) inside += vertices[a] / static_cast<double>(opening.size());
  const torch::Tensor from_inside = vertices - inside;  // so the fan's own tetrahedra are flat
  return (face_normals(vertices, faces) * from_inside.index_select(0, faces.select(1, 0))).sum().item<double>() / 3;
}

HandMesh posed(Side side, const torch::Tensor& axis_angle, const torch::Tensor& shape = torch::zeros({10}, torch::kFloat64)) {
  const ManoLayer layer(model().hand[side], side, torch::kCPU, torch::kFloat64);
  const torch::Tensor wrist = torch::zeros({1, 3}, torch::kFloat64);
  return layer({matrix_from_axis_angle(torch::cat({wrist, axis_angle.view({15, 3})})).unsqueeze(0), shape.unsqueeze(0), wrist});
}

torch::Tensor flat() { return torch::zeros({45}, torch::kFloat64); }

torch::Tensor unit(const torch::Tensor& vectors) { return vectors / vectors.norm(2, 1, /*keepdim=*/true).clamp_min(1e-12); }

TEST(ProceduralHand, IsAManifoldWithOneOpeningAtTheWrist) {
  for (const Side side : kSides) {
    const ManoModel& hand = model().hand[side];
    const int64_t vertices = hand.v_template.size(0), faces = hand.faces.size(0);
    EXPECT_GE(vertices, 700);
    EXPECT_LE(vertices, 1000);
    EXPECT_GE(faces, 1200);
    EXPECT_LE(faces, 2000);
    const std::map<int64_t, int64_t> opening = opening_of(hand.faces);
    ASSERT_FALSE(opening.empty());
    size_t length = 0;
    int64_t at = opening.begin()->first;
    do {
      at = opening.at(at);
      ++length;
    } while (at != opening.begin()->first && length <= opening.size());
    EXPECT_EQ(length, opening.size()) << "more than one opening";
    const int64_t edges = (3 * faces + static_cast<int64_t>(opening.size())) / 2;
    EXPECT_EQ(vertices - edges + faces, 1) << "not a disc";
    EXPECT_EQ(std::get<0>(at::_unique(hand.faces)).size(0), vertices) << "a vertex belongs to no face";
    const double outside = side == Side::right ? 1 : -1;
    const double edge = (outside * hand.v_template.select(1, 0)).max().item<double>();
    for (const auto& [a, b] : opening) EXPECT_NEAR(outside * hand.v_template[a][0].item<double>(), edge, 1e-9);
  }
}

TEST(ProceduralHand, FacesLookOutward) {
  for (const Side side : kSides) {
    const ManoModel& hand = model().hand[side];
    EXPECT_GT(volume(hand.v_template, hand.faces), 200e-6);
    EXPECT_LT(volume(hand.v_template, hand.faces), 450e-6);
    EXPECT_GT(face_normals(hand.v_template, hand.faces).norm(2, {1}).min().item<double>(), 5e-7);
  }
}

TEST(ProceduralHand, NeighbouringFacesBendGently) {
  const ManoModel& hand = model().hand.right;
  const torch::Tensor normals = unit(face_normals(hand.v_template, hand.faces));
  std::map<std::pair<int64_t, int64_t>, int64_t> face_of;
  const auto f = hand.faces.accessor<int64_t, 2>();
  for (int64_t i = 0; i < f.size(0); ++i) {
    for (int64_t k = 0; k < 3; ++k) face_of[{f[i][k], f[i][(k + 1) % 3]}] = i;
  }
  for (const auto& [edge, face] : face_of) {
    const auto across = face_of.find({edge.second, edge.first});
    if (across == face_of.end()) continue;
    const double cosine = normals[face].dot(normals[across->second]).item<double>();
    EXPECT_GT(cosine, 0) << "folded at " << edge.first << ", " << edge.second;
  }
}

TEST(ProceduralHand, HasTheFrameAndSizesOfAHand) {
  const torch::Tensor joints = posed(Side::right, flat()).joints_in_root[0];
  const auto length = [&](int64_t a, int64_t b) { return (joints[a] - joints[b]).norm().item<double>(); };
  EXPECT_NEAR(length(kWrist, kMiddleMcp), 0.084, 0.001);
  EXPECT_NEAR(length(9, 10) + length(10, 11) + length(11, 12), 0.0865, 0.003);
  for (const int64_t tip : kTips) {
    EXPECT_LT(joints[tip][0].item<double>(), -0.06) << "fingers point to -x";
    for (int64_t joint = tip - 2; joint <= tip; ++joint) EXPECT_GT(length(joint, joint - 1), 0.015);
    EXPECT_LT(length(tip - 1, tip), length(tip - 3, tip - 2));
  }
  for (int64_t digit = 0; digit < 4; ++digit) {
    EXPECT_GT((joints[kTips[digit]] - joints[kTips[digit + 1]])[2].item<double>(), 0.015) << "thumb side is +z, digits spread";
  }
  EXPECT_LT(joints.index_select(0, torch::tensor({8, 12, 16, 20})).select(1, 1).abs().max().item<double>(), 0.01) << "flat";
}

TEST(ProceduralHand, RegressorGivesTheJointsAndItsRowsSumToOne) {
  const ManoModel& hand = model().hand.right;
  EXPECT_THAT(hand.J_regressor.sum(1), TensorNear(torch::ones({16}, torch::kFloat64), 1e-12));
  EXPECT_THAT(hand.J_regressor.matmul(hand.v_template)[0], TensorNear(torch::zeros({3}, torch::kFloat64), 1e-12));
  EXPECT_GT(hand.J_regressor.min().item<double>(), -0.02);
  EXPECT_LT(hand.J_regressor.max().item<double>(), 0.2) << "no joint hangs on a single vertex";
}

TEST(ProceduralHand, WeightsAreSmoothAndStayOnTheirFinger) {
  const ManoModel& hand = model().hand.right;
  EXPECT_THAT(hand.weights.sum(1), TensorNear(torch::ones({hand.weights.size(0)}, torch::kFloat64), 1e-12));
  EXPECT_GE(hand.weights.min().item<double>(), 0);
  const torch::Tensor by_digit = hand.weights.slice(1, 1).reshape({-1, 5, 3});
  const torch::Tensor past_first = by_digit.slice(2, 1).sum(2) > 0;  // (V,5)
  const torch::Tensor others = by_digit.sum(2).sum(1, true) - by_digit.sum(2);
  EXPECT_EQ(others.masked_select(past_first).max().item<double>(), 0) << "a finger follows its neighbour";
  for (int64_t k = 0; k < 3; ++k) {
    const torch::Tensor a = hand.weights.index_select(0, hand.faces.select(1, k));
    const torch::Tensor b = hand.weights.index_select(0, hand.faces.select(1, (k + 1) % 3));
    EXPECT_LT((a - b).abs().max().item<double>(), 0.72) << "a jump along an edge";
  }
}

TEST(ProceduralHand, TipsAreTheEndsOfTheFingers) {
  const ManoModel& hand = model().hand.right;
  const torch::Tensor joints = hand.J_regressor.matmul(hand.v_template);
  const std::array<int64_t, 5> last = {15, 3, 6, 12, 9};
  for (int64_t digit = 0; digit < 5; ++digit) {
    const torch::Tensor own = hand.weights.select(1, last[digit]) > 0.99;
    const torch::Tensor bone = joints[last[digit]] - joints[last[digit] - 1];
    const torch::Tensor reach = (hand.v_template - joints[last[digit]]).mv(bone / bone.norm()).masked_fill(own.logical_not(), -1);
    EXPECT_NEAR(reach[hand.tips[digit].item<int64_t>()].item<double>(), reach.max().item<double>(), 5e-4);
  }
}

TEST(ProceduralHand, ShapeDirectionsAreOrthogonalAndTheFirstIsSize) {
  const torch::Tensor flat_directions = model().hand.right.shapedirs.flatten(0, 1);
  const torch::Tensor unit = flat_directions / flat_directions.norm(2, {0}, true);
  EXPECT_THAT(unit.t().matmul(unit), TensorNear(torch::eye(10, torch::kFloat64), 1e-9));
  const torch::Tensor sizes = flat_directions.norm(2, {0});
  EXPECT_EQ(sizes.argmax().item<int64_t>(), 0);
  const auto length = [](double beta) {
    torch::Tensor shape = torch::zeros({10}, torch::kFloat64);
    shape[0] = beta;
    return posed(Side::right, flat(), shape).joints_in_root[0][12].norm().item<double>();
  };
  EXPECT_NEAR(length(1) / length(0), 1.045, 0.005);
  EXPECT_NEAR(length(-1) / length(0), 0.955, 0.005);
}

TEST(ProceduralHand, StaysAHandForUnusualShapes) {
  const ManoModel& hand = model().hand.right;
  const torch::Tensor rest = unit(face_normals(hand.v_template, hand.faces));
  for (int64_t direction = 0; direction < 10; ++direction) {
    for (const double beta : {-1.5, 1.5}) {  // ten standard deviations of all but the first
      const torch::Tensor shaped = hand.v_template + beta * hand.shapedirs.select(2, direction);
      const torch::Tensor normals = unit(face_normals(shaped, hand.faces));
      EXPECT_GT((normals * rest).sum(1).min().item<double>(), 0.3) << "direction " << direction << ", beta " << beta;
      EXPECT_GT(volume(shaped, hand.faces), 120e-6);
    }
  }
}

TEST(ProceduralHand, MeanPoseCurlsTheTipsTowardsThePalm) {
  for (const Side side : kSides) {
    const torch::Tensor rest = posed(side, flat()).joints_in_root[0];
    const torch::Tensor curled = posed(side, model().hand[side].hands_mean).joints_in_root[0];
    for (const int64_t tip : kTips) {
      if (tip != kTips[0]) {
        EXPECT_LT((curled - rest)[tip][1].item<double>(), -0.02);
      }
      EXPECT_LT(curled[tip].norm().item<double>(), rest[tip].norm().item<double>());
    }
  }
}

TEST(ProceduralHand, KnucklesKeepTheirVolumeInAFist) {
  const torch::Tensor axes = model().hand.right.hands_mean.view({15, 3});
  const torch::Tensor fist = axes / axes.norm(2, {1}, true) * 1.5;
  const ManoModel& hand = model().hand.right;
  const HandMesh closed = posed(Side::right, fist.flatten()), open = posed(Side::right, flat());
  for (int64_t ours = 1; ours < kJoints; ++ours) {
    const int64_t joint = kFromMano[ours];
    if (joint >= kManoJoints || kManoParents[joint] == 0) continue;
    const torch::Tensor own = hand.weights.slice(1, joint - 1, joint + 1).sum(1) > 0.99;
    const auto thickness = [&](const HandMesh& mesh) {
      const torch::Tensor distance = (mesh.vertices_in_root[0] - mesh.joints_in_root[0][ours]).norm(2, {1});
      return distance.masked_fill(own.logical_not(), 1).min().item<double>();
    };
    EXPECT_GT(thickness(closed), 0.45 * thickness(open)) << kJointNames[ours];
  }
}

TEST(ProceduralHand, LeftIsTheExactMirror) {
  const PerHand<ManoModel>& hand = model().hand;
  EXPECT_THAT(hand.left.v_template, TensorNear(mirror_vector(hand.right.v_template), 0));
  EXPECT_THAT(hand.left.shapedirs.select(1, 0), TensorNear(-hand.right.shapedirs.select(1, 0), 0));
  EXPECT_THAT(hand.left.shapedirs.slice(1, 1), TensorNear(hand.right.shapedirs.slice(1, 1), 0));
  EXPECT_THAT(hand.left.weights, TensorNear(hand.right.weights, 0));
  EXPECT_THAT(hand.left.J_regressor, TensorNear(hand.right.J_regressor, 0));
  EXPECT_TRUE(torch::equal(hand.left.faces, hand.right.faces.flip({1})));
  EXPECT_TRUE(torch::equal(hand.left.tips, hand.right.tips));
  EXPECT_THAT(matrix_from_axis_angle(hand.left.hands_mean.view({15, 3})),
              TensorNear(mirror_rotation(matrix_from_axis_angle(hand.right.hands_mean.view({15, 3}))), 1e-14));
}

TEST(ProceduralHand, IsDeterministicAndReadsBackFromItsFile) {
  const HandModel again = procedural_hand();
  const TemporaryDirectory folder;
  write_hand_model(folder / "hand.h5", again);
  const HandModel read = read_hand_model(folder / "hand.h5");
  for (const Side side : kSides) {
    EXPECT_TRUE(torch::equal(again.hand[side].v_template, model().hand[side].v_template));
    EXPECT_TRUE(torch::equal(again.hand[side].shapedirs, model().hand[side].shapedirs));
    EXPECT_TRUE(torch::equal(read.hand[side].shapedirs, model().hand[side].shapedirs));
    EXPECT_TRUE(torch::equal(read.hand[side].J_regressor, model().hand[side].J_regressor));
  }
}

}  // namespace
}  // namespace interprior
