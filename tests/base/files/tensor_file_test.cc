#include "interprior/base/files/tensor_file.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <torch/types.h>

#include <csignal>
#include <thread>

#include "interprior/base/files/atomic_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct TensorFileTest : ::testing::Test {
  TemporaryDirectory folder;
  fs::path path = folder / "out/file.h5";

  TensorFileReader written(const std::function<void(TensorFileWriter&)>& write) const {
    TensorFileWriter writer(path, "interprior.test", 2);
    write(writer);
    writer.close();
    return {path, "interprior.test", 3};
  }
};

TEST_F(TensorFileTest, ReadsBackWhatWasWritten) {
  const torch::Tensor numbers = torch::randn({4, 3, 2}), wide = torch::randn({5}, torch::kFloat64);
  const torch::Tensor faces = torch::randint(-9, 9, {7, 3}, torch::kInt64), bytes = torch::randint(0, 255, {9}, torch::kUInt8);
  const TensorFileReader reader = written([&](TensorFileWriter& file) {
    file.write("right/deep/numbers", numbers);
    file.write("wide", wide);
    file.write("faces", faces);
    file.write("small", faces.to(torch::kInt32));
    file.write("bytes", bytes);
    file.write("flags", bytes.gt(100));
    file.write("turned", numbers.transpose(0, 2));
    file.write("scalar", torch::tensor(2.5));
    file.write("empty", torch::zeros({0, 3}));
    file.attribute("source", "procedural");
  });
  EXPECT_EQ(reader.version(), 2);
  EXPECT_EQ(reader.path(), path);
  EXPECT_TRUE(torch::equal(reader.read("right/deep/numbers", torch::kFloat32), numbers));
  EXPECT_TRUE(torch::equal(reader.read("right/deep/numbers", torch::kFloat64), numbers.to(torch::kFloat64)));
  EXPECT_TRUE(torch::equal(reader.read("wide", torch::kFloat64, {5}), wide));
  EXPECT_TRUE(torch::equal(reader.read("wide", torch::kFloat32), wide.to(torch::kFloat32)));
  EXPECT_TRUE(torch::equal(reader.read("faces", torch::kInt64, {-1, 3}), faces));
  EXPECT_TRUE(torch::equal(reader.read("small", torch::kInt64), faces));
  EXPECT_TRUE(torch::equal(reader.read("small", torch::kInt32), faces.to(torch::kInt32)));
  EXPECT_TRUE(torch::equal(reader.read("bytes", torch::kUInt8), bytes));
  EXPECT_TRUE(torch::equal(reader.read("bytes", torch::kInt64), bytes.to(torch::kInt64)));
  EXPECT_TRUE(torch::equal(reader.read("flags", torch::kBool), bytes.gt(100)));
  EXPECT_TRUE(torch::equal(reader.read("turned", torch::kFloat32), numbers.transpose(0, 2)));
  EXPECT_EQ(reader.read("scalar", torch::kFloat32).item<float>(), 2.5f);
  EXPECT_THAT(reader.shape("empty"), ElementsAre(0, 3));
  EXPECT_EQ(reader.read("empty", torch::kFloat32).numel(), 0);
  EXPECT_EQ(reader.attribute("source"), "procedural");
  EXPECT_EQ(tensor_file_format(path), "interprior.test");
}

TEST_F(TensorFileTest, ListsItsDatasets) {
  const TensorFileReader reader = written([&](TensorFileWriter& file) { file.write("a/b", torch::zeros({2})); });
  EXPECT_TRUE(reader.has("a/b"));
  for (const char* name : {"a", "b", "a/c", "x/y/z", "", "/", ".", "a/b/c"}) EXPECT_FALSE(reader.has(name)) << name;
  EXPECT_TRUE(reader.has_attribute("format"));
  EXPECT_FALSE(reader.has_attribute("source"));
  EXPECT_THAT([&] { reader.attribute("source"); }, ThrowsError(HasSubstr("source")));
  EXPECT_THAT([&] { reader.shape("a/c"); }, ThrowsError(AllOf(HasSubstr("a/c"), HasSubstr(path.string()))));
  EXPECT_THROW(reader.read("a", torch::kFloat32), Error);
}

TEST_F(TensorFileTest, ReadsRows) {
  const torch::Tensor table = torch::arange(60, torch::kFloat32).reshape({10, 3, 2});
  const TensorFileReader reader = written([&](TensorFileWriter& file) {
    file.write("table", table);
    file.write("scalar", torch::tensor(1.0));
  });
  EXPECT_TRUE(torch::equal(reader.read_rows("table", torch::kFloat32, 3, 7), table.slice(0, 3, 7)));
  EXPECT_TRUE(torch::equal(reader.read_rows("table", torch::kFloat32, 0, 10), table));
  EXPECT_THAT(reader.read_rows("table", torch::kFloat32, 4, 4).sizes().vec(), ElementsAre(0, 3, 2));
  EXPECT_THROW(reader.read_rows("table", torch::kFloat32, -1, 2), Error);
  EXPECT_THROW(reader.read_rows("table", torch::kFloat32, 3, 2), Error);
  EXPECT_THAT([&] { reader.read_rows("table", torch::kFloat32, 3, 11); }, ThrowsError(HasSubstr("has 10")));
  EXPECT_THROW(reader.read_rows("scalar", torch::kFloat64, 0, 1), Error);
}

