#include "interprior/report/report.h"

#include <gtest/gtest.h>

#include "interprior/base/files/atomic_file.h"
#include "interprior/experiment/sweep.h"
#include "interprior/geometry/mesh.h"
#include "interprior/render/image_files/image_file.h"
#include "interprior/run/run_folder.h"
#include "report/image_list.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const char* kEvaluation = R"({"protocol": "intaghand", "samples": 12, "skipped": {"mano_missing": 3},
  "metrics": {"mpjpe_mm": 8.5, "mpvpe_mm": 8.75, "mrrpe_mm": null, "pa_mpjpe_mm": 4.25, "auc_50mm": 0.875,
              "mpjpe_interval_mm": [8.0, 9.0]},
  "right": {"mpjpe_mm": 8.0}, "left": {"mpjpe_mm": 9.0}, "per_joint_mm": {"wrist": 1.5, "thumb_1": 2.5}, "box": "oracle",
  "worst": [{"sample": "test/hard", "mpjpe_mm": 35, "right_mpjpe_mm": 30, "left_mpjpe_mm": 40}],
  "baselines": {"mean_pose": {"mpjpe_mm": 21.5}, "mean_pose_true_wrist": {"mpjpe_mm": 17.25}}})";

void make_run(const std::filesystem::path& folder) {
  RunFolder run(folder, "seed: 17\n", false);
  for (int64_t step = 1; step <= 60; ++step)
    run.log(step, "train", {{"loss", 1.0 / static_cast<double>(step)}, {"loss/joints", 0.5}, {"learning_rate", 1e-3}});
  run.log(60, "validation", {{"mpjpe_mm", 12.25}, {"baseline_mpjpe_mm", 20.5}});
}

void make_evaluation(const std::filesystem::path& folder) {
  write_file(folder / "evaluation.json", kEvaluation);
  ImageList list(folder);
  list.add("worst_1", cv::Mat(8, 8, CV_8UC3, cv::Scalar(1, 2, 3)), "Worst samples", "test/hard: 35 mm");
  list.write_list();
}

std::string page_of(const std::filesystem::path& folder) { return read_file(write_report(folder)); }

TEST(Report, ARunShowsItsLastNumbersCurvesAndConfig) {
  TemporaryDirectory folder;
  make_run(folder / "run");
  EXPECT_EQ(write_report(folder / "run"), folder / "run" / "report.html");
  EXPECT_THAT(page_of(folder / "run"),
              AllOf(HasSubstr("Training run: run"), HasSubstr("12.25"), HasSubstr("mean pose 20.50"), HasSubstr("Training loss"),
                    HasSubstr("Validation errors"), HasSubstr("seed: 17"), HasSubstr("<svg")));
}

TEST(Report, ARunWithoutLogLinesHasAPageToo) {
  TemporaryDirectory folder;
  RunFolder(folder / "run", "seed: 1\n", false);
  EXPECT_THAT(page_of(folder / "run"), HasSubstr("Nothing has been logged yet"));
}

TEST(Report, AnEvaluationNamesItsProtocolBesideEveryHeadlineNumber) {
  TemporaryDirectory folder;
  make_evaluation(folder / "evaluation");
  EXPECT_THAT(page_of(folder / "evaluation"),
              AllOf(HasSubstr("8.50"), HasSubstr("protocol intaghand; mean pose 21.50"), HasSubstr("17.25"), HasSubstr("0.875"),
                    HasSubstr("8.00 to 9.00"), HasSubstr("box oracle"), HasSubstr("mano missing"), HasSubstr("test/hard: 35 mm"),
                    HasSubstr("data:image/jpeg")));
}

