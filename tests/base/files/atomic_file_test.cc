#include "interprior/base/files/atomic_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "interprior/base/error.h"
#include "interprior/base/stop_signal.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

int64_t entries_in(const fs::path& folder) { return std::distance(fs::directory_iterator(folder), fs::directory_iterator()); }

TEST(AtomicFileTest, NothingAppearsBeforeCommitAndNothingElseAfter) {
  const TemporaryDirectory folder;
  const fs::path path = folder / "a/b/file.bin";
  AtomicFile file(path);
  std::ofstream(file.temporary()) << "content";
  EXPECT_FALSE(fs::exists(path));
  file.commit();
  EXPECT_EQ(read_file(path), "content");
  EXPECT_EQ(entries_in(path.parent_path()), 1);
  EXPECT_THROW(file.commit(), Error);
}

TEST(AtomicFileTest, WithoutCommitOnlyTheOldFileRemains) {
  const TemporaryDirectory folder;
  write_file(folder / "file", "old");
  {
    AtomicFile file(folder / "file");
    std::ofstream(file.temporary()) << "new";
  }
  EXPECT_EQ(read_file(folder / "file"), "old");
  EXPECT_EQ(entries_in(folder.path()), 1);
}

TEST(AtomicFileTest, TwoWritersOfOnePathDoNotMix) {
  const TemporaryDirectory folder;
  AtomicFile first(folder / "file"), second(folder / "file");
  ASSERT_NE(first.temporary(), second.temporary());
  std::ofstream(first.temporary()) << "first";
  std::ofstream(second.temporary()) << "second";
  first.commit();
  second.commit();
  EXPECT_EQ(read_file(folder / "file"), "second");
}

TEST(AtomicFileTest, KeepsALinkAndReplacesItsTarget) {
  const TemporaryDirectory folder;
  write_file(folder / "target", "old");
  fs::create_symlink("target", folder / "link");
  write_file(folder / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(read_file(folder / "target"), "new");
}

TEST(AtomicFileTest, RefusesFoldersDevicesAndImpossibleParents) {
  const TemporaryDirectory folder;
  write_file(folder / "file", "");
  EXPECT_THROW(AtomicFile(folder.path()), Error);
  EXPECT_THROW(AtomicFile("/dev/null"), Error);
  EXPECT_THROW(AtomicFile(""), Error);
  EXPECT_THROW(AtomicFile(folder / "file/below"), Error);
  EXPECT_THAT([] { AtomicFile("/proc/nowhere/file"); }, ThrowsError(HasSubstr("/proc/nowhere")));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_EQ(entries_in(folder.path()), 1);
}

TEST(AtomicFileTest, AFileThatVanishedIsAnError) {
  const TemporaryDirectory folder;
  AtomicFile file(folder / "file");
  fs::remove(file.temporary());
  EXPECT_THAT([&] { file.commit(); }, ThrowsError(HasSubstr((folder / "file").string())));
}

TEST(ReadFileTest, ReturnsEveryByte) {
  const TemporaryDirectory folder;
  std::string bytes(3 * (1 << 20) + 17, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 + (i >> 9));
  write_file(folder / "file", bytes);
  EXPECT_EQ(read_file(folder / "file"), bytes);
  write_file(folder / "file", "");
  EXPECT_EQ(read_file(folder / "file"), "");
  EXPECT_FALSE(read_file("/proc/self/status").empty());  // reports size 0 but has contents
}

TEST(ReadFileTest, RefusesFoldersAndDevices) {
  const TemporaryDirectory folder;
  EXPECT_THAT([&] { read_file(folder / "none"); }, ThrowsError(HasSubstr("there is no file")));
  EXPECT_THAT([&] { read_file(folder.path()); }, ThrowsError(HasSubstr("folder")));
  EXPECT_THROW(read_file("/dev/zero"), Error);
}

TEST(ReadFileTest, APipeIsReadToItsWritersEnd) {
  const TemporaryDirectory folder;
  const fs::path pipe = folder / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& bytes : {std::string(300'000, 'x'), std::string()}) {  // more than a pipe holds
    std::thread writer([&] { std::ofstream(pipe) << bytes; });
    EXPECT_EQ(read_file(pipe).size(), bytes.size());
    writer.join();
  }
}

// Without a writer open() would wait for one, and no signal would end that.
TEST(ReadFileTest, AStopSignalEndsTheWaitForAPipesWriter) {
  const TemporaryDirectory folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  write_file(folder / "file", "bytes");
  const StopSignal stop;
  std::raise(SIGTERM);
  EXPECT_THROW(read_file(folder / "pipe"), Interrupted);
  const int writer = open((folder / "pipe").c_str(), O_RDWR | O_CLOEXEC);  // one that writes nothing
  EXPECT_THROW(read_file(folder / "pipe"), Interrupted);
  close(writer);
  EXPECT_EQ(read_file(folder / "file"), "bytes");  // what a command writes at its end may need files
}

TEST(MakeFolderTest, MakesParentsWithoutOtherFiles) {
  const TemporaryDirectory folder;
  make_folder(folder / "a/b/c");
  make_folder(folder / "a/b/c");
  EXPECT_TRUE(fs::is_empty(folder / "a/b/c"));
  write_file(folder / "file", "");
  EXPECT_THROW(make_folder(folder / "file"), Error);
  EXPECT_THROW(make_folder(folder / "file/below"), Error);
  EXPECT_THROW(make_folder("/proc/self"), Error);  // exists, cannot be written
  EXPECT_THROW(make_folder(""), Error);
}

// Reference values of the algorithm's authors, http://www.isthe.com/chongo/tech/comp/fnv.
TEST(FileHashGoldenTest, IsFnv1a) {
  const TemporaryDirectory folder;
  using Known = std::pair<std::string, std::string>;
  for (const auto& [text, hash] :
       {Known{"", "cbf29ce484222325"}, Known{"a", "af63dc4c8601ec8c"}, Known{"foobar", "85944171f73967e8"}}) {
    write_file(folder / "file", text);
    EXPECT_EQ(file_hash(folder / "file"), hash);
    EXPECT_EQ(text_hash(text), hash);
  }
  EXPECT_THROW(file_hash(folder / "none"), Error);
}

}  // namespace
}  // namespace interprior
