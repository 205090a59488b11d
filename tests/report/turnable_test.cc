#include "report/turnable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "browsed_page.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/render/overlay.h"
#include "interprior/report/report.h"
#include "report/image_list.h"
#include "report/page.h"
#include "support/temporary_directory.h"

namespace interprior {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

// The procedural hands at rest, 12 cm apart, the left one moved up by `shift` (m).
HandSurfaces hands_at_rest(float shift) {
  HandSurfaces surfaces;
  static const HandModel hand = procedural_hand();
  for (const Side side : kSides) {
    surfaces[side] = mesh_from(hand.hand[side].v_template.to(torch::kFloat32), hand.hand[side].faces);
    for (auto& vertex : surfaces[side].vertices) {
      vertex[0] += side == Side::right ? -0.06f : 0.06f;
      vertex[1] -= side == Side::left ? shift : 0;
      vertex[2] += 0.5f;
    }
  }
  return surfaces;
}

std::vector<NamedMesh> two_views(float shift) {
  std::vector<NamedMesh> meshes = named_meshes("truth", hands_at_rest(0));
  for (const NamedMesh& mesh : named_meshes("prediction", hands_at_rest(shift))) meshes.push_back(mesh);
  return meshes;
}

std::vector<int16_t> numbers_of(const std::string& base64_text) {
  static const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  uint32_t group = 0;
  int bits = 0;
  for (const char c : base64_text) {
    const size_t value = alphabet.find(c);
    if (value == std::string::npos) break;
    group = group << 6 | static_cast<uint32_t>(value);
    if ((bits += 6) >= 8) bytes += static_cast<char>(group >> (bits -= 8) & 255u);
  }
  std::vector<int16_t> numbers(bytes.size() / 2);
  std::memcpy(numbers.data(), bytes.data(), 2 * numbers.size());
  return numbers;
}

TEST(Turnable, VerticesAreThoseOfTheMeshesUpToRounding) {
  FaceLists faces;
  const std::vector<NamedMesh> meshes = two_views(0.02f);
  const json scene = json::parse(scene_json(meshes, faces));
  EXPECT_EQ(json::parse(faces.json()).size(), 2u);  // one list per side, shared by all views
  ASSERT_EQ(scene["views"].size(), 2u);
  EXPECT_EQ(scene["views"][0]["title"], "truth");
  EXPECT_EQ(scene["views"][1]["title"], "prediction");
  for (size_t view = 0; view < 2; ++view) {
    // Differences to the first vertex are those of the mesh, in one scale.
    std::vector<double> ratio;
    for (size_t hand = 0; hand < 2; ++hand) {
      EXPECT_EQ(scene["views"][view]["frames"][0][hand]["side"], hand == 0 ? "right" : "left");
      const std::vector<int16_t> numbers = numbers_of(scene["views"][view]["frames"][0][hand]["vertices"]);
      const auto& vertices = meshes[2 * view + hand].mesh.vertices;
      ASSERT_EQ(numbers.size(), 3 * vertices.size());
      double dot = 0, square = 0;
      for (size_t i = 0; i < vertices.size(); ++i)
        for (size_t axis = 0; axis < 3; ++axis) {
          const double metres = vertices[i][axis] - vertices[0][axis], stored = numbers[3 * i + axis] - numbers[axis];
          dot += metres * stored;
          square += metres * metres;
        }
      const double scale = dot / square;
      ratio.push_back(scale);
      for (size_t i = 0; i < vertices.size(); ++i)
        for (size_t axis = 0; axis < 3; ++axis)
          EXPECT_NEAR(numbers[3 * i + axis] - numbers[axis], scale * (vertices[i][axis] - vertices[0][axis]), 1.5);
    }
    EXPECT_NEAR(ratio[0] / ratio[1], 1, 1e-4);
  }
}

TEST(Turnable, MeshesThatAPageCannotHoldStayStill) {
  std::vector<NamedMesh> meshes = named_meshes("", hands_at_rest(0));
  EXPECT_TRUE(can_turn(meshes));
  meshes[0].mesh.vertices.resize(65537);
  EXPECT_FALSE(can_turn(meshes));
  EXPECT_FALSE(can_turn({}));
  Page page("title");
  page.image(cv::Mat(4, 4, CV_8UC3, cv::Scalar(1, 2, 3)), "an image", meshes);
  EXPECT_THAT(page.html(), ::testing::Not(::testing::HasSubstr("class=\"scene\"")));
}

// A page multiplies the sRGB colour by its light; the file of the same hands has the linear one.
TEST(Turnable, APageAndItsFileHaveTheSameColours) {
  Page page("title");
  page.image(cv::Mat(4, 4, CV_8UC3, cv::Scalar(1, 2, 3)), "an image", two_views(0));
  const std::string html = page.html(), start = "id=\"colours\">";
  const size_t begin = html.find(start) + start.size();
  const json colours = json::parse(html.substr(begin, html.find("</script>", begin) - begin), nullptr, false);
  ASSERT_TRUE(colours.is_object());
  for (const NamedMesh& mesh : named_meshes("", hands_at_rest(0)))
    for (size_t i = 0; i < 3; ++i)
      EXPECT_NEAR(1.055 * std::pow(static_cast<double>(mesh.colour[i]), 1 / 2.4) - 0.055, colours[mesh.name][i].get<double>(),
                  1e-6);
}

TEST(Turnable, AnAbsentHandIsLeftOut) {
  HandSurfaces surfaces = hands_at_rest(0);
  surfaces.left = Mesh{};
  const std::vector<NamedMesh> meshes = named_meshes("", surfaces);
  ASSERT_EQ(meshes.size(), 1u);
  EXPECT_EQ(meshes[0].name, "right");
  FaceLists faces;
  EXPECT_EQ(json::parse(scene_json(meshes, faces))["views"][0]["title"], "");
  EXPECT_THAT(named_meshes("truth", {}), IsEmpty());
}

// `count` frames of one view, in which the left hand moves up by 5 mm each.
std::vector<NamedMesh> frames_of(const std::string& view, size_t count) {
  std::vector<NamedMesh> meshes;
  for (size_t i = 0; i < count; ++i)
    for (NamedMesh& mesh : named_frame(view, i + 1, hands_at_rest(0.005f * static_cast<float>(i))))
      meshes.push_back(std::move(mesh));
  return meshes;
}

TEST(Turnable, FramesOfAViewShareItsCentreAndScale) {
  std::vector<NamedMesh> meshes = named_meshes("truth", hands_at_rest(0));
  for (NamedMesh& mesh : frames_of("hypotheses", 12)) meshes.push_back(std::move(mesh));
  FaceLists faces;
  const json scene = json::parse(scene_json(meshes, faces));
  EXPECT_EQ(json::parse(faces.json()).size(), 2u);
  ASSERT_EQ(scene["views"].size(), 2u);
  EXPECT_EQ(scene["views"][0]["frames"].size(), 1u);
  EXPECT_EQ(scene["views"][1]["title"], "hypotheses");
  const json& frames = scene["views"][1]["frames"];
  ASSERT_EQ(frames.size(), 12u);  // in their order: 10 after 9
  const auto first_of = [&](size_t frame, size_t hand) { return numbers_of(frames[frame][hand]["vertices"]); };
  const auto& vertices = meshes[0].mesh.vertices;
  double metres = 0, units = 0;  // the extent of a hand gives the scale
  for (size_t i = 0; i < vertices.size(); ++i) {
    metres = std::max(metres, std::abs(static_cast<double>(vertices[i][0] - vertices[0][0])));
    units = std::max(units, std::abs(static_cast<double>(first_of(0, 0)[3 * i] - first_of(0, 0)[0])));
  }
  for (size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(first_of(i, 0), first_of(0, 0)) << "the right hand rests";
    EXPECT_NEAR(first_of(0, 1)[1] - first_of(i, 1)[1], 0.005 * static_cast<double>(i) * units / metres, 2.5);
  }
}

TEST(Turnable, AFrameCostsItsVerticesInSixteenBits) {
  const cv::Mat image(8, 8, CV_8UC3, cv::Scalar(1, 2, 3));
  const auto size_with = [&](size_t frames) {
    Page page("title");
    page.image(image, "an image", frames_of("hypotheses", frames));
    return page.html().size();
  };
  const size_t vertices = hands_at_rest(0).right.vertices.size();
  const size_t added = size_with(9) - size_with(1);
  EXPECT_GE(added, 8 * 2 * vertices * 8);  // three numbers of two bytes in base64
  EXPECT_LE(added, 8 * 2 * (vertices * 8 + 64));
}

// An evaluation of 20 samples with its meshes.
TEST(Turnable, APageOfTwentySamplesIsSmallAndTurnsInABrowser) {
  const TemporaryDirectory folder;
  write_file(
      folder / "evaluation.json",
      R"({"protocol": "wrist", "samples": 20, "metrics": {"mpjpe_mm": 8.5, "mpvpe_mm": 18.75, "mrrpe_mm": null, "pa_mpjpe_mm": 4.25},
                 "right": {"mpjpe_mm": 8.0}, "left": {"mpjpe_mm": 9.0}, "baselines": {"mean_pose": {"mpjpe_mm": 21.5}}})");
  ImageList list(folder.path());
  for (int i = 0; i < 20; ++i) {
    const HandSurfaces truth = hands_at_rest(0), prediction = hands_at_rest(0.002f * static_cast<float>(i));
    const double radius = radius_of(truth);
    list.add("worst_" + std::to_string(i), beside({draw_framed(truth, 0, radius), draw_framed(prediction, M_PI / 2, radius)}, 3),
             "Worst samples", "sample " + std::to_string(i), two_views(0.002f * static_cast<float>(i)));
  }
  list.write_list();
  const fs::path page = write_report(folder.path());
  EXPECT_LT(fs::file_size(page), 2'000'000u);

