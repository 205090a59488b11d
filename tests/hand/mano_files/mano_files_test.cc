#include "interprior/hand/mano_files/mano_files.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <fstream>
#include <map>

#include "hand/random_hand.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/hand/skeleton.h"
#include "pickle_parts.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using namespace std::string_literals;
using namespace pickle_parts;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<int64_t> kTips = {4, 0, 3, 1, 2};

PerHand<ManoModel> small_hands(int64_t vertices = 6) {
  PerHand<ManoModel> hands;
  hands.right = RandomHand(7).model(vertices);
  hands.right.J_regressor = torch::where(hands.right.J_regressor > 1.0 / static_cast<double>(vertices), hands.right.J_regressor,
                                         0.0);  // sparse, as in MANO
  hands.right.J_regressor = hands.right.J_regressor / hands.right.J_regressor.sum(1, true);
  hands.left = mirror_image(hands.right);
  return hands;
}

using Parts = std::map<std::string, std::string>;

// The parts of a MANO file.
Parts parts_of(const ManoModel& hand) {
  std::vector<int64_t> tree(kManoParents.begin(), kManoParents.end());
  tree[0] = (int64_t{1} << 32) - 1;
  const torch::Tensor shapes = hand.shapedirs;
  return {{"v_template", array(hand.v_template)},
          {"shapedirs", selected(chumpy(array(shapes)), torch::arange(shapes.numel()),
                                 tuple({integer(shapes.size(0)), integer(3), integer(10)}))},
          {"posedirs", array(hand.posedirs)},
          {"J_regressor", sparse(hand.J_regressor)},
          {"weights", array(hand.weights)},
          {"f", array(hand.faces.to(torch::kInt32))},
          {"hands_mean", array(hand.hands_mean)},
          {"kintree_table", array(torch::stack({torch::tensor(tree), torch::arange(16)}))},
          {"bs_style", words("lbs")}};
}

std::string file_of(const Parts& parts) { return pickle(dict(Entries(parts.begin(), parts.end()))); }

class ManoFiles : public ::testing::Test {
 protected:
  void write(Side side, const std::string& bytes) const { std::ofstream(file(side), std::ios::binary) << bytes; }
  void write(const PerHand<ManoModel>& hands) const {
    for (const Side side : kSides) write(side, file_of(parts_of(hands[side])));
  }
  std::filesystem::path file(Side side) const { return folder_ / (side == Side::right ? "MANO_RIGHT.pkl" : "MANO_LEFT.pkl"); }
  HandModel read() const { return read_mano_files(folder_.path(), kTips); }
  // Reads files whose right hand has the part `key` replaced.
  HandModel read_with(const std::string& key, const std::string& part) const {
    Parts parts = parts_of(hands_.right);
    parts[key] = part;
    write(Side::right, file_of(parts));
    return read();
  }
  void expect_refused(const std::string& key, const std::string& part, const std::string& says) const {
    EXPECT_THAT([&] { read_with(key, part); }, ThrowsError(AllOf(HasSubstr("MANO_RIGHT.pkl"), HasSubstr(key), HasSubstr(says))))
        << key;
  }

  void SetUp() override { write(hands_); }
  const TemporaryDirectory folder_;
  const PerHand<ManoModel> hands_ = small_hands();
};

void expect_equal(const ManoModel& actual, const ManoModel& expected) {
  for (const auto tensor : {&ManoModel::v_template, &ManoModel::shapedirs, &ManoModel::posedirs, &ManoModel::J_regressor,
                            &ManoModel::weights, &ManoModel::faces, &ManoModel::hands_mean})
    EXPECT_TRUE((actual.*tensor).equal(expected.*tensor));
}

TEST_F(ManoFiles, GiveTheHandModelsTheyDescribe) {
  const HandModel model = read();
  EXPECT_EQ(model.source, "mano");
  for (const Side side : kSides) {
    expect_equal(model.hand[side], hands_[side]);
    EXPECT_TRUE(model.hand[side].tips.equal(torch::tensor(kTips)));
  }
  write_hand_model(folder_ / "hand.h5", model);
  EXPECT_EQ(read_hand_model(folder_ / "hand.h5").source, "mano");
}

