#include <gtest/gtest.h>
#include <torch/types.h>

#include "interprior/metric/sample_errors.h"
#include "metric/hand_sets/random_hand_set.h"
#include "support/tensor_near.h"

// Several predictions of the same samples, measured together.
namespace interprior {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kSamples = 25;  // more than two groups of samples that are posed together

const std::vector<Protocol> kProtocols = {Protocol::wrist, Protocol::interwild};

std::map<std::string, torch::Tensor> tensors_of(const SampleErrors& errors) {
  std::map<std::string, torch::Tensor> tensors;
  for_each_tensor(errors, [&](const std::string& name, const torch::Tensor& tensor) { tensors[name] = tensor; });
  return tensors;
}

// The same bits, and NaN in the same places.
void expect_same(const std::vector<SampleErrors>& found, const std::vector<SampleErrors>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].sample, expected[i].sample);
    const std::map<std::string, torch::Tensor> own = tensors_of(found[i]), others = tensors_of(expected[i]);
    ASSERT_EQ(own.size(), others.size());
    for (const auto& [name, tensor] : others) {
      ASSERT_EQ(own.at(name).defined(), tensor.defined()) << name;
      if (!tensor.defined()) continue;
      EXPECT_EQ(own.at(name).sizes(), tensor.sizes()) << name;
      EXPECT_TRUE(torch::equal(own.at(name).isnan(), tensor.isnan())) << name;
      EXPECT_TRUE(torch::equal(own.at(name).nan_to_num(), tensor.nan_to_num())) << name;
    }
  }
}

HandSet with_hypotheses(HandSet set) {
  set.hypotheses_pose = set.pose.unsqueeze(1) + noise({set.size(), 3, 2, 48}, 0.1, Seed{5});
  set.hypotheses_shape = set.shape.unsqueeze(1).repeat({1, 3, 1, 1});
  set.hypotheses_translation = set.translation.unsqueeze(1).repeat({1, 3, 1, 1});
  return set;
}

TEST(SampleMeter, SeveralPredictionsGetWhatEachGetsAlone) {
  const HandSet truth = annotated(random_hand_set(kSamples, 1)), parameters = random_hand_set(kSamples, 2),
                meshes = annotated(as_meshes(random_hand_set(kSamples, 3))),
                sampled = with_hypotheses(random_hand_set(kSamples, 4));
  HandSet fewer = truth;
  fewer.joint_valid = truth.joint_valid.clone();
  fewer.joint_valid.slice(0, 3, 14).select(1, 1).fill_(false);
  for (const int64_t threads : {1, 3}) {
    const SampleMeter meter(procedural_hands().model, {.threads = threads}),
        without_surfaces(procedural_hands().model, {.surfaces = false, .threads = threads});
    const std::vector<std::vector<SampleErrors>> together =
        meter(kProtocols, {{parameters, truth}, {meshes, fewer}, {sampled, truth, false}});
    ASSERT_EQ(together.size(), 3u);
    expect_same(together[0], meter(kProtocols, parameters, truth));
    expect_same(together[1], meter(kProtocols, meshes, fewer));
    expect_same(together[2], without_surfaces(kProtocols, sampled, truth));
    EXPECT_EQ(together[2].front().hypotheses(), 3);
  }
}

TEST(SampleMeter, ASampleDoesNotDependOnItsCompany) {
  const HandSet truth = random_hand_set(kSamples, 1);
  HandSet predictions = random_hand_set(kSamples, 2);
  predictions.pose[7] = predictions.pose[6];  // the same fingers twice
  predictions.shape[7] = predictions.shape[6];
  const SampleMeter meter(procedural_hands().model, {.surfaces = false});
  const std::vector<SampleErrors> all = meter({Protocol::wrist}, predictions, truth);
  for (const int64_t row : {0, 6, 7, 13, 24}) {
    const std::map<std::string, torch::Tensor> own =
        tensors_of(meter({Protocol::wrist}, rows(predictions, row, row + 1), rows(truth, row, row + 1)).front());
    for (const char* name : {"joint", "vertex", "pa_joint", "pa_vertex", "relative_vertex"})
      EXPECT_TRUE(torch::equal(own.at(name)[0], tensors_of(all.front()).at(name)[row])) << name << " of sample " << row;
  }
}

TEST(SampleMeter, SetsInDifferentOrdersAreErrors) {
  const HandSet truth = random_hand_set(6, 1), predictions = random_hand_set(6, 2);
  const HandSet fewer_predictions = rows(predictions, 0, 5), fewer = rows(truth, 0, 5);
  const SampleMeter meter(procedural_hands().model, {.surfaces = false});
  EXPECT_THAT([&] { meter({Protocol::wrist}, fewer_predictions, truth); }, ThrowsError(HasSubstr("not in one order")));
  EXPECT_THAT(
      [&] {
        meter({Protocol::wrist}, {{predictions, truth}, {fewer_predictions, fewer}});
      },
      ThrowsError(HasSubstr("not in one order")));
  EXPECT_TRUE(meter({Protocol::wrist}, std::vector<MeasuredSet>()).empty());
  EXPECT_EQ(meter({}, {{predictions, truth}, {predictions, truth}}).size(), 2u);
}

}  // namespace
}  // namespace interprior