TEST(Report, HypothesesArePlottedAgainstTheError) {
  TemporaryDirectory folder;
  std::string with = kEvaluation;
  const std::string hypotheses = R"("hypotheses": 4, "best_of_mpjpe_mm": {"1": 9.5, "2": 8.5, "4": 7.5}, "spread_mm": 3.125,
    "spread_rank_correlation": 0.625, "calibration": [{"samples": 6, "spread_mm": 1, "error_mm": 5},
    {"samples": 6, "spread_mm": 5, "error_mm": 12}], )";
  with.insert(with.find("\"mpjpe_mm\": 8.5"), hypotheses);
  write_file(folder / "evaluation.json", with);
  EXPECT_THAT(page_of(folder.path()),
              AllOf(HasSubstr("Best of K hypotheses"), HasSubstr("Spread of the hypotheses against the error, 2 groups"),
                    HasSubstr("rank correlation 0.62"), HasSubstr("3.12")));
  for (const char* damage :
       {R"("best_of_mpjpe_mm": 7, "calibration": {}, )", R"("calibration": [7, null], "best_of_mpjpe_mm": {"x": []}, )"}) {
    with = kEvaluation;
    with.insert(with.find("\"mpjpe_mm\": 8.5"), damage);
    write_file(folder / "evaluation.json", with);
    EXPECT_NO_THROW(page_of(folder.path())) << damage;
  }
}

TEST(Report, TheImagesOfTheWorstComeBeforeTablesAndCharts) {
  TemporaryDirectory folder;
  make_evaluation(folder.path());
  const std::string page = page_of(folder.path());
  EXPECT_LT(page.find("test/hard: 35 mm"), page.find("Protocol intaghand</caption>"));
  EXPECT_LT(page.find("test/hard: 35 mm"), page.find("<svg"));
}

TEST(Report, CurvesBinsAndTheHandAreDrawn) {
  TemporaryDirectory folder;
  std::string with = kEvaluation;
  with.insert(with.find("\"mpjpe_mm\": 8.5"), R"("pck": [0, 0.25, 1], "distribution": [0, 0.5, 1],
    "overlap_bins": [{"above": 0, "up_to": 0, "samples": 7, "mpjpe_mm": 6.125, "mrrpe_mm": 20.5}],
    "occlusion_bins": [{"above": 0.25, "up_to": 0.5, "hands": 9, "mpjpe_mm": 11.625}], )");
  std::string joints = "\"per_joint_mm\": {";
  for (int i = 0; i < 21; ++i)
    joints += (i > 0 ? ", \"j" : "\"j") + std::to_string(i) + "\": " + (i == 3 ? "null" : std::to_string(i + 1));
  const size_t begin = with.find("\"per_joint_mm\": {"), end = with.find('}', begin);
  with.replace(begin, end - begin, joints);
  write_file(folder / "evaluation.json", with);
  EXPECT_THAT(page_of(folder.path()),
              AllOf(HasSubstr("PCK, protocol intaghand"), HasSubstr("Samples with at most this error"), HasSubstr("6.12"),
                    HasSubstr("20.50"), HasSubstr("0.25 to 0.50"), HasSubstr("11.62"), HasSubstr("pinky_tip: 21.00 mm")));
}

TEST(Report, TwoMethodsAreComparedSampleBySample) {
  TemporaryDirectory folder;
  std::string with = kEvaluation;
  with.insert(with.rfind('}'), R"(, "against": {"first": "p.h5", "second": "q.h5", "second_metrics": {"pck": [0.5]},
    "differences": {"mpjpe_mm": {"samples": 12, "mean": -1.125, "interval": [-2.5, 0.375], "share_better": 0.75}},
    "mpjpe_distribution": [[-1, 0.25], [0, 0.75]],
    "first_better": [{"sample": "test/won", "difference_mm": -9.5, "first_mpjpe_mm": 4, "second_mpjpe_mm": 13.5}], "second_better": []})");
  write_file(folder / "evaluation.json", with);
  EXPECT_THAT(page_of(folder.path()), AllOf(HasSubstr("q.h5"), HasSubstr("-1.125"), HasSubstr("-2.500"), HasSubstr("75.0"),
                                            HasSubstr("test/won"), HasSubstr("Where the first is better by most")));
}

TEST(Report, AnEvaluationUnderSeveralProtocolsShowsEach) {
  TemporaryDirectory folder;
  std::string second = kEvaluation;
  second.replace(second.find("intaghand"), 9, "wrist");
  write_file(folder / "evaluation.json", "[" + std::string(kEvaluation) + "," + second + "]");
  EXPECT_THAT(page_of(folder.path()), AllOf(HasSubstr("protocol intaghand"), HasSubstr("protocol wrist")));
}