TEST_F(ManoFiles, OfMANOsSizeHaveItsFingerTips) {
  PerHand<ManoModel> hands = small_hands(778);
  write(hands);
  const HandModel model = read_mano_files(folder_.path());
  for (const Side side : kSides) {
    expect_equal(model.hand[side], hands[side]);
    EXPECT_TRUE(
        model.hand[side].tips.equal(torch::tensor(std::vector<int64_t>(kManoTipVertices.begin(), kManoTipVertices.end()))));
  }
}

TEST_F(ManoFiles, CorrectTheLeftShapeDirectionsOnlyWhenNeeded) {
  PerHand<ManoModel> faulty = small_hands(778);
  const torch::Tensor mirrored = faulty.left.shapedirs.clone();
  faulty.left.shapedirs.select(1, 0).neg_();
  write(faulty);
  EXPECT_TRUE(read_mano_files(folder_.path()).hand.left.shapedirs.equal(mirrored));
  EXPECT_TRUE(read_mano_files(folder_.path()).hand.right.shapedirs.equal(faulty.right.shapedirs));
  faulty.left.shapedirs = mirrored;
  write(faulty);
  EXPECT_TRUE(read_mano_files(folder_.path()).hand.left.shapedirs.equal(mirrored));
}

TEST_F(ManoFiles, MayStoreNumbersInAnyType) {
  const ManoModel& hand = hands_.right;
  for (const std::string& weights : {big_endian_array(hand.weights), array_by_columns(hand.weights), chumpy(array(hand.weights))})
    expect_equal(read_with("weights", weights).hand.right, hand);
  expect_equal(read_with("posedirs", array_by_columns(hand.posedirs)).hand.right, hand);
  expect_equal(read_with("shapedirs", array(hand.shapedirs)).hand.right, hand);
  expect_equal(read_with("J_regressor", array(hand.J_regressor)).hand.right, hand);
  for (const torch::Dtype dtype : {torch::kInt8, torch::kUInt8, torch::kInt16, torch::kInt32, torch::kInt64}) {
    expect_equal(read_with("f", array(hand.faces.to(dtype))).hand.right, hand);
    expect_equal(read_with("f", big_endian_array(hand.faces.to(dtype))).hand.right, hand);
  }
  for (const auto& [name, dtype] :
       std::map<std::string, torch::Dtype>{{"u2", torch::kInt16}, {"u4", torch::kInt32}, {"u8", torch::kInt64}})
    expect_equal(read_with("f", numpy_array(hand.faces.sizes().vec(), number_type(name), false, bytes_of(hand.faces.to(dtype))))
                     .hand.right,
                 hand);
  EXPECT_THAT(read_with("v_template", array(hand.v_template.to(torch::kFloat32))).hand.right.v_template,
              TensorNear(hand.v_template, 1e-7));
}

TEST_F(ManoFiles, MayStoreShapesAsNumpysNumbers) {
  const torch::Tensor& shapes = hands_.right.shapedirs;
  const torch::Tensor order = torch::randperm(shapes.numel(), torch::kInt64), back = order.argsort();
  const std::string source = chumpy(array(shapes.flatten().index_select(0, order)));
  for (const std::string& shape :
       {tuple({numpy_integer(6), integer(3), numpy_integer(10)}), array(torch::tensor({6, 3, 10}, torch::kInt32)),
        tuple({array(torch::tensor(6, torch::kInt64)), integer(3), integer(10)})})
    expect_equal(read_with("shapedirs", selected(source, back, shape)).hand.right, hands_.right);
}

