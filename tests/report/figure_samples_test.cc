#include "interprior/report/figure_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <set>

#include "interprior/metric/mean_of_hands.h"
#include "interprior/metric/sample_errors.h"
#include "metric/hand_sets/random_hand_set.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(FigureSamples, TheWorstAreThoseWithTheLargestErrorOfTheFirstMethod) {
  const HandSet truth = random_hand_set(8, 1), first = random_hand_set(8, 2), second = random_hand_set(8, 3);
  const HandSets true_sets(truth), first_sets(first), second_sets(second);
  const FigureSources sources{{{"first", &first_sets}, {"second", &second_sets}}, &true_sets, {}};
  const SampleErrors errors = sample_errors(Protocol::wrist, first, truth, procedural_hands(), {.surfaces = false});
  std::vector<std::pair<double, std::string>> expected;
  for (int64_t row = 0; row < 8; ++row)
    expected.emplace_back(errors.joint[row].mean().item<double>(), truth.sample[static_cast<size_t>(row)]);
  std::sort(expected.rbegin(), expected.rend());
  const std::vector<FigureSample> worst = worst_samples(sources, 5, Protocol::wrist, procedural_hands().model);
  ASSERT_EQ(worst.size(), 5u);
  for (size_t i = 0; i < worst.size(); ++i) {
    EXPECT_EQ(worst[i].sample, expected[i].second);
    EXPECT_NEAR(worst[i].error_mm, expected[i].first, 1e-9);
  }
}

TEST(FigureSamples, OnlySamplesThatAllFilesHaveAreChosen) {
  const HandSet truth = random_hand_set(6, 1);
  HandSet lacking = random_hand_set(6, 2);
  lacking.hand_valid = torch::ones({6, 2}, torch::kBool);
  lacking.hand_valid[4][1] = false;
  const HandSets true_sets(truth), first(rows(lacking, 1, 6)), second(rows(random_hand_set(6, 3), 0, 5));
  const FigureSources sources{{{"first", &first}, {"second", &second}}, &true_sets, {}};
  std::set<std::string> random, worst;
  for (const std::string& sample : random_samples(sources, 4, Seed{1})) random.insert(sample);
  EXPECT_EQ(random, (std::set<std::string>{"test/1.jpg", "test/2.jpg", "test/3.jpg", "test/4.jpg"}));
  for (const FigureSample& sample : worst_samples(sources, 3, Protocol::intaghand, procedural_hands().model))
    worst.insert(sample.sample);
  EXPECT_EQ(worst, (std::set<std::string>{"test/1.jpg", "test/2.jpg", "test/3.jpg"})) << "sample 4 lacks a hand";
  EXPECT_THAT([&] { random_samples(sources, 5, Seed{1}); },
              ThrowsError(AllOf(HasSubstr("only 4"), HasSubstr("5 are requested"))));
  EXPECT_THAT([&] { worst_samples(sources, 4, Protocol::intaghand, procedural_hands().model); },
              ThrowsError(AllOf(HasSubstr("only 3"), HasSubstr("--worst"))));
}

TEST(FigureSamples, RandomOnesDependOnTheSeedAlone) {
  const HandSets sets(random_hand_set(40, 1));
  const FigureSources sources{{{"ours", &sets}}, nullptr, {}};
  const std::vector<std::string> some = random_samples(sources, 10, Seed{1});
  EXPECT_EQ(random_samples(sources, 10, Seed{1}), some);
  EXPECT_NE(random_samples(sources, 10, Seed{2}), some);
  EXPECT_EQ(std::set<std::string>(some.begin(), some.end()).size(), 10u);
}

TEST(FigureSamples, MissingAndDoubledIdsAreNamed) {
  const HandSets sets(random_hand_set(3, 1), "p.h5");
  const FigureSources sources{{{"ours", &sets}}, nullptr, {}};
  const auto named = [&](const std::vector<std::string>& samples) {
    return [&sources, samples] { require_samples(sources, samples); };
  };
  EXPECT_NO_THROW(named({"test/2.jpg", "test/0.jpg"})());
  EXPECT_THAT(named({"test/0.jpg", "test/7.jpg", "test/8.jpg", "test/9.jpg"}),
              ThrowsError(AllOf(HasSubstr("test/7.jpg and 2 more"), HasSubstr("p.h5"), HasSubstr("test/0.jpg"))));
  EXPECT_THAT(named({"test/7.jpg"}), ThrowsError(AllOf(HasSubstr("test/7.jpg"), Not(HasSubstr("more")))));
  EXPECT_THAT(named({"test/1.jpg", "test/1.jpg"}), ThrowsError(HasSubstr("twice")));
  EXPECT_THAT(named({}), ThrowsError(HasSubstr("no sample")));
  const auto worst_without_truth = [&] { worst_samples(sources, 1, Protocol::wrist, procedural_hands().model); };
  EXPECT_THAT(worst_without_truth, ThrowsError(HasSubstr("--truth")));
}

}  // namespace
}  // namespace interprior
