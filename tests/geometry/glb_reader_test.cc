#include "interprior/geometry/glb_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/seed.h"
#include "support/temporary_directory.h"

namespace interprior {
namespace {

NamedMesh tetrahedron(const std::string& name, float shift) {
  return {name, {{{shift, 0, 0}, {1, 0, 0.5f}, {0, 1, 0}, {0, 0, 1}}, {{0, 2, 1}, {0, 1, 3}, {0, 3, 2}, {1, 2, 3}}}};
}

TEST(GlbReader, ReadsWhatIsWritten) {
  const TemporaryDirectory folder;
  const std::vector<NamedMesh> meshes = {tetrahedron("truth/right", 0.25f), tetrahedron("left", -3)};
  write_glb(folder / "a.glb", meshes);
  const std::vector<NamedMesh> read = read_glb(folder / "a.glb");
  ASSERT_EQ(read.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read[i].name, meshes[i].name);
    EXPECT_EQ(read[i].mesh.vertices, meshes[i].mesh.vertices);
    EXPECT_EQ(read[i].mesh.faces, meshes[i].mesh.faces);
  }
}

// A damaged byte or a cut either leaves meshes that are valid, or is an Error with the file.
TEST(GlbReader, DamagedFilesAreErrors) {
  const TemporaryDirectory folder;
  write_glb(folder / "good.glb", {tetrahedron("right", 0)});
  const std::string good = read_file(folder / "good.glb");
  const auto read = [&](const std::string& bytes) {
    write_file(folder / "bad.glb", bytes);
    try {
      for (const NamedMesh& named : read_glb(folder / "bad.glb")) check_mesh(named.mesh, "read");
      return false;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr("bad.glb"));
      return true;
    }
  };
  for (size_t size = 0; size < good.size(); size += 7) EXPECT_TRUE(read(good.substr(0, size))) << size;
  Random random(Seed{1});
  for (int i = 0; i < 400; ++i) {
    std::string bad = good;
    bad[static_cast<size_t>(random.integer(static_cast<int64_t>(bad.size())))] = static_cast<char>(random.integer(256));
    read(bad);
  }
  EXPECT_TRUE(read("glTF"));
}

}  // namespace
}  // namespace interprior
