#include "interprior/interaction/two_hand_rebuilding.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <chrono>
#include <set>
#include <thread>

#include "interaction/rebuild_folder.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/geometry/rotation.h"
#include "interprior/hand/contact.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/hand/skeleton.h"
#include "interprior/interaction/interaction_synthesis.h"
#include "interprior/interaction/pattern_statistics.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const HandModel& model() {
  static const HandModel hand = procedural_hand();
  return hand;
}

const Patterns& interactions() {
  static const Patterns patterns = synthesize_patterns(model(), {400, 31, 180, 0});
  return patterns;
}

Poses other_hands() {
  Poses poses = single_hands(synthesize_patterns(model(), {100, 32, 180, 0}));
  poses.sources = {"others"};
  return poses;
}

Patterns rebuilt(const std::filesystem::path& out, int64_t count, int64_t seed, int64_t threads,
                 const std::vector<Poses>& poses = {other_hands()}) {
  return rebuild_two_hand(out, interactions(), poses, model(), {count, seed, threads});
}

TEST(TwoHandRebuilding, IsAPureFunctionOfSeedAndIndex) {
  const TemporaryDirectory folder;
  rebuilt(folder / "one.h5", 70, 5, 1);
  rebuilt(folder / "three.h5", 70, 5, 3);
  EXPECT_EQ(read_file(folder / "one.h5"), read_file(folder / "three.h5"));
  EXPECT_FALSE(std::filesystem::exists(folder / "one.h5.partial"));
  const Patterns all = read_patterns(folder / "one.h5"), fewer = rebuilt(folder / "few.h5", 40, 5, 1);
  EXPECT_TRUE(torch::equal(fewer.pose, all.pose.slice(0, 0, 40))) << "the count does not matter";
  EXPECT_TRUE(torch::equal(fewer.translation, all.translation.slice(0, 0, 40)));
  EXPECT_FALSE(torch::equal(fewer.pose, rebuilt(folder / "other.h5", 40, 6, 1).pose));
}

TEST(TwoHandRebuilding, ContactEqualsThePlacementsAndPenetrationIsShallow) {
  const TemporaryDirectory folder;
  const TwoHands hands(model());
  const Patterns made = rebuilt(folder / "out.h5", 256, 1, 0);
  ASSERT_EQ(made.size(), 256);
  const ContactStatistics statistics = contact_statistics(made, hands), source = contact_statistics(interactions(), hands);
  EXPECT_GE(statistics.within_2mm, 0.95);
  EXPECT_GE(statistics.contact_of_meant, 0.90);
  EXPECT_NEAR(made.meant_to_touch.to(torch::kFloat32).mean().item<double>(), source.contact, 0.1) << "the placements' own share";
  EXPECT_GT(source.depth_95, 0.003) << "else there was nothing to resolve";
  const PerHand<HandPose> pose = pose_from({made.pose, made.shape, made.translation}, hands);
  const SurfaceContact contact = surface_contact(hands(pose), hands);
  EXPECT_THAT(made.penetration, TensorNear(contact.depth, 2e-5));
  EXPECT_THAT(pose.right.shape, TensorNear(pose.left.shape, 0)) << "one person";
  const torch::Tensor wrist = hands.layer.right.rest_wrist(pose.right.shape) + made.translation.select(1, 0);
  EXPECT_THAT(wrist, TensorNear(torch::zeros({256, 3}), 1e-6));
  // The statistics of the hands' placement are those of the sources.
  const PatternStatistics own = pattern_statistics(made, hands), theirs = pattern_statistics(interactions(), hands);
  for (size_t k = 0; k < 3; ++k) EXPECT_NEAR(own.offset_deviation[k], theirs.offset_deviation[k], 0.02);
  EXPECT_NEAR(own.wrist_mean, theirs.wrist_mean, 0.02);
  int64_t rejected = 0;
  for (const auto& [reason, count] : made.rejected) rejected += count;
  EXPECT_EQ(made.rejected.size(), 5u);
  EXPECT_GT(rejected, 0);
}

TEST(TwoHandRebuilding, NamesBothSourcesAndModalities) {
  const TemporaryDirectory folder;
  const Patterns made = rebuilt(folder / "out.h5", 64, 2, 0), read = read_patterns(folder / "out.h5");
  EXPECT_EQ(std::set<std::string>(made.sources.begin(), made.sources.end()),
            (std::set<std::string>{"procedural", "others+procedural", "others"}));
  for (const std::string& name : made.modalities) {
    const size_t plus = name.find('+');
    if (plus != std::string::npos) EXPECT_LT(name.substr(0, plus), name.substr(plus + 1));
  }
  EXPECT_EQ(read.sources, made.sources);
  EXPECT_EQ(read.rejected, made.rejected);
  EXPECT_TRUE(torch::equal(read.penetration, made.penetration));
  EXPECT_TRUE(torch::equal(read.meant_to_touch, made.meant_to_touch));
  const torch::Tensor seeds = std::get<0>(made.seed.sort());
  EXPECT_TRUE(seeds.slice(0, 1).ne(seeds.slice(0, 0, -1)).all().item<bool>());
}

// Marks all hands of a split by the split's own source and shape.
TEST(TwoHandRebuilding, SplitsNeverMix) {
  const TemporaryDirectory folder;
  Patterns marked = interactions();
  marked.sources = {"train", "val", "test"};
  marked.source = marked.split.clone();
  marked.shape = marked.shape.clone();
  marked.shape.select(2, 9).copy_(0.1 * marked.split.unsqueeze(1).expand({-1, 2}));
  const Patterns made = rebuild_two_hand(folder / "out.h5", marked, {}, model(), {128, 3});
  EXPECT_EQ(made.split.bincount({}, 3).gt(0).sum().item<int64_t>(), 3);
  for (int64_t i = 0; i < made.size(); ++i) {
    const auto split = made.split[i].item<int64_t>();
    EXPECT_EQ(made.sources[static_cast<size_t>(made.source[i].item<int64_t>())], marked.sources[static_cast<size_t>(split)]);
    EXPECT_NEAR(made.shape[i][0][9].item<double>(), 0.1 * static_cast<double>(split), 1e-6);
  }
}