  const std::optional<json> result = browsed(page, folder / "found.json");
  if (!result) GTEST_SKIP() << kNoBrowser;
  const json& found = *result;
  EXPECT_THAT(found["console"], IsEmpty());
  EXPECT_EQ(found["meshes"], 20);
  EXPECT_GT(found["colours"].get<int>(), 100) << "the canvas is blank";
  for (const Side side : kSides) EXPECT_LE(found["nearest"][side_name(side)].get<int>(), 2) << "no surface has its full colour";
  for (const char* action : {"drag_changes", "wheel_changes", "key_changes", "double_click_restores"})
    EXPECT_EQ(found[action], true) << action;
  EXPECT_EQ(found["sorts"], true);
  EXPECT_LT(found["opened"].get<int>(), 20) << "figures out of sight are not decoded";
  EXPECT_FALSE(found.contains("steps")) << "a slider without anything to step through";
}

// Figures out of view hold no pixels, and rows are added and sorted on request.
TEST(Turnable, ALongPageHoldsOnlyWhatIsInViewInABrowser) {
  const TemporaryDirectory folder;
  Page page("title");
  for (int i = 0; i < 60; ++i)
    page.image(cv::Mat(300, 400, CV_8UC3, cv::Scalar(1, 2, 3)), "an image", two_views(0.002f * static_cast<float>(i)));
  Table table{"", {{"name", "mm", "note"}}};
  for (int i = 0; i < 1500; ++i)
    table.rows.push_back({"row_" + std::to_string(i), i % 7 == 0 ? "-" : std::to_string((i * 677) % 1500), "a<b"});
  page.table(table);
  page.write(folder / "page.html");
  const std::optional<json> result = browsed(folder / "page.html", folder / "found.json");
  if (!result) GTEST_SKIP() << kNoBrowser;
  const json& found = *result;
  EXPECT_THAT(found["console"], IsEmpty());
  EXPECT_EQ(found["meshes"], 60);
  EXPECT_LT(found["held"].get<int>(), found["opened"].get<int>());
  EXPECT_LT(found["opened"].get<int>(), 30);
  EXPECT_EQ(found["scrolling_back_restores"], true);
  EXPECT_EQ(found["rows"], 200);
  EXPECT_EQ(found["more_text"], "show 500 more of 1,500 rows");
  EXPECT_EQ(found["rows_after_enter"], 700);
  EXPECT_EQ(found["focus_stays"], true);
  EXPECT_EQ(found["sorts"], true);
  EXPECT_THAT(found["largest"], ElementsAre("row_1387", "1499", "a<b"));
  EXPECT_EQ(found["rows_in_the_end"], 1500);
}

TEST(Turnable, ASliderStepsThroughFramesInABrowser) {
  const TemporaryDirectory folder;
  Page page("title");
  std::vector<NamedMesh> meshes = named_meshes("truth", hands_at_rest(0));
  for (NamedMesh& mesh : frames_of("hypotheses", 8)) meshes.push_back(std::move(mesh));
  page.image(cv::Mat(8, 8, CV_8UC3, cv::Scalar(1, 2, 3)), "an image", meshes);
  page.table({"", {{"", "mm"}, {"a", "3"}, {"b", "1"}, {"c", "2"}, {"d", "4"}}});
  page.write(folder / "page.html");
  const std::optional<json> result = browsed(folder / "page.html", folder / "found.json");
  if (!result) GTEST_SKIP() << kNoBrowser;
  const json& found = *result;
  EXPECT_THAT(found["console"], IsEmpty());
  EXPECT_EQ(found["steps"], 8);
  EXPECT_EQ(found["step_text"], "hypotheses2 of 8");
  for (const char* action : {"drag_changes", "double_click_restores", "step_changes", "step_back_restores"})
    EXPECT_EQ(found[action], true) << action;
}

}  // namespace
}  // namespace interprior