TEST(Report, APriorsEvaluationIsShown) {
  TemporaryDirectory folder;
  write_file(folder / "evaluation.json",
             R"({"samples": 100, "joint_mm": 3.25, "vertex_mm": 3.5, "mean_pattern_joint_mm": 33.5, "active_dimensions": 41})");
  const std::string page = page_of(folder.path());
  EXPECT_THAT(page,
              AllOf(HasSubstr("3.25"), HasSubstr("mean pattern 33.50"), HasSubstr(">41 "), HasSubstr("100 held-out patterns")));
  EXPECT_THAT(page, Not(HasSubstr("Feature space")));  // page of an evaluation without samples of the prior
}

TEST(Report, APriorsSamplesAreShownBesideHeldOutPatterns) {
  TemporaryDirectory folder;
  write_file(folder / "evaluation.json", R"({"samples": 100, "joint_mm": 3.25, "samples_drawn": 500, "feature_space": "joints",
      "standard_normal": {"samples": 500, "frechet_mm2": 1234.5, "recall": 0.625, "diversity_mm": null},
      "aggregated_posterior": {"samples": 500, "frechet_mm2": 99.25, "recall": 0.75, "diversity_mm": 210.5},
      "held_out": {"samples": 50, "frechet_mm2": 3.5, "recall": 0.875, "diversity_mm": 215.5}})");
  EXPECT_THAT(page_of(folder.path()),
              AllOf(HasSubstr("Sampling, 500 samples of each kind"), HasSubstr("z ~ N(0, I)"), HasSubstr("aggregated posterior"),
                    HasSubstr("Frechet distance, mm^2"), HasSubstr("1234.50"), HasSubstr("99.25"), HasSubstr("0.625"),
                    HasSubstr("0.875"), HasSubstr("210.50"), HasSubstr("Feature space: joints.")));
}

TEST(Report, ASweepShowsItsTableFailuresAndClaim) {
  TemporaryDirectory folder;
  SweepConfig config;
  config.claim = "B beats A.";
  config.cells = {{"A", {}}, {"B", {"x=1"}}};
  config.metrics = {"mpjpe_mm", "mrrpe_mm"};
  run_sweep(
      config, folder / "sweep", "",
      [](const std::string&, const std::string&, const std::vector<std::string>&, const std::filesystem::path& path) -> bool {
        if (path.parent_path().filename() == "B") throw Error("the loss is not finite");
        RunFolder run(path, "", false);
        run.log(1, "validation", {{"mpjpe_mm", 9.5}, {"mrrpe_mm", 20}, {"baseline_mpjpe_mm", 30.25}});
        run.log(2, "validation", {{"mpjpe_mm", 6.5}, {"mrrpe_mm", 17.75}, {"baseline_mpjpe_mm", 30.25}});
        ImageList list(path);
        list.add("worst_1", cv::Mat(8, 8, CV_8UC3, cv::Scalar(1, 2, 3)), "Worst samples", "val/hard: 35 mm");
        list.write_list();
        return true;
      });
  EXPECT_THAT(page_of(folder / "sweep"),
              AllOf(HasSubstr("Sweep: sweep"), HasSubstr("B beats A."), HasSubstr("6.50"), HasSubstr("the loss is not finite"),
                    HasSubstr("17.75"), HasSubstr("baseline: mean pose"), HasSubstr("30.25"), HasSubstr("While they learn"),
                    HasSubstr("A, seed 0: val/hard: 35 mm")));
}

