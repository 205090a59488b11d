// Files written by libhdf5 with all format versions and dataset layouts are read correctly by the project's HDF5 reader.
#include <gmock/gmock.h>
#include <hdf5.h>
#include <torch/types.h>

#include "interprior/base/files/tensor_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

struct Age {
  const char* name;
  H5F_libver_t low;
};

// A dataset's layout: chunked if `chunk` is given, and the filters of its values.
struct Layout {
  std::vector<hsize_t> chunk = {}, most = {};
  bool shuffle = false, gzip = false, fletcher = false, early = false, compact = false;
};

class Hdf5WritersTest : public ::testing::TestWithParam<Age> {
 protected:
  void create(hsize_t user_block = 0) {
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS), creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_libver_bounds(access, GetParam().low, H5F_LIBVER_LATEST);
    if (user_block > 0) H5Pset_userblock(creation, user_block);
    file_ = H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, creation, access);
    H5Pclose(access);
    H5Pclose(creation);
    const int64_t version = 1;
    text_attribute("format", "interprior.test");
    const hid_t space = H5Screate(H5S_SCALAR),
                attribute = H5Acreate2(file_, "version", H5T_STD_I32BE, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_INT64, &version);
    H5Aclose(attribute);
    H5Sclose(space);
  }

  void text_attribute(const std::string& name, const char* text) const {
    const hid_t space = H5Screate(H5S_SCALAR), type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    const hid_t attribute = H5Acreate2(file_, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, type, &text);
    H5Aclose(attribute);
    H5Tclose(type);
    H5Sclose(space);
  }

  // Writes values as float32; none if `values` is undefined.
  void put(const std::string& name, const torch::Tensor& values, const Layout& layout, std::vector<hsize_t> sizes = {}) const {
    if (values.defined()) sizes.assign(values.sizes().begin(), values.sizes().end());
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE),
                space = H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(),
                                         layout.most.empty() ? nullptr : layout.most.data());
    const float fill = -7;
    H5Pset_fill_value(creation, H5T_NATIVE_FLOAT, &fill);
    if (!layout.chunk.empty()) H5Pset_chunk(creation, static_cast<int>(layout.chunk.size()), layout.chunk.data());
    if (layout.compact) H5Pset_layout(creation, H5D_COMPACT);
    if (layout.shuffle) H5Pset_shuffle(creation);
    if (layout.gzip) H5Pset_deflate(creation, 4);
    if (layout.fletcher) H5Pset_fletcher32(creation);
    if (layout.early) H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
    const hid_t dataset = H5Dcreate2(file_, name.c_str(), H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    ASSERT_GE(dataset, 0) << name;
    if (values.defined()) H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.contiguous().data_ptr());
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(creation);
  }

  TensorFileReader closed() const {
    H5Fclose(file_);
    return {path_, "interprior.test", 1};
  }

  TemporaryDirectory folder_;
  std::filesystem::path path_ = folder_ / "file.h5";
  hid_t file_ = -1;
};

TEST_P(Hdf5WritersTest, EveryLayoutCompleteAndByRows) {
  const std::vector<std::pair<std::string, Layout>> layouts = {
      {"contiguous", {}},
      {"compact", {.compact = true}},
      {"chunks", {.chunk = {7, 2, 3}}},
      {"one_chunk", {.chunk = {40, 5, 3}}},
      {"one_packed_chunk", {.chunk = {40, 5, 3}, .gzip = true}},
      {"early", {.chunk = {7, 5, 3}, .early = true}},
      {"packed", {.chunk = {7, 2, 3}, .shuffle = true, .gzip = true}},
      {"checked", {.chunk = {16, 5, 1}, .gzip = true, .fletcher = true}},
      {"shuffled", {.chunk = {3, 3, 3}, .shuffle = true}},
      {"tiny_chunks", {.chunk = {1, 1, 1}}},
      {"tiny_packed", {.chunk = {1, 1, 1}, .gzip = true}},
      {"grows", {.chunk = {7, 2, 3}, .most = {H5S_UNLIMITED, 5, 4}}},
      {"grows_packed", {.chunk = {1, 5, 3}, .most = {H5S_UNLIMITED, 5, 3}, .gzip = true}},
      {"may_grow_a_little", {.chunk = {7, 2, 3}, .most = {90, 9, 3}}},
  };
  const torch::Tensor values = torch::randn({40, 5, 3});
  create();
  for (const auto& [name, layout] : layouts) put(name, values, layout);
  const TensorFileReader reader = closed();
  for (const auto& [name, layout] : layouts) {
    EXPECT_TRUE(torch::equal(reader.read(name, torch::kFloat32, {40, 5, 3}), values)) << name;
    EXPECT_TRUE(torch::equal(reader.read(name, torch::kFloat64), values.to(torch::kFloat64))) << name;
    for (const auto& [begin, end] : {std::pair{0, 1}, {6, 8}, {13, 40}, {20, 20}})
      EXPECT_TRUE(torch::equal(reader.read_rows(name, torch::kFloat32, begin, end), values.slice(0, begin, end)))
          << name << " " << begin;
  }
}

