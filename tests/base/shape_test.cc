#include "interprior/base/shape.h"

#include <gmock/gmock.h>
#include <torch/types.h>

#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(ShapeCheckTest, BindsNamesAcrossTensors) {
  ShapeCheck check("ManoLayer");
  check(torch::zeros({2, 16, 3, 3}), "rotations", {"B", 16, 3, 3})(torch::zeros({2, 10}), "shape", {"B", 10});
  EXPECT_EQ(check["B"], 2);
}

TEST(ShapeCheckTest, NamesFunctionTensorAndBothShapes) {
  ShapeCheck check("ManoLayer");
  check(torch::zeros({2, 16, 3, 3}), "rotations", {"B", 16, 3, 3});
  EXPECT_THAT(
      [&] {
        check(torch::zeros({4, 10}), "shape", {"B", 10});
      },
      ThrowsError(AllOf(HasSubstr("ManoLayer"), HasSubstr("shape is (4, 10) float32"), HasSubstr("(B=2, 10)"))));
}

TEST(ShapeCheckTest, RefusesWrongRankUndefinedAndUnequalNamesInOneTensor) {
  ShapeCheck check("f");
  EXPECT_THROW(check(torch::zeros({2}), "x", {"B", 1}), Error);
  EXPECT_THAT([&] { check(torch::Tensor(), "x", {"B"}); }, ThrowsError(HasSubstr("undefined")));
  EXPECT_THROW(check(torch::zeros({2, 3}), "x", {"N", "N"}), Error);
  EXPECT_NO_THROW(check(torch::zeros({3, 3}), "x", {"N", "N"}));
  EXPECT_NO_THROW(check(torch::zeros({}), "x", {}));
}

TEST(ShapeCheckTest, AFailedCheckBindsNothing) {
  ShapeCheck check("f");
  EXPECT_THROW(check(torch::zeros({5, 2}), "x", {"B", 3}), Error);
  EXPECT_THROW(check["B"], Error);
}

TEST(ShapeTextTest, NamesSizesAndType) {
  EXPECT_EQ(shape_text(torch::zeros({2, 16, 3, 3})), "(2, 16, 3, 3) float32");
  EXPECT_EQ(shape_text(torch::zeros({}, torch::kInt64)), "() int64");
  EXPECT_EQ(shape_text(torch::zeros({0, 3}, torch::kBool)), "(0, 3) bool");
}

}  // namespace
}  // namespace interprior
