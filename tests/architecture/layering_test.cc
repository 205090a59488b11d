#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layers.h"

namespace interprior {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Rooms& declared() {
  static const Rooms rooms = rooms_of(text_of(kSource / "CMakeLists.txt"));
  return rooms;
}

TEST(Layering, EveryIncludeFollowsADeclaredEdge) {
  const auto files = files_below({"include", "src", "tools"}, {".h", ".cc"});
  ASSERT_GT(files.size(), 50u);
  for (const auto& file : files) EXPECT_THAT(forbidden_includes(declared(), within_project(file), text_of(file)), IsEmpty());
}

TEST(Layering, RoomsUseOnlyRoomsToTheirLeft) {
  std::set<std::string> left;
  for (const std::string& room : declared().order) {
    for (const std::string& used : declared().uses.at(room)) EXPECT_TRUE(left.count(used)) << room << " uses " << used;
    left.insert(room);
  }
}

TEST(Layering, TheThreeTreesHaveTheSameRooms) {
  const std::set<std::string> rooms(declared().order.begin(), declared().order.end());
  for (const char* tree : {"include/interprior", "src"}) {
    std::set<std::string> folders;
    for (const auto& entry : std::filesystem::directory_iterator(kSource / tree))
      folders.insert(entry.path().filename().string());
    EXPECT_EQ(folders, rooms) << tree;
  }
  for (const std::string& room : rooms)
    EXPECT_FALSE(files_below({"tests/" + room}, {".cc"}).empty()) << "tests/" << room << " proves nothing";
}

// Tests of the checker itself.
class LayeringChecker : public ::testing::Test {
 protected:
  std::vector<std::string> faults(const std::string& path, const std::string& source) const {
    return forbidden_includes(rooms_, path, source);
  }
  Rooms rooms_ = rooms_of(
      "# room(x USES y) in a comment\nroom(base LINKS log)\nroom(hand USES base)\n"
      "room(data USES hand\n  LINKS OpenCV)\n");
};

TEST_F(LayeringChecker, ReadsTheRooms) {
  EXPECT_THAT(rooms_.order, ElementsAre("base", "hand", "data"));
  EXPECT_THAT(rooms_.links.at("data"), ElementsAre("OpenCV"));
  EXPECT_THAT(rooms_.reach("data"), ElementsAre("base", "data", "hand"));
}

TEST_F(LayeringChecker, FindsABackwardEdge) {
  EXPECT_THAT(faults("src/hand/pose.cc", "#include <vector>\n#include \"interprior/data/loader.h\"\n"),
              ElementsAre(HasSubstr("src/hand/pose.cc:2: hand does not use data")));
  EXPECT_THAT(faults("src/data/loader.cc", "#include \"interprior/base/seed.h\"\n"), IsEmpty());
}

TEST_F(LayeringChecker, FindsForbiddenThirdPartyIncludes) {
  const auto out_of_place = ElementsAre(HasSubstr("does not belong here"));
  EXPECT_THAT(faults("src/hand/pose.cc", "#include <opencv2/core.hpp>\n"), out_of_place);
  EXPECT_THAT(faults("tools/x.cc", "#include <Eigen/Dense>\n"), out_of_place);
  EXPECT_THAT(faults("include/interprior/data/x.h", "#include <nlohmann/json.hpp>\n"), out_of_place);
  EXPECT_THAT(faults("src/base/x.cc", "#include <torch/csrc/distributed/c10d/TCPStore.hpp>\n"), out_of_place);
  EXPECT_THAT(faults("src/data/x.cc", "#include <boost/any.hpp>\n"), ElementsAre(HasSubstr("does not know")));
  EXPECT_THAT(faults("src/base/x.cc", "#include <yaml-cpp/yaml.h>\n#include <H5Fpublic.h>\n#include <sys/stat.h>\n"), IsEmpty());
}

TEST_F(LayeringChecker, FindsFilesOutsideRoomsAndPrivateHeadersInPublicOnes) {
  EXPECT_THAT(faults("src/attic/x.cc", ""), ElementsAre(HasSubstr("no room")));
  EXPECT_THAT(faults("include/interprior/base/x.h", "#include \"fnv.h\"\n"), ElementsAre(HasSubstr("no public header")));
  EXPECT_THAT(faults("src/base/x.cc", "#include \"absent.h\"\n"), ElementsAre(HasSubstr("no internal header of the room")));
}

}  // namespace
}  // namespace interprior