TEST(TwoHandRebuilding, SkipsHandsWithReversedJoints) {
  const TemporaryDirectory folder;
  const TwoHands hands(model());
  Poses poses = rows(other_hands(), torch::arange(60));
  std::vector<torch::Tensor> joints;
  for (int64_t i = 0; i < poses.size(); ++i)
    joints.push_back(
        hands.layer
            .right({matrix_from_axis_angle(poses.pose[i].view({1, 16, 3})), poses.shape[i].unsqueeze(0), torch::zeros({1, 3})})
            .joints_in_root);
  poses.joints = torch::cat(joints);
  Poses reversed = poses;
  reversed.sources = {"reversed"};
  std::vector<int64_t> order = {0};
  for (const int64_t tip : kTips)
    for (int64_t k = 0; k < 4; ++k) order.push_back(tip - k);
  reversed.joints = poses.joints.index_select(1, torch::tensor(order));
  testing::internal::CaptureStderr();
  const Patterns made = rebuilt(folder / "out.h5", 64, 4, 0, {poses, reversed});
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr("reversed: left out 60 hands"), HasSubstr("joints_reversed")));
  bool others = false;
  for (const std::string& name : made.sources) {
    EXPECT_EQ(name.find("reversed"), std::string::npos) << name;
    others |= name.find("others") != std::string::npos;
  }
  EXPECT_TRUE(others);
}

TEST(TwoHandRebuilding, RefusesInvalidSources) {
  const TemporaryDirectory folder;
  EXPECT_THAT([&] { rebuilt(folder / "out.h5", 0, 1, 1); }, ThrowsError(HasSubstr("above 0")));
  EXPECT_THAT([&] { rebuilt(folder / "out.h5", int64_t{1} << 60, 1, 1); }, ThrowsError(HasSubstr("memory")));
  EXPECT_THAT([&] { rebuild_two_hand(folder / "out.h5", Patterns{}, {other_hands()}, model(), {10}); },
              ThrowsError(AllOf(HasSubstr("no source has two-hand interactions"), HasSubstr("synthesize patterns"))));
  EXPECT_THAT([&] { rebuild_two_hand(folder / "out.h5", first(interactions(), 1), {}, model(), {10}); },
              ThrowsError(HasSubstr("two entries")));
  Patterns far = interactions();
  far.translation = far.translation.clone();
  far.translation.select(1, 1) += 1;
  EXPECT_THAT(
      [&] {
        rebuild_two_hand(folder / "out.h5", far, {}, model(), {10, 1, 1});
      },
      ThrowsError(AllOf(HasSubstr("no plausible pair"), HasSubstr("too_far"))));
  EXPECT_FALSE(std::filesystem::exists(folder / "out.h5"));
}

TEST(RebuildFolder, IsLockedByOneProcessAndKeepsItsSettings) {
  const TemporaryDirectory directory;
  const std::filesystem::path out = directory / "deep/out.h5";
  {
    const RebuildFolder first(out, {{"seed", "1"}, {"count", "10"}});
    EXPECT_THAT([&] { RebuildFolder(out, {{"seed", "1"}, {"count", "10"}}); }, ThrowsError(HasSubstr("another process")));
    first.write_chunk(3, interprior::first(interactions(), 5));
  }
  EXPECT_THAT([&] { RebuildFolder(out, {{"seed", "2"}, {"count", "10"}}); }, ThrowsError(HasSubstr("seed was 1, is 2")));
  RebuildFolder again(out, {{"seed", "1"}, {"count", "10"}});
  EXPECT_FALSE(again.chunk(0).has_value());
  ASSERT_TRUE(again.chunk(3).has_value());
  EXPECT_TRUE(torch::equal(again.chunk(3)->pose, interactions().pose.slice(0, 0, 5)));
  write_file(directory / "deep/out.h5.partial/chunk-4.h5", "no chunk");
  EXPECT_THROW(again.chunk(4), Error);
  again.remove();
  EXPECT_FALSE(std::filesystem::exists(directory / "deep/out.h5.partial"));
  EXPECT_THAT([&] { RebuildFolder(directory.path(), {}); }, ThrowsError(HasSubstr("expected the name of a file")));
}

// The state left by a run that was interrupted after its first chunk, made from a complete run.
TEST(TwoHandRebuilding, AResumedRunEqualsAnUninterruptedOne) {
  const TemporaryDirectory folder;
  const std::filesystem::path running = folder / "straight.h5.partial", stopped = folder / "halves.h5.partial";
  std::filesystem::create_directories(stopped);
  std::thread witness([&] {
    while (!std::filesystem::exists(running / "chunk-0.h5")) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    for (const char* name : {"settings", "chunk-0.h5"}) std::filesystem::copy_file(running / name, stopped / name);
  });
  rebuilt(folder / "straight.h5", 128, 7, 1);
  witness.join();
  EXPECT_THAT([&] { rebuilt(folder / "halves.h5", 128, 8, 1); }, ThrowsError(HasSubstr("seed was 7, is 8")));
  testing::internal::CaptureStderr();
  rebuilt(folder / "halves.h5", 128, 7, 1);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("resuming after 64 of 128"));
  EXPECT_EQ(read_file(folder / "straight.h5"), read_file(folder / "halves.h5"));
}

}  // namespace
}  // namespace interprior