TEST_F(ManoFiles, OfWrongShapesNameKeyAndFile) {
  const ManoModel& hand = hands_.right;
  const auto without_last = [](const torch::Tensor& tensor) { return array(tensor.slice(0, 0, tensor.size(0) - 1)); };
  expect_refused("weights", without_last(hand.weights), "the shape is [5, 16]");
  expect_refused("v_template", array(hand.v_template.flatten()), "there are no vertices");
  expect_refused("posedirs", without_last(hand.posedirs), "the shape is [5, 3, 135]");
  expect_refused("hands_mean", without_last(hand.hands_mean), "the shape is [44]");
  expect_refused("shapedirs", array(torch::cat({hand.shapedirs, hand.shapedirs}, 2)), "the shape is [6, 3, 20]");
  expect_refused("J_regressor", sparse(hand.J_regressor.slice(0, 0, 15)), "the shape is [15, 6]");
  expect_refused("f", array(hand.faces.to(torch::kFloat64)), "integers are expected");
  expect_refused("weights", array(hand.weights * NAN), "a value is not finite");
  expect_refused("weights", array(hand.weights * 2), "row 0 sums to 2");
  EXPECT_THAT([&] { read_with("f", array(hand.faces + 6)); }, ThrowsError(HasSubstr("a vertex index is outside 0..5")));
  expect_refused("kintree_table", array(torch::stack({torch::arange(16), torch::arange(16)})), "tree is not MANO's");
  expect_refused("kintree_table", array(hand.weights), "the kinematic tree is not MANO's");
}

TEST_F(ManoFiles, WithBrokenArraysNameKeyAndByte) {
  const ManoModel& hand = hands_.right;
  const std::string data = bytes_of(hand.weights);
  const auto weights = [&](const std::vector<int64_t>& shape, const std::string& type) {
    return numpy_array(shape, number_type(type), false, data);
  };
  expect_refused("weights", weights({6, 17}, "f8"), "needs 816 bytes and has 768 (");
  expect_refused("weights", weights({6, 16}, "f4"), "needs 384 bytes and has 768");
  expect_refused("weights", weights({6, 16}, "O8"), "type `O8`");
  expect_refused("weights", weights({6, 16}, "f16"), "type `f16`");
  expect_refused("weights", weights({6, 16}, "c16"), "type `c16`");
  expect_refused("weights", weights({int64_t{1} << 62, 4}, "f8"), "more elements than the file can hold");
  expect_refused("weights", weights({0, int64_t{1} << 62}, "f8"), "more elements than the file can hold");
  expect_refused("weights", weights({-6, -16}, "f8"), "more elements than the file can hold");
  expect_refused("weights", weights(std::vector<int64_t>(50, 1), "f8"), "more elements than the file can hold");
  expect_refused("weights", words("a text"), "this is not a numeric array");
  expect_refused("weights", dict({}), "byte ");
  expect_refused("weights",
                 called(global("numpy.core.multiarray", "_reconstruct"), {global("numpy", "ndarray"), ")", words("b")}),
                 "this is not a numeric array");
  expect_refused("weights", global("chumpy.ch", "Ch") + ")\x81", "an object has no `x`");
  // x is the object itself.
  expect_refused("weights", global("chumpy.ch", "Ch") + ")\x81q\1}" + words("x") + "h\1sb", "wrapped in itself");
}

