#include "interprior/data/images/image_scan.h"

#include <gtest/gtest.h>

#include "data/interhand/small_root.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/data/images/image_shards.h"
#include "interprior/data/interhand/interhand.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;
using Skips = std::map<std::string, int64_t>;

class ImageScan : public ::testing::Test {
 protected:
  ImageScan() {
    SmallRoot root = small_root(7);
    root.images[1].setTo(cv::Scalar(3, 4, 2));
    root.data["images"][5]["file_name"] = "Capture7/0042_pray/cam400262/another.jpg";
    root.write(folder_ / "root");
    fs::remove(image("image5002.jpg"));
    const std::string whole = read_file(image("image5003.jpg"));
    write_plainly(image("image5003.jpg"), whole.substr(0, whole.size() / 2));
    write_plainly(image("image5004.jpg"), encode_jpeg(cv::Mat(512, 333, CV_8UC3, cv::Scalar(90, 90, 90)), 90));
    tables_ = read_interhand_tables(folder_ / "root", "test");
  }
  fs::path image(const std::string& name) const { return folder_ / "root/images/test/Capture7/0042_pray/cam400262" / name; }
  static Skips skips(const ImageTables& tables, double min_mean_intensity = 0) {
    UsableRule rule;
    rule.filter.min_mean_intensity = min_mean_intensity;
    return index_of(std::make_shared<const ImageTables>(tables), "all", rule).skipped;
  }

  TemporaryDirectory folder_;
  ImageTables tables_;
};

TEST_F(ImageScan, FindsWhichImagesExist) {
  find_images(tables_, 2);
  EXPECT_EQ(tables_.images[2].state, ImageState::missing);
  for (const size_t row : {0u, 1u, 3u, 4u, 5u, 6u}) EXPECT_EQ(tables_.images[row].state, ImageState::present) << row;
  EXPECT_EQ(skips(tables_), (Skips{{"image_missing", 1}}));
}

TEST_F(ImageScan, OpensEveryImageAndCountsFaults) {
  int64_t last = 0;
  scan_images(tables_, folder_ / "notes", 2, [&](int64_t done) { last = done; });
  EXPECT_EQ(last, 7);
  EXPECT_EQ(skips(tables_), (Skips{{"image_missing", 1}, {"image_damaged", 2}}));
  EXPECT_EQ(skips(tables_, 10), (Skips{{"image_missing", 1}, {"image_damaged", 2}, {"image_dark", 1}}));
  write_image_index(folder_ / "images.h5", tables_);
  EXPECT_EQ(skips(read_image_tables(folder_ / "images.h5"), 10), skips(tables_, 10));
}

TEST_F(ImageScan, ABrightnessRuleCountsTheSameImagesWithoutAScan) {
  EXPECT_EQ(skips(tables_, 10).at("image_dark"), 1);
  EXPECT_EQ(skips(tables_, 10).at("image_missing"), 1);
}

TEST_F(ImageScan, ResumesWhereItWasStopped) {
  ImageTables whole = tables_;
  scan_images(whole, folder_ / "notes", 1, [](int64_t) {});
  const std::string notes = read_file(folder_ / "notes");
  write_plainly(folder_ / "notes", notes.substr(0, 8 + 2 * 4 + 1));    // four images and an incomplete record
  for (size_t row = 0; row < 4; ++row) fs::remove(tables_.file(row));  // must not be opened again
  ImageTables resumed = tables_;
  scan_images(resumed, folder_ / "notes", 1, [](int64_t) {});
  for (size_t row = 0; row < 7; ++row) {
    EXPECT_EQ(resumed.images[row].state, whole.images[row].state) << row;
    EXPECT_EQ(resumed.images[row].grey, whole.images[row].grey) << row;
  }
  EXPECT_EQ(read_file(folder_ / "notes"), notes);
  // Progress of another data set is discarded.
  resumed = tables_;
  resumed.sources.front().hash ^= 1;
  scan_images(resumed, folder_ / "notes", 1, [](int64_t) {});
  EXPECT_EQ(resumed.images[0].state, ImageState::missing);
}

TEST_F(ImageScan, PacksImagesByteForByte) {
  find_images(tables_, 1);
  std::map<std::string, std::string> bytes;
  for (size_t row = 0; row < 7; ++row)
    if (tables_.images[row].state == ImageState::present) bytes[tables_.sample(row)] = read_image_bytes(tables_.record(row));
  const auto pack = [&](ImageTables tables) {
    pack_images(tables, folder_ / "shards", 20'000, [](int64_t) {});
    return tables;
  };
  const ImageTables packed = pack(tables_);
  EXPECT_GT(std::distance(fs::directory_iterator(folder_ / "shards"), fs::directory_iterator()), 2);
  // A second run keeps complete shards and rewrites the others.
  fs::remove(folder_ / "shards/shard-00001.bin");
  const auto first = fs::last_write_time(folder_ / "shards/shard-00000.bin");
  const ImageTables again = pack(tables_);
  EXPECT_EQ(fs::last_write_time(folder_ / "shards/shard-00000.bin"), first);
  // Index and shards can be moved to another folder without the data set.
  write_image_index(folder_ / "images.h5", again);
  fs::remove_all(folder_ / "root");
  fs::create_directory(folder_ / "moved");
  fs::rename(folder_ / "images.h5", folder_ / "moved/images.h5");
  fs::rename(folder_ / "shards", folder_ / "moved/shards");
  const ImageIndex index = read_image_index(folder_ / "moved/images.h5", "test");
  ASSERT_EQ(index.usable.size(), 6u);
  for (const ImageRecord& record : index.usable) {
    EXPECT_EQ(read_image_bytes(record), bytes.at(record.sample));
    EXPECT_THAT(record.file.string(), HasSubstr("shard-"));
  }
}

}  // namespace
}  // namespace interprior
