#include "report/page.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>

#include "interprior/base/files/atomic_file.h"
#include "interprior/render/image_files/image_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string decoded(const std::string& text) {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<uint32_t>(alphabet.find(c));
    if ((held += 6) >= 8) bytes.push_back(static_cast<char>(bits >> (held -= 8) & 0xFFu));
  }
  return bytes;
}

TEST(PageGolden, Base64HasTheTestVectorsOfRfc4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) EXPECT_EQ(base64(bytes), text);
  EXPECT_EQ(base64(std::string("\xFF\xFE\x00", 3)), "//4A");
}

TEST(Page, EveryTextIsEscaped) {
  const std::string evil = "<script>\"x\" & 'y'</script>";
  Page page(evil, evil);
  page.heading(evil);
  page.subheading(evil);
  page.paragraph(evil);
  page.warning(evil);
  page.numbers({{evil, evil, evil, evil}});
  page.table({evil, {{evil}, {evil}}});
  page.code(evil, evil);
  page.video(evil, evil, {evil});
  page.image(cv::Mat(4, 4, CV_8UC3, cv::Scalar(1, 2, 3)), evil);
  page.charts({{evil, {{evil, {0, 1}, {0, 1}}, {evil, {0, 1}, {1, 0}}}, {evil, evil, false, false}}});
  page.charts({{evil, {}, {evil, "", false, false}, {{evil, {1, 2}}}}});
  EXPECT_THAT(page.html(),
              AllOf(Not(HasSubstr("<script>\"x\"")), HasSubstr("&lt;script&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/script&gt;")));
}

TEST(Page, NeedsNoOtherFiles) {
  Page page("title");
  page.image(cv::Mat(4, 4, CV_8UC3, cv::Scalar(1, 2, 3)), "an image");
  page.charts({{"chart", {{"a", {0, 1}, {0, 1}}}, {}}});
  EXPECT_THAT(page.html(),
              AllOf(Not(HasSubstr("http")), Not(HasSubstr("<link")), Not(HasSubstr("src=\"/")), Not(HasSubstr("<script src")),
                    HasSubstr("prefers-color-scheme:dark"), HasSubstr("name=\"viewport\"")));
}

TEST(Page, ImagesAreInlinedAsTheyAre) {
  TemporaryDirectory folder;
  cv::Mat rgb(16, 24, CV_8UC3, cv::Scalar(200, 40, 10));
  write_image(folder / "a.png", rgb);
  Page page("title");
  page.image_file(folder / "a.png", "png");
  page.image(rgb, "jpeg");
  const std::string html = page.html();
  EXPECT_THAT(html, HasSubstr("data:image/png;base64," + base64(read_file(folder / "a.png"))));

  const std::string mark = "data:image/jpeg;base64,";
  const size_t begin = html.find(mark) + mark.size();
  const std::string jpeg = decoded(html.substr(begin, html.find('"', begin) - begin));
  const cv::Mat bgr = cv::imdecode(std::vector<uchar>(jpeg.begin(), jpeg.end()), cv::IMREAD_COLOR);
  ASSERT_EQ(bgr.size(), rgb.size());
  EXPECT_NEAR(bgr.at<cv::Vec3b>(8, 12)[2], 200, 6);  // red is red: channels are not swapped
  EXPECT_NEAR(bgr.at<cv::Vec3b>(8, 12)[0], 10, 6);
}

TEST(Page, ImagesOfARowHaveTheirAspectAndTheirOwnText) {
  TemporaryDirectory folder;
  write_image(folder / "wide.png", cv::Mat(16, 40, CV_8UC3, cv::Scalar(200, 40, 10)));
  write_image(folder / "high.jpg", cv::Mat(40, 10, CV_8UC3, cv::Scalar(200, 40, 10)));
  Page page("title");
  page.image_row({{folder / "wide.png", "a \"wide\" one"}, {folder / "high.jpg", "a high one"}}, "caption", {}, 1 << 20);
  EXPECT_THAT(page.html(),
              AllOf(HasSubstr("<figure class=\"image row\"><img alt=\"a &quot;wide&quot; one\" style=\"--aspect:2.500\" "
                              "src=\"data:image/png;base64,"),
                    HasSubstr("<img alt=\"a high one\" style=\"--aspect:0.250\" src=\"data:image/jpeg;base64,"),
                    HasSubstr("\"><figcaption>caption</figcaption></figure>")));
}

