#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <Eigen/LU>
#include <Eigen/SVD>
#include <algorithm>

#include "hand_set_file.h"
#include "interprior/base/error.h"
#include "interprior/metric/hand_sets.h"
#include "interprior/metric/table.h"
#include "mesh_poser.h"

namespace interprior {
namespace {

constexpr int64_t kRowsTogether = 512;
constexpr double kLongestBone = 1, kShortestBone = 0.005;  // m, wrist to middle knuckle: no hand is beyond
constexpr double kBehind = -0.05;                          // m
constexpr double kFlat = 0.02;       // smallest by largest singular value, below which nothing is said of chirality
constexpr int64_t kFewest = 4;       // hands that are looked at before a set is called faulty
constexpr double kMostHands = 0.8;   // that show a fault before the whole set is called faulty
constexpr double kOtherOrder = 1.1;  // times longer are the bones when joints are in another order than they should be

// The shape of a hand file's hand at rest: what a real hand is a turned and bent copy of, and no mirror image.
struct RestHand {
  Points vertices;
  JointPoints joints;
};

RestHand rest_hand(const ManoModel& model, Side side, const MeshPoser& poser) {
  const torch::Tensor rest = model.v_template.to(torch::kFloat64).contiguous();
  RestHand hand;
  hand.vertices = Eigen::Map<const Points>(rest.const_data_ptr<double>(), 3, rest.size(0));
  hand.joints = poser.regressed(hand.vertices, side);
  return hand;
}

struct Votes {
  int64_t looked = 0, against = 0;
  void add(bool is_against) {
    ++looked;
    against += is_against;
  }
  bool most() const { return looked >= kFewest && static_cast<double>(against) > kMostHands * static_cast<double>(looked); }
};

// Whether a hand fits the mirror image of the one at rest better than the one at rest.
void vote_on_chirality(const Points& hand, const Points& rest, Votes& votes) {
  const Points a = rest.colwise() - Eigen::Vector3d(rest.rowwise().mean()),
               b = hand.colwise() - Eigen::Vector3d(hand.rowwise().mean());
  const Eigen::Matrix3d covariance = b * a.transpose();
  const Eigen::JacobiSVD<Eigen::Matrix3d> svd(covariance);
  if (svd.singularValues()(2) > kFlat * svd.singularValues()(0)) votes.add(covariance.determinant() < 0);
}

double bones_in(const JointPoints& joints, const std::array<int64_t, kJoints>& from) {
  double sum = 0;
  for (size_t joint = 1; joint < kJoints; ++joint)
    sum += (joints.col(from[joint]) - joints.col(from[static_cast<size_t>(kParents[joint])])).norm();
  return sum;
}

std::array<int64_t, kJoints> own_order() {
  std::array<int64_t, kJoints> order;
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
  return order;
}

double median(std::vector<double>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

class SetCheck {
 public:
  SetCheck(const HandSets& sets, const HandModel& hand)
      : sets_(sets),
        poser_(hand),
        rest_{rest_hand(hand.hand.right, Side::right, poser_), rest_hand(hand.hand.left, Side::left, poser_)} {}

  void add(const HandSet& set) {
    const NotFinite bad = not_finite(set);
    const int64_t count = bad.rows.sum().item<int64_t>();
    if (count > 0 && not_finite_++ == 0) {
      dataset_ = bad.dataset;
      first_not_finite_ = set.sample[static_cast<size_t>(bad.rows.to(torch::kInt64).argmax().item<int64_t>())];
    }
    not_finite_rows_ += count;
    look_for_absurd(set);
    const torch::Tensor meshes = valid_meshes(set).contiguous(), joints_valid = valid_joints(set).contiguous();
    const bool has_vertices = set.vertices.defined();
    if (has_vertices)
      require(set.vertices.size(2) == static_cast<int64_t>(poser_.vertex_count()),
              c10::str("meshes of ", set.vertices.size(2), " vertices, the hand file has ", poser_.vertex_count()), sets_.name(),
              "pass the hand file that the meshes were made with");
    HandSet looked = set;  // posing would tell nothing new of hands that are given as parameters
    looked.pose = looked.shape = looked.translation = torch::Tensor();
    const std::vector<SamplePoints> points = poser_.points(looked, 0, set.size());
    const torch::Tensor joints = set.joints.defined() ? set.joints.to(torch::kFloat64).contiguous() : torch::Tensor();
    const torch::Tensor translation =
        set.translation.defined() ? set.translation.to(torch::kFloat64).contiguous() : torch::Tensor();
    for (int64_t row = 0; row < set.size(); ++row)
      for (const Side side : kSides) {
        const int64_t hand = 2 * row + static_cast<int64_t>(side);
        if (has_vertices && meshes.const_data_ptr<bool>()[hand]) {
          const SamplePoints& one = points[static_cast<size_t>(row)];
          if (!one.vertices[side].allFinite()) continue;
          vote_on_chirality(one.vertices[side], rest_[side].vertices, chirality_[side]);
          look_at(one.mesh_joints[side]);
        }
        if (translation.defined() && meshes.const_data_ptr<bool>()[hand])
          translations_.push_back(std::abs(translation.const_data_ptr<double>()[3 * hand + 2]));
        const bool* valid = joints_valid.const_data_ptr<bool>() + kJoints * hand;
        if (!joints.defined() || !std::all_of(valid, valid + kJoints, [](bool one) { return one; })) continue;
        const JointPoints own = Eigen::Map<const JointPoints>(joints.const_data_ptr<double>() + 3 * kJoints * hand);
        if (!own.allFinite()) continue;
        const double here = bones_in(own, own_order());
        interhand_.add(here > kOtherOrder * bones_in(own, kFromInterHand));
        mano_.add(here > kOtherOrder * bones_in(own, kFromMano));
        // Beside a mesh they say nothing new, and an untrained network's are in any shape.
        if (!set.has_mesh()) vote_on_chirality(own, rest_[side].joints, joint_chirality_[side]);
        look_at(own);
      }
  }

  void finish() {
    const std::string& where = sets_.name();
    if (not_finite_rows_ > 0)
      throw Error(c10::str(dataset_, " of ", not_finite_rows_, " of ", sets_.size(), " samples is not finite, the first is ",
                           first_not_finite_),
                  where, "mend the values, or mark these hands in hand_valid or mesh_valid");
    // Medians first: a whole set in millimetres is told so.
    if (const double bone = median(bones_); !bones_.empty())
      require(bone <= kLongestBone && bone >= kShortestBone,
              c10::str("half of these hands measure ", number(bone, bone < 1 ? 5 : 1), " m from wrist to middle knuckle"), where,
              bone > kLongestBone ? "give metres; these look like millimetres" : "give metres");
    if (const double distance = median(translations_); !translations_.empty())
      require(distance <= kFarthest, c10::str("half of these hands are ", number(distance, 0), " m away from the camera"), where,
              "give translations in metres; these look like millimetres");
    require(absurd_ == 0,
            c10::str(absurd_, " of ", sets_.size(), " samples hold a ", absurd_what_, " beyond any hand, the first is ",
                     first_absurd_),
            where, "mend these predictions, or mark these hands in hand_valid");
    require(!interhand_.most(),
            c10::str("the joints of ", interhand_.against, " of ", interhand_.looked, " hands are in InterHand2.6M's order"),
            where, "give wrist first, then each finger from base to tip");
    require(!mano_.most(), c10::str("the joints of ", mano_.against, " of ", mano_.looked, " hands are in MANO's order"), where,
            "give wrist first, then thumb, index, middle, ring, pinky, each from base to tip");
    for (const PerHand<Votes>& votes : {chirality_, joint_chirality_}) {
      require(!(votes.right.most() && (votes.left.most() || votes.left.looked < kFewest)) &&
                  !(votes.left.most() && votes.right.looked < kFewest),
              c10::str("hands look swapped: ", votes.right.against + votes.left.against, " of ",
                       votes.right.looked + votes.left.looked, " are mirror images of the hand file's"),
              where, "index 0 is the right hand, 1 the left; and pictures mirrored at test time must be mirrored back");
      for (const Side side : kSides)
        require(!votes[side].most(),
                c10::str(votes[side].against, " of ", votes[side].looked, " ", side_name(side),
                         " hands are mirror images of the hand file's"),
                where, "index 0 is the right hand, 1 the left");
    }
    if (const double depth = median(depths_); !depths_.empty())
      require(depth >= kBehind, c10::str("half of these hands lie ", number(-depth, 2), " m behind the camera"), where,
              "give camera axes: x right, y down, z forward");
  }

 private:
  static constexpr double kFarthest = 50;  // m

  // Single hands that no mean should swallow, and no column should be drawn through.
  void look_for_absurd(const HandSet& set) {
    const int64_t count = set.size();
    const torch::Tensor mesh = valid_meshes(set), hands = valid_hands(set);
    const auto look = [&](const char* what, const torch::Tensor& numbers, const torch::Tensor& counted, double most) {
      if (!numbers.defined()) return;
      const torch::Tensor bad = (numbers.abs() > most).reshape({count, counted.size(1), -1}).any(2) & counted;
      const torch::Tensor rows = bad.any(1);
      const int64_t here = rows.sum().item<int64_t>();
      if (here > 0 && absurd_ == 0) {
        absurd_what_ = what;
        first_absurd_ = set.sample[static_cast<size_t>(rows.to(torch::kInt64).argmax().item<int64_t>())];
      }
      absurd_ += here;
    };
    const auto draws = [](const torch::Tensor& numbers) { return numbers.defined() ? numbers.transpose(1, 2) : numbers; };
    look("place", set.vertices, mesh, kLargestPlace);
    look("place", set.translation, mesh, kLargestPlace);
    look("place", draws(set.hypotheses_translation), mesh, kLargestPlace);
    look("shape", set.shape, mesh, kLargestShape);
    look("shape", draws(set.hypotheses_shape), mesh, kLargestShape);
    look("angle", set.pose, mesh, kLargestAngle);
    look("angle", draws(set.hypotheses_pose), mesh, kLargestAngle);
    if (set.joints.defined())
      look("place", set.joints.masked_fill(valid_joints(set).logical_not().unsqueeze(3), 0), hands, kLargestPlace);
    const torch::Tensor all = torch::ones({count, 1}, torch::kBool);
    look("camera", set.camera, all, kLargestCamera);
    if (set.vertices.defined()) {
      const torch::Tensor extent = (set.vertices.amax(2) - set.vertices.amin(2)).amax(2);
      look("size", extent.unsqueeze(2), mesh, kLargestHand);
    }
  }
  static constexpr double kLargestPlace = 1000, kLargestHand = 3;                           // m
  static constexpr double kLargestShape = 100, kLargestAngle = 1000, kLargestCamera = 1e7;  // MANO's units, rad, px

  void look_at(const JointPoints& joints) {
    bones_.push_back((joints.col(kMiddleKnuckle) - joints.col(kWrist)).norm());
    depths_.push_back(joints(2, kWrist));
    // Enough for a median; the first ones, whatever comes.
    if (bones_.size() > kLooked) bones_.resize(kLooked);
    if (depths_.size() > kLooked) depths_.resize(kLooked);
    if (translations_.size() > kLooked) translations_.resize(kLooked);
  }
  static constexpr size_t kLooked = 200000;

  const HandSets& sets_;
  MeshPoser poser_;
  PerHand<RestHand> rest_;
  int64_t not_finite_ = 0, not_finite_rows_ = 0;
  int64_t absurd_ = 0;
  std::string dataset_, first_not_finite_, absurd_what_, first_absurd_;
  std::vector<double> bones_, depths_, translations_;
  Votes interhand_, mano_;
  PerHand<Votes> chirality_, joint_chirality_;
};

}  // namespace

void check_hand_sets(const HandSets& sets, const HandModel& hand) {
  SetCheck check(sets, hand);
  for (int64_t begin = 0; begin < sets.size(); begin += kRowsTogether)
    check.add(sets.rows(begin, std::min(begin + kRowsTogether, sets.size())));
  check.finish();
}

}  // namespace interprior
