#include "interprior/infer/left_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(LeftOutList, CountsByReasonAndKind) {
  LeftOutList list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.summary(), "");
  EXPECT_THAT(list.lines(5), IsEmpty());
  list.add(LeftOut("damaged", "cut off", "a.jpg"));
  list.add("damaged", "cut off (b.jpg)");
  list.add_kind(".heic", 3);
  list.add_kind(".gif", 1);
  EXPECT_EQ(list.count(), 6);
  EXPECT_EQ(list.summary(), "damaged: 2, unknown_format: 4 (.gif: 1, .heic: 3)");
  list.add("unknown_format", "HEIC (c.jpg)");
  EXPECT_EQ(list.summary(), "damaged: 2, unknown_format: 5 (.gif: 1, .heic: 3)");
}

TEST(LeftOutList, LinesAreTextAndNotTooMany) {
  LeftOutList list;
  for (int i = 0; i < 4; ++i) list.add("damaged", "caf\xE9 " + std::to_string(i));
  list.add("no_box", "b");
  EXPECT_THAT(list.lines(2), ElementsAre("damaged: caf%E9 0", "damaged: caf%E9 1", "damaged: and 2 more", "no_box: b"));
}

TEST(LeftOutList, TheErrorAtTheEndSaysEveryFaultOnce) {
  LeftOutList list;
  const auto with = [&](size_t made) { return [&list, made] { list.require_all_made(made, "no image", "photos", "out"); }; };
  EXPECT_NO_THROW(with(2)());
  EXPECT_THAT(with(0), ThrowsError("no image (photos): pass images, folders or videos"));
  list.add(LeftOut("damaged", "the image is cut off", "a.jpg"));
  EXPECT_THAT(with(0), ThrowsError("no image (photos): damaged: the image is cut off (a.jpg)"));
  EXPECT_THAT(with(1), ThrowsError(HasSubstr("1 of 2 pairs of hands left out, damaged: 1 (out): ")));
  list.add_kind(".heic", 3);
  EXPECT_THAT(with(0), ThrowsError("no image, damaged: 1, unknown_format: 3 (.heic: 3) (photos): the lines above name them"));
  LeftOutList kinds;
  kinds.add_kind(".heic", 1);
  EXPECT_THAT([&] { kinds.require_all_made(0, "no image", "photos", "out"); },
              ThrowsError(EndsWith("unknown_format: 1 (.heic: 1) (photos)")));
}

}  // namespace
}  // namespace interprior