TEST(Page, LinksAreRelativeToTheFolderOfThePage) {
  Page page("title", "", "out/run");
  page.video("Video", "out/run/part/a:b.mp4", {"out/run/part/a:b.mp4", "out/run/\xC3\xA9?.glb"});
  page.video("Only a file", "", {"out/run/c.jsonl"});
  EXPECT_THAT(page.html(), AllOf(HasSubstr("<p>Video: <a href=\"./part/a%3Ab.mp4\">a:b.mp4</a>, <a href=\"./%C3%A9%3F.glb\">"),
                                 HasSubstr("<video controls preload=\"none\" src=\"./part/a%3Ab.mp4\"></video>\n<p>Only a file"),
                                 HasSubstr("<p>Only a file: <a href=\"./c.jsonl\">c.jsonl</a></p>\n<footer>")));
}

TEST(Page, AFileThatIsNoImageIsRefused) {
  TemporaryDirectory folder;
  write_file(folder / "a.jpg", "not an image");
  Page page("title");
  EXPECT_THAT([&] { page.image_file(folder / "a.jpg", ""); }, ThrowsError(HasSubstr("neither a JPEG nor a PNG")));
  EXPECT_THAT([&] { page.image_file(folder / "missing.jpg", ""); }, ThrowsError(HasSubstr("missing.jpg")));
}

TEST(Page, WordsAreAlignedLeftAndNumbersRight) {
  Page page("title");
  page.table({"", {{"cell", "mean", "overrides"}, {"A", "1.50", "none"}, {"B", "-", "a.b=1"}}});
  EXPECT_THAT(page.html(), AllOf(HasSubstr("<th class=\"words\">cell</th><th>mean</th><th class=\"words\">overrides</th>"),
                                 HasSubstr("<td class=\"words\">B</td><td>-</td><td class=\"words\">a.b=1</td>")));
}

TEST(Page, ALongTableHasItsFirstRowsAsHtmlAndTheOthersAsData) {
  Table table{"", {{"name", "mm"}}};
  for (size_t i = 0; i < kRowsInHtml; ++i) table.rows.push_back({"row_" + std::to_string(i), std::to_string(i)});
  Page whole("title"), page("title");
  whole.table(table);
  EXPECT_THAT(whole.html(), AllOf(Not(HasSubstr("class=\"rows\"")), Not(HasSubstr("<p class=\"more\">"))));
  table.rows.push_back({"</script>\"<b>\xFF", "7"});
  table.rows.push_back({"last", "8"});
  page.table(table);
  EXPECT_THAT(page.html(),
              AllOf(HasSubstr("<td class=\"words\">row_199</td><td>199</td>"), Not(HasSubstr("<td class=\"words\">last")),
                    HasSubstr("The first 200 of 202 rows"), Not(HasSubstr("</script>\\\"")),
                    HasSubstr(R"(["\u003c/script>\"\u003cb>)"
                              "\xEF\xBF\xBD"
                              R"(","7"],["last","8"]])")));
}

TEST(Page, SeveralHeadingsGiveATableOfContents) {
  Page one("title"), two("title");
  one.heading("First");
  two.heading("First");
  two.heading("Second");
  EXPECT_THAT(one.html(), Not(HasSubstr("<nav>")));
  EXPECT_THAT(two.html(), AllOf(HasSubstr("<a href=\"#part-2\">Second</a>"), HasSubstr("<h2 id=\"part-2\">Second</h2>")));
}

TEST(Page, WritesItsFile) {
  TemporaryDirectory folder;
  Page page("title");
  page.write(folder / "report.html");
  EXPECT_EQ(read_file(folder / "report.html"), page.html());
  EXPECT_THAT(page.html(), ::testing::StartsWith("<!doctype html>"));
}

}  // namespace
}  // namespace interprior
