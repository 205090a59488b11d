#include "interprior/infer/left_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace interprior {
namespace {

using ::testing::ElementsAre;
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

}  // namespace
}  // namespace interprior
