#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "browsed_page.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/geometry/glb_reader.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/render/image_files/image_file.h"
#include "interprior/report/report.h"
#include "report/turnable.h"
#include "support/temporary_directory.h"

// Pages of the folders of `predict` and `fit`.
namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

// The procedural hands at rest: more vertices than MANO's 778.
HandSurfaces hands_of(float shift) {
  static const HandModel hand = procedural_hand();
  HandSurfaces surfaces;
  for (const Side side : kSides) {
    Mesh& mesh = surfaces[side] = mesh_from(hand.hand[side].v_template.to(torch::kFloat32), hand.hand[side].faces);
    for (auto& vertex : mesh.vertices) vertex = {vertex[0] + shift, vertex[1], vertex[2] + 0.5f};
  }
  return surfaces;
}

void write_meshes(const fs::path& folder, const std::string& name, size_t hypotheses) {
  write_glb(folder / (name + ".glb"), named_meshes("", hands_of(0)));
  std::vector<NamedMesh> frames;
  for (size_t k = 0; k < hypotheses; ++k)
    for (NamedMesh& mesh : named_frame("hypotheses", k + 1, hands_of(0.01f * static_cast<float>(k))))
      frames.push_back(std::move(mesh));
  fs::create_directories(folder / "hypotheses");
  write_glb(folder / "hypotheses" / (name + ".glb"), frames);
}

void write_overlay(const fs::path& folder, const std::string& name, int width) {
  cv::Mat noise(width / 2, width, CV_8UC3);
  cv::RNG(7).fill(noise, cv::RNG::UNIFORM, 0, 256);
  write_image(folder / (name + "_overlay.jpg"), noise);
}

std::string document(const std::string& name, double presence = 0.75) {
  std::string spread = "[0.002";
  for (int joint = 1; joint < 21; ++joint) spread += ", 0.002";
  return R"({"format": "interprior.reconstruction", "version": 2, "sample": ")" + name +
         R"(", "warnings": ["box_small", "crop_enlarged"], "right": {"presence": )" + std::to_string(presence) +
         R"(, "present": true, "joints": [[0, 0, 0.625]], "spread": )" + spread +
         R"(]}, "left": {"presence": 0.25, "present": false, "spread": null}, "left_wrist_from_right": [-0.03, 0, 0.04]})";
}

std::string page_of(const fs::path& folder) { return read_file(write_report(folder)); }

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// The files of `fit` of one image, and its page.
std::string write_fit(const fs::path& folder, const std::string& name) {
  write_overlay(folder, name, 300);
  for (const char* ending : {"_keypoints.jpg", "_side.jpg"})
    write_image(folder / (name + ending), cv::Mat(150, ending[1] == 'k' ? 200 : 120, CV_8UC3, cv::Scalar(90, 120, 150)));
  write_glb(folder / (name + ".glb"), named_meshes("", hands_of(0)));
  write_file(folder / (name + ".json"), document(name));
  return page_of(folder);
}

TEST(PredictionSection, AnImageHasOneFigure) {
  const TemporaryDirectory folder;
  std::string page = write_fit(folder.path(), "a");
  EXPECT_EQ(count_of(page, "<figure"), 1u);
  EXPECT_EQ(count_of(page, "<img"), 2u) << "the overlay has the view from the side";
  EXPECT_EQ(count_of(page, "class=\"scene\""), 1u);
  EXPECT_THAT(page,
              AllOf(HasSubstr("<figure class=\"image row meshes\">"), HasSubstr("--aspect:2.000"), HasSubstr("--aspect:1.333"),
                    HasSubstr("a: hands in the image and from the side; keypoints (dots) and fitted skeletons</figcaption>")));
  fs::remove(folder / "a_overlay.jpg");
  page = page_of(folder.path());
  EXPECT_EQ(count_of(page, "<figure"), 1u);
  EXPECT_THAT(page, AllOf(HasSubstr("--aspect:0.800"), HasSubstr("fitted skeletons; hands from the side</figcaption>")));
}

TEST(PredictionSection, AVideoIsALinkAndAPlayerOfAFileBesideThePage) {
  const TemporaryDirectory folder;
  const std::string line = document("clip_000000") + "\n";
  const fs::path sub = folder / "predictions of #1";
  fs::create_directories(sub);
  write_file(sub / "a\"b 50%.jsonl", line);
  EXPECT_THAT(page_of(sub),
              AllOf(HasSubstr("<a href=\"./a%22b%2050%25.jsonl\">a&quot;b 50%.jsonl</a>"), Not(HasSubstr("<video"))));
  write_file(sub / "a\"b 50%_overlay.mp4", "");
  EXPECT_THAT(page_of(sub), HasSubstr("<video controls preload=\"none\" src=\"./a%22b%2050%25_overlay.mp4\"></video>"));
  EXPECT_THAT(page_of(folder.path()), HasSubstr("<a href=\"./predictions%20of%20%231/a%22b%2050%25_overlay.mp4\">"))
      << "of a page of the folder above";
}

TEST(PredictionSection, AFigureIsOneRowWithoutItsVideoInABrowser) {
  const TemporaryDirectory folder;
  write_file(folder / "clip_overlay.mp4", "");
  const std::string page = write_fit(folder.path(), "a");
  ASSERT_THAT(page, HasSubstr("<video"));
  fs::remove(folder / "clip_overlay.mp4");
  const auto found = browsed(folder / "report.html", folder / "found.json");
  if (!found) GTEST_SKIP() << kNoBrowser;
  EXPECT_THAT((*found)["console"], ::testing::IsEmpty());
  EXPECT_EQ((*found)["rows_of_figure"], 1);
  EXPECT_EQ((*found)["one_height"], true);
}

