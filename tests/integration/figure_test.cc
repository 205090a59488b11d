#include <gmock/gmock.h>

#include <opencv2/imgcodecs.hpp>

#include "fixture.h"
#include "interprior/metric/hand_sets/hand_set.h"

// `figure`: a sampler's predictions beside the ground truth, as PNG and PDF, and refused requests.
namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Figure : public ::testing::Test {
 protected:
  void SetUp() override {
    const Outcome outcome = run({"evaluate", fixture_.sampler().string(), "--data", fixture_.images().string(), "--out",
                                 "evaluation", "--without-surfaces"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    samples_ = read_hand_set(folder_ / "evaluation/truth.h5").sample;
    ASSERT_GE(samples_.size(), 2u);
  }
  Outcome run(const Words& words) const { return run_program(words, folder_.path()); }
  Words figure(const Words& more) const {
    return Words{"figure", "evaluation/predictions.h5", "--hand", fixture_.hand().string()} + more;
  }
  cv::Mat image(const std::string& name, int mode) const { return cv::imread((folder_ / name).string(), mode); }
  void expect_refused(const Words& more, const std::string& words) const {
    const Outcome outcome = run(figure(more));
    EXPECT_EQ(outcome.exit_code, 1) << outcome.out << outcome.err;
    ASSERT_EQ(outcome.errors().size(), 1u) << outcome.err;
    EXPECT_THAT(outcome.errors()[0], HasSubstr(words));
  }

  const Fixture& fixture_ = fixture();
  const TemporaryDirectory folder_;
  std::vector<std::string> samples_;
};

TEST_F(Figure, ThePdfHasGroundTruthErrorsViewsAndImages) {
  const Outcome outcome = run(figure({"evaluation/truth.h5",
                                      "--truth",
                                      "evaluation/truth.h5",
                                      "--names",
                                      "ours,others",
                                      "--worst",
                                      "2",
                                      "--views",
                                      "camera,side,top",
                                      "--errors",
                                      "--error-max",
                                      "50",
                                      "--data",
                                      fixture_.images().string(),
                                      "--cell",
                                      "64",
                                      "--page-width",
                                      "495",
                                      "--text",
                                      "9",
                                      "--out",
                                      "figure.pdf"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("2 rows x 10 columns"), HasSubstr("figure.pdf"), HasSubstr(" mm\n")));
  const std::string pdf = bytes_of(folder_ / "figure.pdf");
  EXPECT_EQ(pdf.rfind("%PDF-", 0), 0u);
  EXPECT_THAT(pdf, AllOf(HasSubstr("/MediaBox [ 0 0 495 "), HasSubstr("%%EOF")));
}

TEST_F(Figure, TheTransparentPngHasTheRequestedWidth) {
  const Words rows = {"--ids", samples_[1] + "," + samples_[0], "--width", "300", "--out", "figure.png"};
  const Outcome outcome = run(figure(rows + Words{"--transparent"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_LT(outcome.out.find(samples_[1]), outcome.out.find(samples_[0])) << "in the order of --ids";
  const cv::Mat clear = image("figure.png", cv::IMREAD_UNCHANGED);
  ASSERT_EQ(clear.channels(), 4);
  EXPECT_LE(clear.cols, 300);
  EXPECT_GT(clear.cols, 290);
  EXPECT_EQ(clear.at<cv::Vec4b>(0, 0)[3], 0);
  double largest = 0;
  cv::Mat alpha;
  cv::extractChannel(clear, alpha, 3);
  cv::minMaxLoc(alpha, nullptr, &largest);
  EXPECT_EQ(largest, 255);
  ASSERT_EQ(run(figure(rows + Words{"--without-ids"})).exit_code, 0);
  const cv::Mat white = image("figure.png", cv::IMREAD_COLOR);
  EXPECT_EQ(white.at<cv::Vec3b>(0, 0), cv::Vec3b(255, 255, 255));
  EXPECT_LT(white.rows, clear.rows) << "without ids the rows are lower";
}

TEST_F(Figure, ImagesOfAFolderLieBehindTheHands) {
  const Outcome outcome = run(figure({"--truth", "evaluation/truth.h5", "--random", "1", "--seed", "3", "--images",
                                      fixture_.images().string(), "--overlay", "--out", "a.png"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("1 rows x 2 columns"));
}

TEST_F(Figure, WhatCannotBeDrawnIsOneSentence) {
  const Words first = {"--ids", samples_[0], "--out", "figure.png"};
  expect_refused({"--ids", samples_[0] + ",test/absent.jpg,test/lost.jpg", "--out", "figure.png"}, "test/absent.jpg and 1 more");
  expect_refused({"--ids", samples_[0] + "," + samples_[0], "--out", "figure.png"}, "twice");
  expect_refused({"--ids", samples_[0], "--out", "figure.tiff"}, ".png or .pdf");
  expect_refused({"--ids", samples_[0], "--out", "evaluation/truth.h5/figure.png"}, "truth.h5");
  expect_refused(first + Words{"--truth", fixture_.hand().string()}, "hand.h5");
  expect_refused(first + Words{"--images", "absent"}, "absent");
  expect_refused(first + Words{"--data", fixture_.images().string(), "--width", "20"}, "20 px");
  expect_refused(first + Words{"--cell", "32", "--text", "20"}, "text of 20 pt");
  expect_refused({"--random", "9000", "--out", "figure.png"}, "there are only");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "figure.png"));
}

TEST_F(Figure, ContradictingArgumentsAreUsageErrors) {
  const Words first = {"--ids", samples_[0], "--out", "figure.png"};
  for (const Words& words :
       {Words{"--out", "figure.png"}, first + Words{"--random", "2"}, first + Words{"--names", "ours,others"},
        first + Words{"--errors"}, first + Words{"--overlay"}, first + Words{"--error-max", "20"},
        first + Words{"--views", "back"}, first + Words{"--cell", "100000"}, first + Words{"--cell", "64", "--width", "600"},
        first + Words{"--seed", "2"}, Words{"--worst", "2", "--out", "figure.png"}, first + Words{"--page-width", "1e9"},
        first + Words{"--text", "0"}}) {
    const Outcome outcome = run(figure(words));
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    EXPECT_FALSE(outcome.err.empty());
  }
}

}  // namespace
}  // namespace interprior
