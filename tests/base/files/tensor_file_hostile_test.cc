#include <gmock/gmock.h>
#include <hdf5.h>
#include <torch/types.h>

#include <fstream>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/tensor_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

// Writes without the fsync of write_file, as these tests write thousands of files.
void put(const std::filesystem::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

namespace fs = std::filesystem;
using ::testing::HasSubstr;

struct TensorFileHostileTest : ::testing::Test {
  TemporaryDirectory folder;
  fs::path path = folder / "file.h5";

  void write_good_file() const {
    TensorFileWriter writer(path, "interprior.test", 1);
    writer.write("numbers", torch::arange(600, torch::kFloat32).reshape({100, 6}));
    writer.write("group/faces", torch::arange(30, torch::kInt64));
    writer.write_strings("names", {"one", "two", "three"});
    writer.close();
  }

  void read_everything() const {
    const TensorFileReader reader(path, "interprior.test", 1);
    reader.read("numbers", torch::kFloat32, {100, 6});
    reader.read("group/faces", torch::kInt64);
    reader.read_strings("names");
  }

  // Writes a file with libhdf5, for contents that TensorFileWriter never writes.
  void write_raw(const std::function<void(hid_t)>& fill) const {
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    fill(file);
    ASSERT_GE(H5Fclose(file), 0);
  }
};

void put_integer_attribute(hid_t file, const char* name, hid_t type, long long value) {
  const hid_t space = H5Screate(H5S_SCALAR), attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, H5T_NATIVE_LLONG, &value);
  H5Aclose(attribute);
  H5Sclose(space);
}

void put_fixed_format(hid_t file, const std::string& text) {
  const hid_t space = H5Screate(H5S_SCALAR), type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, text.size());  // no room for a terminating zero
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  const hid_t attribute = H5Acreate2(file, "format", type, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, type, text.data());
  H5Aclose(attribute);
  H5Tclose(type);
  H5Sclose(space);
}

TEST_F(TensorFileHostileTest, MissingFoldersAndGarbageAreErrors) {
  EXPECT_THAT([&] { TensorFileReader(path, "f", 1); }, ThrowsError(HasSubstr("there is no file")));
  EXPECT_THROW(TensorFileReader(folder.path(), "f", 1), Error);
  for (const std::string& bytes : {std::string(), std::string("x"), std::string(5000, '\0'), std::string("\x89HDF\r\n\x1a\n"),
                                   "\x89HDF\r\n\x1a\n" + std::string(3000, '\xff')}) {
    put(path, bytes);
    EXPECT_THAT([&] { TensorFileReader(path, "f", 1); }, ThrowsError(HasSubstr(path.string())));
    EXPECT_EQ(tensor_file_format(path), "");
  }
  EXPECT_EQ(tensor_file_format(folder / "none"), "");
  EXPECT_EQ(tensor_file_format(folder.path()), "");
}

TEST_F(TensorFileHostileTest, AFileCutShortIsAnErrorAtEveryLength) {
  write_good_file();
  const std::string bytes = read_file(path);
  EXPECT_NO_THROW(read_everything());
  for (size_t length = 0; length < bytes.size(); length += 37) {
    put(path, bytes.substr(0, length));
    EXPECT_THROW(read_everything(), Error) << "length " << length;
  }
}

TEST_F(TensorFileHostileTest, FormatAndVersionMustExistWithTheRightTypes) {
  write_raw([](hid_t) {});
  EXPECT_THAT([&] { TensorFileReader(path, "f", 1); }, ThrowsError(HasSubstr("no attribute `format`")));
  EXPECT_EQ(tensor_file_format(path), "");
  write_raw([](hid_t file) { put_integer_attribute(file, "format", H5T_STD_I64LE, 1); });
  EXPECT_THROW(TensorFileReader(path, "f", 1), Error);
  write_raw([](hid_t file) { put_fixed_format(file, "f"); });
  EXPECT_THAT([&] { TensorFileReader(path, "f", 1); }, ThrowsError(HasSubstr("`version`")));
  EXPECT_EQ(tensor_file_format(path), "f");
  write_raw([](hid_t file) {
    put_fixed_format(file, "f");
    put_integer_attribute(file, "version", H5T_IEEE_F64LE, 1);
  });
  EXPECT_THROW(TensorFileReader(path, "f", 1), Error);
  for (const long long version : {0, -1}) {
    write_raw([&](hid_t file) {
      put_fixed_format(file, "f");
      put_integer_attribute(file, "version", H5T_STD_I32LE, version);
    });
    EXPECT_THROW(TensorFileReader(path, "f", 1), Error) << version;
  }
  write_raw([](hid_t file) {
    put_fixed_format(file, "f");
    put_integer_attribute(file, "version", H5T_STD_U8BE, 1);
  });
  EXPECT_EQ(TensorFileReader(path, "f", 1).version(), 1);
}

// libhdf5 1.10 loops forever on a global heap whose free space has size 0.
TEST_F(TensorFileHostileTest, AGlobalHeapThatNeverEndsIsRefused) {
  {
    TensorFileWriter writer(path, "f", 1);
    writer.write_strings("texts", {"one", "two"});
    writer.close();
  }
  std::string bytes = read_file(path);
  int heaps = 0;
  for (size_t heap = bytes.find("GCOL"); heap != bytes.npos; heap = bytes.find("GCOL", heap + 4), ++heaps)
    bytes.replace(heap + 16, 16, std::string(16, '\0'));  // its first object: number 0, no bytes
  ASSERT_GT(heaps, 0);
  write_file(path, bytes);
  EXPECT_THAT([&] { TensorFileReader(path, "f", 1); }, ThrowsError(HasSubstr("damaged")));
  EXPECT_EQ(tensor_file_format(path), "");
}

TEST_F(TensorFileHostileTest, ADeclaredSizeOfTerabytesIsNotAllocated) {
  write_raw([](hid_t file) {
    put_fixed_format(file, "f");
    put_integer_attribute(file, "version", H5T_STD_I64LE, 1);
    const hsize_t large[2] = {hsize_t{1} << 40, 16}, chunk[2] = {16, 16};
    const hid_t space = H5Screate_simple(2, large, nullptr), creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 2, chunk);
    H5Dclose(H5Dcreate2(file, "large", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    const hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, 1 << 20);
    const hsize_t many[1] = {hsize_t{1} << 40}, row[1] = {1};
    H5Pset_chunk(creation, 1, row);
    const hid_t line = H5Screate_simple(1, many, nullptr);
    H5Dclose(H5Dcreate2(file, "texts", text, line, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Sclose(line);
    H5Tclose(text);
    H5Pclose(creation);
    H5Sclose(space);
  });
  const TensorFileReader reader(path, "f", 1);
  EXPECT_THAT([&] { reader.read("large", torch::kFloat32); }, ThrowsError(HasSubstr("0 bytes are stored")));
  EXPECT_THROW(reader.read_rows("large", torch::kFloat32, 0, int64_t{1} << 40), Error);
  EXPECT_THROW(reader.read_strings("texts"), Error);
  EXPECT_EQ(reader.read_rows("large", torch::kFloat32, 5, 7).numel(), 32);
}

}  // namespace
}  // namespace interprior
