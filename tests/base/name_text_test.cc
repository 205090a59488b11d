#include "interprior/base/name_text.h"

#include <gtest/gtest.h>

namespace interprior {
namespace {

TEST(NameText, KeepsTextOfEveryLength) {
  for (const char* text : {"", "photo 1.jpg", "Hände", "手.png", "🖐", "100%", "a%20b"}) EXPECT_EQ(name_text(text), text);
}

TEST(NameText, EscapesBytesThatAreNoText) {
  EXPECT_EQ(name_text("caf\xE9.jpg"), "caf%E9.jpg");                      // Latin-1
  EXPECT_EQ(name_text("cut\xE6\x89"), "cut%E6%89");                       // a truncated character
  EXPECT_EQ(name_text("\xC0\xAF\xED\xA0\x80"), "%C0%AF%ED%A0%80");        // overlong, surrogate
  EXPECT_EQ(name_text("two\nlines\x1B[2J\x7F"), "two%0Alines%1B[2J%7F");  // terminal control characters
}

}  // namespace
}  // namespace interprior