TEST_F(ManoFiles, WithBrokenSelectionsAndSparseMatricesAreRefused) {
  const torch::Tensor& shapes = hands_.right.shapedirs;
  const std::string source = chumpy(array(shapes)), shape = tuple({integer(6), integer(3), integer(10)});
  expect_refused("shapedirs", selected(source, torch::arange(180) + 1, shape), "an index of Select is 180, outside 0..179");
  expect_refused("shapedirs", selected(source, torch::arange(180) - 1, shape), "an index of Select is -1");
  expect_refused("shapedirs", selected(source, torch::arange(179), shape), "179 numbers, which do not match shape [6, 3, 10]");
  expect_refused("shapedirs", selected(source, torch::arange(180.0), shape), "integers are expected");
  expect_refused("shapedirs", selected(source, torch::arange(180), tuple({words("6")})), "this is not a numeric array");
  expect_refused("shapedirs", selected(source, torch::arange(180), tuple({integer(int64_t{1} << 40), integer(int64_t{1} << 40)})),
                 "more elements than the file can hold");
  const auto matrix = [](const torch::Tensor& starts, const torch::Tensor& rows, int64_t height) {
    return object("scipy.sparse.csc", "csc_matrix",
                  {{"indices", array(rows)},
                   {"data", array(torch::ones({2}, torch::kFloat64))},
                   {"indptr", array(starts)},
                   {"_shape", tuple({integer(height), integer(2)})}});
  };
  const torch::Tensor starts = torch::tensor({0, 1, 2}), rows = torch::tensor({0, 15});
  expect_refused("J_regressor", matrix(starts, rows, 16), "the shape is [16, 2]");
  expect_refused("J_regressor", matrix(starts, rows, 15), "row 15 of a sparse matrix with 15");
  expect_refused("J_regressor", matrix(starts, rows - 1, 16), "row -1");
  expect_refused("J_regressor", matrix(torch::tensor({0, 2, 1}), rows, 16), "column 1 of a sparse matrix has invalid offsets");
  expect_refused("J_regressor", matrix(torch::tensor({0, 1, 3}), rows, 16), "inconsistent sizes");
  expect_refused("J_regressor", matrix(torch::tensor({1, 1, 2}), rows, 16), "inconsistent sizes");
  expect_refused("J_regressor", matrix(torch::tensor({0, 2}), rows, 16), "inconsistent sizes");
  expect_refused("J_regressor", matrix(starts, rows, int64_t{1} << 62), "more elements than the file can hold");
}

TEST_F(ManoFiles, OfAnotherKindAreNamed) {
  const auto says = [&](const std::string& bytes) {
    write(Side::left, bytes);
    try {
      read();
      return "nothing"s;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("MANO_LEFT.pkl"));
      return std::string(error.what());
    }
  };
  EXPECT_THAT(says("<!DOCTYPE html>\n<html>"),
              AllOf(HasSubstr("this is a web page, a pickle is needed"), HasSubstr("its folder `models`")));
  EXPECT_THAT(says("\xef\xbb\xbf\r\n <html>"), HasSubstr("this is a web page"));
  EXPECT_THAT(says("PK\x03\x04mano_v1_2"), HasSubstr("this is a zip archive"));
  EXPECT_THAT(says(""), HasSubstr("this is an empty file"));
  EXPECT_THAT(says("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 3821356\n"), HasSubstr("a Git-LFS pointer"));
  EXPECT_THAT(says("(dp0\r\nS'f'\r\n"), HasSubstr("line ends were converted"));
  EXPECT_THAT(says(pickle("]")), HasSubstr("the pickle is not a dict"));
  EXPECT_THAT(says(pickle("cos\nsystem\n" + words("true") + "\x85R")),
              HasSubstr("the pickle imports os.system at byte 2, which"));
  for (const auto& [key, part] : parts_of(hands_.left)) {
    Parts parts = parts_of(hands_.left);
    parts.erase(key);
    const bool needed = key != "kintree_table" && key != "bs_style";
    EXPECT_THAT(says(file_of(parts)), HasSubstr(needed ? "the pickle has no `" + key + "`" : "nothing"));
  }
}