TEST(Report, AFolderOfSeveralShowsResultsFirst) {
  TemporaryDirectory folder;
  make_run(folder / "sampler");
  make_run(folder / "prior");
  make_evaluation(folder / "evaluation/of_sampler");
  std::filesystem::create_directory(folder / "unrelated");
  write_file(folder / "summary.json", R"({"mpjpe_mm": 8.5, "protocol": "intaghand", "seconds": 185, "peak_memory_gib": 1.5})");
  const std::string html = page_of(folder.path());
  EXPECT_THAT(html,
              AllOf(HasSubstr("3 min 05 s"), HasSubstr("GiB"), HasSubstr("Training run: prior"), Not(HasSubstr("unrelated"))));
  EXPECT_LT(html.find("Evaluation: evaluation/of_sampler</h2>"), html.find("Training run: prior</h2>"));
  EXPECT_LT(html.find("Training run: prior</h2>"), html.find("Training run: sampler</h2>"));
}

TEST(Report, OtherInputsAreRefusedWithOneMessage) {
  TemporaryDirectory folder;
  EXPECT_THAT([&] { write_report(folder / "missing"); }, ThrowsError(HasSubstr("no such folder")));
  EXPECT_THAT([&] { write_report(folder.path()); }, ThrowsError(HasSubstr("neither a run nor an evaluation")));
  for (const char* damage : {"", "{", "7", "{}", "[{}]", R"({"protocol": "intaghand", "metrics": 3})"}) {
    write_file(folder / "evaluation.json", damage);
    EXPECT_THAT([&] { write_report(folder.path()); }, ThrowsError(HasSubstr("evaluation.json"))) << damage;
  }
}

TEST(Report, PredictionsNeedNoOverlay) {
  TemporaryDirectory folder;
  write_file(folder / "json/a.json", "{\n \"format\": \"interprior.reconstruction\"}");
  write_file(folder / "videos/clip.jsonl", "");
  write_file(folder / "videos/clip_overlay.mp4", "x");
  write_file(folder / "other/a.json", "{\"format\": \"coco\"}");
  EXPECT_THAT(page_of(folder / "json"), HasSubstr("1 image(s) reconstructed"));
  EXPECT_THAT(page_of(folder / "videos"), AllOf(HasSubstr("href=\"./clip_overlay.mp4\""), HasSubstr("href=\"./clip.jsonl\"")));
  EXPECT_THAT([&] { write_report(folder / "other"); }, ThrowsError(HasSubstr("neither")));
}

TEST(Report, DrawnSamplesBecomeOneFigureWithASlider) {
  const TemporaryDirectory folder;
  Mesh triangle;
  triangle.vertices = {{0, 0, 0}, {0.1f, 0, 0}, {0, 0.1f, 0}};
  triangle.faces = {{0, 1, 2}};
  for (const char* name : {"draw_0000.glb", "draw_0001.glb", "draw_0002.glb"})
    write_glb(folder / name, {{"right", triangle}, {"left", triangle}});
  EXPECT_THAT([&] { write_report(folder.path()); }, ThrowsError(HasSubstr("or samples"))) << "no contact sheet";
  write_image(folder / "contact_sheet.png", cv::Mat(8, 8, CV_8UC3, cv::Scalar(1, 2, 3)));
  const std::string page = page_of(folder.path());
  EXPECT_THAT(page, AllOf(HasSubstr("in 3D the first 3"), HasSubstr("data:image/png"), HasSubstr("\"title\":\"samples\"")));
  size_t hands = 0;
  for (size_t at = page.find("\"side\":"); at != std::string::npos; at = page.find("\"side\":", at + 1)) ++hands;
  EXPECT_EQ(hands, 6u);
  write_file(folder / "draw_0001.glb", "glTF");
  EXPECT_THAT(page_of(folder.path()), AllOf(HasSubstr("These meshes cannot be shown"), HasSubstr("draw_0001.glb")));
}

TEST(Report, DamagedMeshesAreReportedBesideTheImage) {
  TemporaryDirectory folder;
  write_image(folder / "a_overlay.jpg", cv::Mat(8, 8, CV_8UC3, cv::Scalar(1, 2, 3)));
  write_file(folder / "a.glb", "glTF");
  EXPECT_THAT(page_of(folder.path()),
              AllOf(HasSubstr("These meshes cannot be shown"), HasSubstr("a.glb"), HasSubstr("data:image/jpeg")));
}

}  // namespace
}  // namespace interprior
