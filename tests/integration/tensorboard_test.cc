#include <gtest/gtest.h>
#include <torch/types.h>

#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "fixture.h"
#include "interprior/render/image_files/image_file.h"
#include "interprior/run/run_folder.h"
#include "interprior/run/tensorboard_events.h"
#include "python.h"

// Event files read by TensorBoard's own reader (tests/reference/read_events.py).
namespace interprior {
namespace {

using nlohmann::json;

class TensorboardReads : public PythonScripts {
 protected:
  void SetUp() override { need("tensorboard.backend.event_processing.event_accumulator"); }
  json events_of(const std::filesystem::path& path) const {
    EXPECT_EQ(script("tests/reference/read_events.py", {path.string()}), 0) << errors();
    return json::parse(output(), nullptr, false);
  }
};

EventImage image(int width, int height) {
  return {width, height, png_bytes(cv::Mat(height, width, CV_8UC3, cv::Scalar(200, 100, 0)))};
}

TEST_F(TensorboardReads, AllThatWasWritten) {
  const std::filesystem::path file = folder_ / "events.out.tfevents.000000.interprior";
  const EventImage crop = image(300, 200), heatmap = image(64, 32);
  const EventHistogram first = histogram_of(torch::tensor({-1.0, 0.25, 0.5, 3.0}, torch::kFloat64));
  append_scalars(file, 1, {{"train/loss", 1.5}, {"validation/mpjpe_mm", 1e30}}, 1000.25);
  append_images(file, 1, {{"sample/crop", crop}, {"sample/heatmap", heatmap}}, 1000.5);
  append_histograms(file, 1, {{"weights/stem", first}}, 1000.75);
  append_scalars(file, 200, {{"train/loss", std::numeric_limits<double>::quiet_NaN()}}, 1001);
  append_images(file, 200, {{"sample/crop", heatmap}}, 1002);
  append_histograms(file, 200, {{"weights/stem", histogram_of(torch::full({5}, 2.0))}}, 1003);
  append_histograms(file, 70000, {{"weights/stem", histogram_of(torch::empty({0}))}}, 1004);
  append_scalars(file, 5'000'000'000, {{"train/loss", -0.125}}, 1005);

  const json events = events_of(file);
  const size_t crop_bytes = crop.png_or_jpeg.size(), heatmap_bytes = heatmap.png_or_jpeg.size();
  EXPECT_EQ(events.at("scalars"), (json{{"train/loss", {{1, 1.5}, {200, nullptr}, {5'000'000'000, -0.125}}},
                                        {"validation/mpjpe_mm", json::array({{1, static_cast<double>(1e30f)}})}}));
  EXPECT_EQ(events.at("images"), (json{{"sample/crop", {{1, 300, 200, crop_bytes}, {200, 64, 32, heatmap_bytes}}},
                                       {"sample/heatmap", json::array({{1, 64, 32, heatmap_bytes}})}}));
  EXPECT_EQ(events.at("histograms"), (json{{"weights/stem", {{1, 4, -1, 3, 2.75}, {200, 5, 2, 2, 10}, {70000, 0, 0, 0, 0}}}}));
}

TEST_F(TensorboardReads, TheValuesOfARunsLog) {
  const std::filesystem::path run = fixture().prior_run();
  using Curve = std::vector<std::pair<int64_t, float>>;
  std::map<std::string, Curve> logged, read;
  for (const LogLine& line : read_log(run))
    for (const auto& [name, value] : line.values)
      logged[line.group + "/" + name].emplace_back(line.step, static_cast<float>(value));
  const json scalars = events_of(run).at("scalars");
  for (const auto& [tag, points] : scalars.items())
    for (const json& point : points) read[tag].emplace_back(point[0].get<int64_t>(), point[1].get<float>());

  ASSERT_EQ(logged["train/loss"].size(), 8u);  // steps of fixture.h
  EXPECT_EQ(read["train/loss"], logged["train/loss"]);
  EXPECT_EQ(read, logged);
}

// A run killed after step 6 with a checkpoint of step 4: events of steps 5 and 6 are those after the resume.
TEST_F(TensorboardReads, EachStepOnceAfterAResume) {
  RunFolder(folder_ / "run", "", false);
  {
    RunFolder killed(folder_ / "run", "", true);
    for (int64_t step : {2, 4, 5, 6}) killed.log(step, "train", {{"loss", 1.0}});
  }
  RunFolder resumed(folder_ / "run", "", true);
  resumed.resume_from(4);
  for (int64_t step : {5, 6, 8}) resumed.log(step, "train", {{"loss", 2.0}});
  EXPECT_EQ(events_of(folder_ / "run").at("scalars").at("train/loss"), (json{{2, 1.0}, {4, 1.0}, {5, 2.0}, {6, 2.0}, {8, 2.0}}));
}

}  // namespace
}  // namespace interprior