TEST_P(Hdf5WritersTest, ManyChunks) {
  const torch::Tensor values = torch::arange(30'000, torch::kFloat32);  // more chunks than fit into one node or page of any index
  create();
  put("chunks", values, {.chunk = {1}});
  put("packed", values, {.chunk = {1}, .gzip = true});
  put("grows", values, {.chunk = {1}, .most = {H5S_UNLIMITED}});
  put("grows_packed", values, {.chunk = {1}, .most = {H5S_UNLIMITED}, .gzip = true});
  const TensorFileReader reader = closed();
  for (const char* name : {"chunks", "packed", "grows", "grows_packed"}) {
    EXPECT_TRUE(torch::equal(reader.read(name, torch::kFloat32), values)) << name;
    EXPECT_TRUE(torch::equal(reader.read_rows(name, torch::kFloat32, 1020, 3080), values.slice(0, 1020, 3080))) << name;
  }
}

TEST_P(Hdf5WritersTest, UnwrittenElementsHaveTheFillValue) {
  create();
  put("contiguous", {}, {}, {4, 3});
  put("chunks", {}, {.chunk = {2, 2}}, {4, 3});
  put("packed", {}, {.chunk = {2, 2}, .gzip = true}, {4, 3});
  const TensorFileReader reader = closed();
  for (const char* name : {"contiguous", "chunks", "packed"})
    EXPECT_TRUE(torch::equal(reader.read(name, torch::kFloat32), torch::full({4, 3}, -7.f))) << name;
}

TEST_P(Hdf5WritersTest, ManyNamesAndAttributes) {
  create();
  for (int i = 0; i < 300; ++i) {
    put("a name of some length, number " + std::to_string(i), torch::full({2}, float(i)), {});
    text_attribute("attribute " + std::to_string(i), ("text " + std::to_string(i)).c_str());
  }
  const TensorFileReader reader = closed();
  for (int i = 0; i < 300; ++i) {
    EXPECT_TRUE(torch::equal(reader.read("a name of some length, number " + std::to_string(i), torch::kFloat32),
                             torch::full({2}, float(i))));
    EXPECT_EQ(reader.attribute("attribute " + std::to_string(i)), "text " + std::to_string(i));
  }
  EXPECT_FALSE(reader.has("a name of some length, number 300"));
  EXPECT_FALSE(reader.has_attribute("attribute 300"));
}

TEST_P(Hdf5WritersTest, SkipsAUserBlock) {
  create(1024);
  put("values", torch::arange(9, torch::kFloat32), {.chunk = {4}, .gzip = true});
  EXPECT_TRUE(torch::equal(closed().read("values", torch::kFloat32), torch::arange(9, torch::kFloat32)));
}

INSTANTIATE_TEST_SUITE_P(Ages, Hdf5WritersTest,
                         ::testing::Values(Age{"Earliest", H5F_LIBVER_EARLIEST}, Age{"V18", H5F_LIBVER_V18},
                                           Age{"Latest", H5F_LIBVER_LATEST}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace interprior