TEST(PredictionSection, HypothesesBecomeFramesOfASlider) {
  const TemporaryDirectory folder;
  write_overlay(folder.path(), "a", 40);
  write_meshes(folder.path(), "a", 3);
  const std::string page = page_of(folder.path());
  EXPECT_THAT(page, AllOf(HasSubstr("\"title\":\"prediction\""), HasSubstr("\"title\":\"hypotheses\""),
                          HasSubstr("a: hands in the image and from the side; in 3D also 3 of its hypotheses")));
  EXPECT_EQ(count_of(page, "\"side\":\"right\""), 4u);
  EXPECT_EQ(count_of(page, "<figure"), 1u);
}

TEST(PredictionSection, HypothesesOfOneHandAreCountedAlike) {
  const TemporaryDirectory folder;
  write_overlay(folder.path(), "a", 40);
  write_meshes(folder.path(), "a", 3);
  std::vector<NamedMesh> right;
  for (NamedMesh& mesh : read_glb(folder / "hypotheses/a.glb"))
    if (mesh.name.ends_with("right")) right.push_back(std::move(mesh));
  write_glb(folder / "hypotheses/a.glb", right);
  EXPECT_THAT(page_of(folder.path()), HasSubstr("; in 3D also 3 of its hypotheses"));
}

TEST(PredictionSection, WithoutHypothesesThePredictionHasNoTitle) {
  const TemporaryDirectory folder;
  write_overlay(folder.path(), "a", 40);
  write_glb(folder / "a.glb", named_meshes("", hands_of(0)));
  EXPECT_THAT(page_of(folder.path()),
              AllOf(HasSubstr("\"title\":\"\""), Not(HasSubstr("hypotheses\"")), Not(HasSubstr("in 3D also"))));
}

TEST(PredictionSection, HypothesesNeedNeitherOverlayNorResult) {
  const TemporaryDirectory folder;
  write_meshes(folder.path(), "a", 2);
  fs::remove(folder / "a.glb");
  write_file(folder / "a.json", document("a"));
  const std::string page = page_of(folder.path());
  EXPECT_THAT(page, AllOf(HasSubstr("data:image/jpeg"), HasSubstr("\"title\":\"hypotheses\"")));
  EXPECT_EQ(count_of(page, "\"side\":\"left\""), 2u);
}

TEST(PredictionSection, APageOfTwentySamplesWithHypothesesHasAtMostTwoMegabytes) {
  const TemporaryDirectory folder;
  for (int i = 0; i < 30; ++i) {
    const std::string name = "image_" + std::to_string(100 + i);
    write_overlay(folder.path(), name, 900);
    write_meshes(folder.path(), name, 30);
    write_file(folder / (name + ".json"), document(name));
  }
  ASSERT_GT(fs::file_size(folder / "image_100_overlay.jpg"), 200'000u);
  const fs::path page = write_report(folder.path());
  EXPECT_LE(fs::file_size(page), 2'000'000u);
  EXPECT_GE(fs::file_size(page), 1'500'000u);
  const std::string html = read_file(page);
  EXPECT_EQ(count_of(html, "<figure"), 20u);
  EXPECT_EQ(count_of(html, "\"side\":\"right\""), 20u * (1 + 4));
  EXPECT_THAT(html, AllOf(HasSubstr("30 image(s) reconstructed; the first 20 are shown"),
                          HasSubstr("<td class=\"words\">image_129</td>"), Not(HasSubstr("alt=\"image_129"))));
}

TEST(PredictionSection, TheTableHasEveryPairOfHandsOfImagesAndVideos) {
  const TemporaryDirectory folder;
  write_file(folder / "a.json", document("a"));
  write_file(folder / "clip.jsonl", document("clip_000000") + "\n" + document("clip_000001") + "\n");
  const std::string page = page_of(folder.path());
  for (const char* name : {"a", "clip_000000", "clip_000001"})
    EXPECT_THAT(page, HasSubstr("<tr><td class=\"words\">" + std::string(name) +
                                "</td><td>0.625</td><td>50.0</td><td>2.0</td><td>0.75</td><td>0.25 absent</td>"
                                "<td class=\"words\">box_small, crop_enlarged</td></tr>"));
}

TEST(PredictionSection, DamagedFilesAreCountedAndTheOthersShown) {
  const TemporaryDirectory folder;
  write_file(folder / "a.json", document("a"));
  write_file(folder / "b.json", document("b").substr(0, 100));
  write_file(folder / "c.json", R"({"format": "interprior.reconstruction", "right": 7, "left": {"spread": {}, "presence": "x"},
    "warnings": [3], "left_wrist_from_right": [1]})");
  write_file(folder / "clip.jsonl", "{\"format\": \"interprior.reconstruction\"}\n[]\n");
  EXPECT_THAT(page_of(folder.path()),
              AllOf(HasSubstr("2 file(s) or line(s) are no JSON objects and are not in the table, first in b.json"),
                    HasSubstr("<td class=\"words\">a</td>"), HasSubstr("<td class=\"words\">c.json</td><td>-</td><td>-</td>")));
  fs::create_directories(folder / "hypotheses");
  write_file(folder / "hypotheses/a.glb", "glTF");
  EXPECT_THAT(page_of(folder.path()), AllOf(HasSubstr("These meshes cannot be shown"), HasSubstr("hypotheses/a.glb")));
}

}  // namespace
}  // namespace interprior
