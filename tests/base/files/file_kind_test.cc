#include "interprior/base/files/file_kind.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/base/files/tensor_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(FileKind, NamesCommonKindsOfWrongFiles) {
  const TemporaryDirectory folder;
  const auto kind = [&](const std::string& bytes) {
    write_file(folder / "file", bytes);
    return file_kind(folder / "file").what;
  };
  EXPECT_EQ(kind("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n"),
            "a Git-LFS pointer, not the file itself");
  EXPECT_EQ(kind("\n<!DOCTYPE html>"), "a web page");
  EXPECT_EQ(kind(std::string("PK\x03\x04", 4) + "....archive/data.pkl"), "a PyTorch file (.pth)");
  EXPECT_EQ(kind(std::string("PK\x03\x04", 4) + "....trunk/code/__torch__.py"), "a TorchScript archive");
  EXPECT_EQ(kind(std::string("PK\x03\x04", 4) + "photos"), "a zip archive");
  EXPECT_EQ(kind("\x80\x02}q\x01."), "a pickle, as written by Python or by torch.save before PyTorch 1.6");
  EXPECT_EQ(kind("\x89HDF\n\x1a\n and more"), "a binary file whose line ends were converted");
  EXPECT_EQ(kind("\x89HDF\r\r\n\x1a\r\n"), "a binary file whose line ends were converted");
  EXPECT_EQ(kind(""), "an empty file");
  EXPECT_EQ(kind("something else"), "");
}

TEST(FileKind, AdvisesHowATorchScriptArchiveIsUsed) {
  const TemporaryDirectory folder;
  write_file(folder / "trunk.pt", std::string("PK\x03\x04", 4) + "....trunk/code/__torch__.py");
  EXPECT_THAT(file_kind(folder / "trunk.pt").advice,
              HasSubstr("model.extraction.trunk=torchscript model.extraction.trunk_file=FILE"));
}

TEST(FileKind, ReadersNameTheKindOfAWrongFile) {
  const TemporaryDirectory folder;
  write_file(folder / "weights.pth", std::string("PK\x03\x04", 4) + "....archive/data.pkl");
  EXPECT_THAT(
      [&] { Safetensors(folder / "weights.pth"); },
      ThrowsError(AllOf(HasSubstr("a PyTorch file (.pth), a safetensors file is needed"), HasSubstr("torchvision_weights.py"))));
  std::filesystem::create_directories(folder / "run/checkpoints");
  write_file(folder / "run/checkpoints/last.safetensors", "x");
  EXPECT_THAT([&] { Safetensors(folder / "run"); }, ThrowsError(HasSubstr("run/checkpoints/last.safetensors")));
  write_file(folder / "patterns.h5", "version https://git-lfs.github.com/spec/v1\n");
  EXPECT_THAT([&] { TensorFileReader(folder / "patterns.h5", "interprior.patterns", 1); },
              ThrowsError(HasSubstr("git lfs pull")));
}

TEST(FileKind, AFileThatCannotBeReadIsNotCalledEmpty) {
  const TemporaryDirectory folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  write_file(folder / "closed.safetensors", "{}");
  std::filesystem::permissions(folder / "closed.safetensors", std::filesystem::perms::none);
  const bool root = geteuid() == 0;  // may read every file
  if (root && seteuid(65534) != 0) GTEST_SKIP() << "root cannot become another user here";
  EXPECT_EQ(file_kind(folder / "closed.safetensors").what, "");
  EXPECT_THAT([&] { Safetensors(folder / "closed.safetensors"); },
              ThrowsError(AllOf(HasSubstr("cannot open the file"), HasSubstr("Permission denied"))));
  if (root) ASSERT_EQ(seteuid(0), 0);
}

}  // namespace
}  // namespace interprior
