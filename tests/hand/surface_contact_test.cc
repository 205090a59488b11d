#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <map>

#include "interprior/hand/contact.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "random_hand.h"
#include "support/numerical_gradient.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

const TwoHands& hands() {
  static const TwoHands both(procedural_hand(), torch::kCPU, torch::kFloat64);
  return both;
}

// Hands with random fingers, the left one rotated palm to palm and moved by `offset` (3).
PerHand<HandPose> pair_at(uint64_t seed, int64_t batch, const torch::Tensor& offset) {
  RandomHand random(seed);
  const auto fingers = [&] { return matrix_from_axis_angle(random.normal({batch, 15, 3}, 0.2)); };
  const torch::Tensor about_z = torch::tensor({0.0, 0.0, M_PI}, torch::kFloat64);
  const Interaction interaction{{fingers(), fingers()},
                                {random.normal({batch, 10}, 0.5), random.normal({batch, 10}, 0.5)},
                                matrix_from_axis_angle(about_z).matmul(matrix_from_axis_angle(random.normal({batch, 3}, 0.3))),
                                random.normal({batch, 3}, 0.004) + offset};
  return pose_from(interaction, random.rotations(batch, 1).squeeze(1));
}

torch::Tensor at(double x, double y, double z) { return torch::tensor({x, y, z}, torch::kFloat64); }

// The hand as a closed surface: its faces, and a fan over the open rim.
torch::Tensor closed_faces(const ManoLayer& layer) {
  std::map<int64_t, int64_t> next;  // along the rim, against its faces' edges
  const auto faces = layer.faces().accessor<int64_t, 2>();
  std::set<std::pair<int64_t, int64_t>> edges;
  for (int64_t f = 0; f < faces.size(0); ++f)
    for (int64_t k = 0; k < 3; ++k) edges.insert({faces[f][k], faces[f][(k + 1) % 3]});
  for (const auto& [a, b] : edges)
    if (!edges.count({b, a})) next[b] = a;
  std::vector<torch::Tensor> all = {layer.faces()};
  const int64_t first = next.begin()->first;
  for (int64_t v = next[first]; next[v] != first; v = next[v]) all.push_back(torch::tensor({{first, v, next[v]}}, torch::kInt64));
  return torch::cat(all);
}

// Whether each point (P,3) is inside: the winding number, a sum of solid angles (van Oosterom and Strackee 1983).
torch::Tensor inside(const torch::Tensor& points, const torch::Tensor& vertices, const torch::Tensor& faces) {
  std::vector<torch::Tensor> side, length;
  for (int64_t k = 0; k < 3; ++k) {
    side.push_back(vertices.index_select(0, faces.select(1, k)).unsqueeze(0) - points.unsqueeze(1));
    length.push_back(side.back().norm(2, -1));
  }
  const auto dots = [&](size_t i, size_t j) { return (side[i] * side[j]).sum(-1); };
  const torch::Tensor triple = (side[0] * torch::linalg_cross(side[1], side[2])).sum(-1);
  const torch::Tensor below =
      length[0] * length[1] * length[2] + dots(0, 1) * length[2] + dots(1, 2) * length[0] + dots(2, 0) * length[1];
  return (2 * torch::atan2(triple, below)).sum(1).abs() > 2 * M_PI;
}

// Distance from each point to the nearest of many points sampled on every face.
torch::Tensor sampled_distance(const torch::Tensor& points, const torch::Tensor& vertices, const torch::Tensor& faces) {
  constexpr int kParts = 6;
  std::vector<torch::Tensor> samples;
  for (int a = 0; a <= kParts; ++a)
    for (int b = 0; a + b <= kParts; ++b) {
      const double u = static_cast<double>(a) / kParts, v = static_cast<double>(b) / kParts;
      samples.push_back(u * vertices.index_select(0, faces.select(1, 0)) + v * vertices.index_select(0, faces.select(1, 1)) +
                        (1 - u - v) * vertices.index_select(0, faces.select(1, 2)));
    }
  return std::get<0>(torch::cdist(points, torch::cat(samples)).min(1));
}