TEST_F(TensorFileTest, ReadsStrings) {
  const std::vector<std::string> words = {"train/a.jpg", "", "h\xc3\xa4nde", std::string(5000, 'x')};
  const std::string long_text(100'000, 'y');
  const TensorFileReader reader = written([&](TensorFileWriter& file) {
    file.write_strings("sample", words);
    file.write_strings("none", {});
    file.write("numbers", torch::zeros({2}));
    file.attribute("config", long_text);
    file.attribute("empty", "");
  });
  EXPECT_EQ(reader.read_strings("sample"), words);
  EXPECT_TRUE(reader.read_strings("none").empty());
  EXPECT_EQ(reader.attribute("config"), long_text);
  EXPECT_EQ(reader.attribute("empty"), "");
  EXPECT_THAT([&] { reader.read_strings("numbers"); }, ThrowsError(HasSubstr("float32, expected strings")));
  EXPECT_THAT([&] { reader.read("sample", torch::kFloat32); }, ThrowsError(HasSubstr("strings, expected Float")));
}

TEST_F(TensorFileTest, RefusesAnotherKindOrShape) {
  const TensorFileReader reader = written([&](TensorFileWriter& file) {
    file.write("floats", torch::zeros({2, 3}));
    file.write("integers", torch::zeros({2}, torch::kInt64));
    file.write("small", torch::zeros({2}, torch::kInt32));
  });
  EXPECT_THAT([&] { reader.read("floats", torch::kInt64); }, ThrowsError(AllOf(HasSubstr("float32"), HasSubstr("floats"))));
  EXPECT_THAT([&] { reader.read("integers", torch::kFloat32); }, ThrowsError(HasSubstr("int64")));
  EXPECT_THROW(reader.read("integers", torch::kInt32), Error);  // would lose bits
  EXPECT_THROW(reader.read("small", torch::kUInt8), Error);
  EXPECT_THROW(reader.read("floats", torch::kFloat16), Error);
  EXPECT_THAT(
      [&] {
        reader.read("floats", torch::kFloat32, {2, 4});
      },
      ThrowsError(AllOf(HasSubstr("(2, 3)"), HasSubstr("(2, 4)"))));
  EXPECT_THROW(reader.read("floats", torch::kFloat32, {-1}), Error);
}

TEST_F(TensorFileTest, RefusesAnotherFormatAndANewerVersion) {
  written([](TensorFileWriter&) {});
  EXPECT_THAT([&] { TensorFileReader(path, "interprior.hand", 2); },
              ThrowsError(AllOf(HasSubstr("interprior.test"), HasSubstr("interprior.hand"))));
  EXPECT_THAT([&] { TensorFileReader(path, "interprior.test", 1); },
              ThrowsError(AllOf(HasSubstr("version 2"), HasSubstr("newer"))));
}

TEST_F(TensorFileTest, NothingAppearsWithoutClose) {
  {
    TensorFileWriter writer(path, "interprior.test", 1);
    writer.write("a", torch::zeros({100}));
  }
  EXPECT_TRUE(fs::is_empty(path.parent_path()));
}

TEST_F(TensorFileTest, TheWriterRefusesUnsupportedTensors) {
  TensorFileWriter writer(path, "interprior.test", 1);
  writer.write("a", torch::zeros({1}));
  EXPECT_THAT([&] { writer.write("a", torch::zeros({1})); }, ThrowsError(HasSubstr("taken")));
  EXPECT_THROW(writer.write("a/b", torch::zeros({1})), Error);
  EXPECT_THROW(writer.write("", torch::zeros({1})), Error);
  EXPECT_THROW(writer.write("undefined", torch::Tensor()), Error);
  EXPECT_THAT([&] { writer.write("half", torch::zeros({1}, torch::kFloat16)); }, ThrowsError(HasSubstr("Half")));
  EXPECT_THROW(writer.write_strings("s", {std::string("a\0b", 3)}), Error);
  EXPECT_THROW(writer.attribute("format", "other"), Error);
  EXPECT_THROW(writer.attribute("x", std::string("a\0b", 3)), Error);
  writer.close();
  EXPECT_THROW(writer.close(), Error);
  EXPECT_THROW(writer.write("b", torch::zeros({1})), Error);
  EXPECT_THROW(writer.attribute("y", "z"), Error);
  EXPECT_THROW(TensorFileWriter("/proc/nowhere/a.h5", "f", 1), Error);
}

TEST_F(TensorFileTest, EqualContentsGiveEqualFiles) {
  const auto write = [](TensorFileWriter& file) { file.write("a", torch::ones({3})); };
  written(write);
  const std::string first = file_hash(path);
  written(write);
  EXPECT_EQ(file_hash(path), first);
}

// The file size limit is a disk that is full soon.
TEST_F(TensorFileTest, RowsThatDoNotReachTheDiskAreAnErrorAtOnce) {
  TensorFileWriter writer(path, "interprior.test", 2);
  writer.append("rows", torch::ones({1, 100'000}));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{500'000, before.rlim_max};
  std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_THAT(
      [&] {
        writer.append("rows", torch::ones({1, 100'000}));
      },
      ThrowsError(AllOf(HasSubstr("file.h5"), HasSubstr("is the disk full?"))));
  setrlimit(RLIMIT_FSIZE, &before);
}

TEST_F(TensorFileTest, ManyThreadsReadOneFile) {
  const torch::Tensor table = torch::arange(4000, torch::kInt64).reshape({1000, 4});
  const TensorFileReader reader = written([&](TensorFileWriter& file) { file.write("table", table); });
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int64_t thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      for (int64_t row = thread; row < 1000; row += 4)
        wrong += !torch::equal(reader.read_rows("table", torch::kInt64, row, row + 1), table.slice(0, row, row + 1));
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace interprior
