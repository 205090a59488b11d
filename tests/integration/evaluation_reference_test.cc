#include <gmock/gmock.h>

#include "python.h"

// `evaluate` against tests/reference (numpy, written from docs/protocols.md), on random and adversarial samples: missing hands,
// masks, ties, mirrored, scaled, collapsed, far apart, in one another.
namespace interprior {
namespace {

class EvaluationReference : public PythonScripts {
 protected:
  void SetUp() override { need("h5py"); }
  void expect_equal(const std::string& count, const std::string& kind) const {
    const Outcome hand = run_program({"prepare", "hand", "--procedural", "--out", "hand.h5"}, folder_.path());
    ASSERT_EQ(hand.exit_code, 0) << hand.err;
    std::vector<std::string> make = {"hand.h5", "cases", "--count", count};
    if (!kind.empty()) make.push_back(kind);
    ASSERT_EQ(script("tests/reference/evaluation_cases.py", make), 0) << errors();
    ASSERT_EQ(script("tests/reference/evaluate_cases.py", {"hand.h5", "cases", "reference.json"}), 0) << errors();
    const Outcome ours = run_program(
        {"evaluate", "--predictions", "cases/predictions.h5", "--truth", "cases/truth.h5", "--hand", "hand.h5", "--protocol",
         "intaghand", "--protocol", "wrist", "--protocol", "interwild", "--protocol", "internet", "--out", "evaluation"},
        folder_.path());
    // Some meshes are larger than any hand: both implementations leave out their surfaces.
    ASSERT_EQ(ours.exit_code, kind.empty() ? 0 : 1) << ours.err;
    if (!kind.empty()) ASSERT_THAT(ours.err, ::testing::HasSubstr("mesh_is_no_hand"));
    EXPECT_EQ(script("tests/reference/compare_evaluation.py", {"reference.json", "evaluation"}), 0) << output() << errors();
    EXPECT_THAT(output(), ::testing::HasSubstr("intersection_cm3"));
  }
};

TEST_F(EvaluationReference, EveryMetricOfMeshesIsEqual) { expect_equal("1000", "--vertices"); }

TEST_F(EvaluationReference, EveryMetricOfManoParametersIsEqual) { expect_equal("250", ""); }

}  // namespace
}  // namespace interprior