// Compares with the winding number and a dense sampling of all faces.
TEST(SurfaceContact, AgreesWithTheFullClosedSurface) {
  int deep = 0, close = 0;
  for (const double gap : {0.065, 0.075, 0.085}) {
    const PerHand<HandMesh> mesh = hands()(pair_at(5, 2, at(0.02, -gap, 0.01)));
    const SurfaceContact contact = surface_contact(mesh, hands());
    for (int64_t row = 0; row < 2; ++row) {
      double depth = 0, distance = 1;
      for (const Side side : kSides) {
        const torch::Tensor points = mesh[side].vertices_in_root[row], surface = mesh[other(side)].vertices_in_root[row];
        const torch::Tensor near =
            points.index_select(0, (std::get<0>(torch::cdist(points, surface).min(1)) < 0.012).nonzero().squeeze(1));
        if (near.size(0) == 0) continue;
        const torch::Tensor faces = closed_faces(hands().layer[other(side)]), in = inside(near, surface, faces);
        const torch::Tensor away = sampled_distance(near, surface, hands().layer[other(side)].faces());
        if (in.any().item<bool>()) depth = std::max(depth, away.masked_select(in).max().item<double>());
        distance = std::min(distance, away.min().item<double>());
      }
      EXPECT_NEAR(contact.depth[row].item<double>(), depth, 4e-4) << gap << " " << row;
      if (depth > 0) {
        EXPECT_EQ(contact.distance[row].item<double>(), 0) << gap << " " << row;
      } else if (distance < 0.008) {
        EXPECT_NEAR(contact.distance[row].item<double>(), distance, 4e-4) << gap << " " << row;
      }
      deep += depth > 0.0015;
      close += depth == 0 && distance < 0.008;
    }
  }
  EXPECT_GT(deep, 0) << close;
  EXPECT_GT(close, 0);
}

TEST(SurfaceContact, HandsFarApartDoNotTouch) {
  const PerHand<HandMesh> mesh = hands()(pair_at(6, 2, at(0, -0.3, 0)));
  const SurfaceContact contact = surface_contact(mesh, hands());
  EXPECT_EQ(contact.depth.max().item<double>(), 0);
  EXPECT_TRUE(contact.distance.isinf().all().item<bool>());
  const ContactTerms terms = contact_terms(mesh, hands(), 0);
  EXPECT_EQ(terms.overlap.abs().max().item<double>() + terms.gap.abs().max().item<double>(), 0);
}

TEST(ContactTerms, OverlapIsThatOfTheLossSampleBySample) {
  const PerHand<HandPose> pose = pair_at(7, 3, at(0.01, -0.02, 0));
  const PerHand<HandMesh> mesh = hands()(pose);
  const ContactTerms terms = contact_terms(mesh, hands(), 0);
  EXPECT_GT(terms.overlap.max().item<double>(), 0);
  EXPECT_NEAR(terms.overlap.mean().item<double>(), surface_overlap(mesh, hands()).item<double>(), 1e-12);
  EXPECT_TRUE((contact_terms(mesh, hands(), 0.001).overlap <= terms.overlap).all().item<bool>());
  const torch::Tensor last = torch::tensor({2}, torch::kInt64);
  const ContactTerms alone = contact_terms(hands()({rows(pose.right, last), rows(pose.left, last)}), hands(), 0);
  EXPECT_NEAR(alone.overlap.item<double>(), terms.overlap[2].item<double>(), 1e-12);
  EXPECT_NEAR(alone.gap.item<double>(), terms.gap[2].item<double>(), 1e-12);
}

TEST(ContactTerms, Gradients) {
  const PerHand<HandMesh> mesh = hands()(pair_at(8, 2, at(0.01, -0.024, 0)));
  const auto weighted = [&](const torch::Tensor& shift) {
    const ContactTerms one = contact_terms({{mesh.right.vertices_in_root, mesh.right.joints_in_root},
                                            {mesh.left.vertices_in_root + shift, mesh.left.joints_in_root}},
                                           hands(), 0.0005);
    return 1e3 * one.overlap.sum() + one.gap.square().sum();
  };
  const torch::Tensor here = torch::zeros({2, 1, 3}, torch::kFloat64);
  EXPECT_THAT(autograd_gradient(weighted, here), TensorNear(numerical_gradient(weighted, here), 1e-5));
}

TEST(SurfaceContact, RefusesOtherHands) {
  const PerHand<HandMesh> mesh = hands()(pair_at(9, 1, at(0, -0.1, 0)));
  const HandMesh half = {mesh.left.vertices_in_root.slice(1, 0, 100), mesh.left.joints_in_root};
  EXPECT_THAT([&] { surface_contact({mesh.right, half}, hands()); }, ThrowsError(HasSubstr("left vertices")));
  EXPECT_THAT([&] { contact_terms({mesh.right, half}, hands(), 0); }, ThrowsError(HasSubstr("left vertices")));
}

}  // namespace
}  // namespace interprior