TEST_F(ManoFiles, InAnotherFolderAreSearchedFor) {
  const auto says = [](const std::filesystem::path& folder, const auto& matcher) {
    EXPECT_THAT([&] { read_mano_files(folder, kTips); }, ThrowsError(matcher));
  };
  says(folder_ / "absent", HasSubstr("there is no such folder"));
  says(file(Side::left), HasSubstr("this is not a folder"));
  const TemporaryDirectory other;
  says(other.path(), AllOf(HasSubstr("the file is missing"), HasSubstr("MANO_RIGHT.pkl"), HasSubstr("`models`")));
  for (const char* inside : {"models", "mano", "MANO"}) {
    const TemporaryDirectory around;
    std::filesystem::create_directories(around / inside);
    for (const char* name : {"MANO_RIGHT.pkl", "MANO_LEFT.pkl"})
      std::filesystem::copy_file(folder_ / name, around / inside / name);
    EXPECT_TRUE(read_mano_files(around.path(), kTips).hand.right.v_template.equal(hands_.right.v_template)) << inside;
  }
  std::filesystem::create_directories(other / "MANO_RIGHT.pkl");
  says(other.path(), HasSubstr("this is a folder, not a pickle"));
}

TEST_F(ManoFiles, InAnotherUnitAreRefused) {
  PerHand<ManoModel> hands = hands_;
  for (const Side side : kSides) hands[side].v_template = hands_[side].v_template * 1000;
  write(hands);
  EXPECT_THAT([&] { read(); }, ThrowsError(HasSubstr("it looks like millimetres")));
}

TEST_F(ManoFiles, OfTheSameHandTwiceAreRefused) {
  write(Side::left, file_of(parts_of(hands_.right)));
  EXPECT_THAT([&] { read(); }, ThrowsError(HasSubstr("both files hold the same hand")));
  write(Side::left, file_of(parts_of(small_hands(7).left)));
  EXPECT_THAT([&] { read(); }, ThrowsError(HasSubstr("the two hands have different vertex counts")));
}

TEST_F(ManoFiles, NeedFingertipsThatAreVertices) {
  const auto says = [&](const std::vector<int64_t>& tips, const std::string& what) {
    EXPECT_THAT([&] { read_mano_files(folder_.path(), tips); }, ThrowsError(AllOf(HasSubstr(what), HasSubstr("--tips"))));
  };
  says({}, "the model has 6 vertices");
  says({0, 1, 2, 3}, "not 5 different vertices");
  says({0, 1, 2, 3, 3}, "not 5 different vertices");
  says({0, 1, 2, 3, 6}, "the finger tip 6 is not a vertex of 0..5");
  says({0, 1, 2, 3, -1}, "the finger tip -1");
}

// Whether the files could be read; fails the test on exceptions other than Error.
bool is_read(const std::filesystem::path& folder) {
  try {
    read_mano_files(folder, kTips);
    return true;
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("MANO_"));
    return false;
  }
}

TEST_F(ManoFiles, TruncatedAnywhereAreRefused) {
  const std::string bytes = read_file(file(Side::left));
  for (size_t i = 0; i < 500; ++i) {
    write(Side::left, bytes.substr(0, i * bytes.size() / 500));
    EXPECT_FALSE(is_read(folder_.path())) << i;
  }
}

TEST_F(ManoFiles, WithDamagedBytesAreReadOrRefused) {
  const std::string bytes = read_file(file(Side::left));
  std::vector<int64_t> keys;
  for (const auto& [key, part] : parts_of(hands_.left)) keys.push_back(static_cast<int64_t>(bytes.find(words(key))));
  Random random(Seed{2027});
  int read = 0, refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = bytes;
    // Most bytes are array data: every other time a byte after a key is changed, where opcodes and lengths are.
    auto at = random.integer(static_cast<int64_t>(bytes.size()));
    if (i % 2 == 0) at = keys[static_cast<size_t>(random.integer(static_cast<int64_t>(keys.size())))] + random.integer(200);
    char& byte = damaged[static_cast<size_t>(std::min<int64_t>(at, static_cast<int64_t>(bytes.size()) - 1))];
    byte = static_cast<char>(i % 4 < 2 ? byte ^ (1 << random.integer(8)) : random.integer(256));
    write(Side::left, damaged);
    ++(is_read(folder_.path()) ? read : refused);
  }
  EXPECT_GT(read, 100);
  EXPECT_GT(refused, 700);
}

}  // namespace
}  // namespace interprior
