#include "interprior/hand/mano_model.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <map>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/tensor_file.h"
#include "random_hand.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

HandModel valid_model() {
  HandModel model;
  model.hand.right = RandomHand(1).model(20);
  model.hand.left = mirror_image(model.hand.right);
  model.source = "procedural";
  return model;
}

using Datasets = std::map<std::string, torch::Tensor>;

Datasets datasets_of(const HandModel& model) {
  Datasets datasets;
  for (const Side side : kSides) {
    const ManoModel& hand = model.hand[side];
    const std::string group = std::string(side_name(side)) + "/";
    datasets[group + "v_template"] = hand.v_template;
    datasets[group + "shapedirs"] = hand.shapedirs;
    datasets[group + "posedirs"] = hand.posedirs;
    datasets[group + "J_regressor"] = hand.J_regressor;
    datasets[group + "weights"] = hand.weights;
    datasets[group + "faces"] = hand.faces;
    datasets[group + "hands_mean"] = hand.hands_mean;
    datasets[group + "tips"] = hand.tips;
  }
  for (auto& [name, tensor] : datasets) tensor = tensor.clone();
  return datasets;
}

void write(const std::filesystem::path& path, const Datasets& datasets, const std::string& source = "mano",
           const std::string& format = "interprior.hand", int64_t version = 1) {
  TensorFileWriter writer(path, format, version);
  if (!source.empty()) writer.attribute("source", source);
  for (const auto& [name, tensor] : datasets) writer.write(name, tensor);
  writer.close();
}

TEST(ManoModel, ReadsBackWhatWasWritten) {
  const TemporaryDirectory folder;
  const HandModel model = valid_model();
  write_hand_model(folder / "hand.h5", model);
  const HandModel read = read_hand_model(folder / "hand.h5");
  EXPECT_EQ(read.source, "procedural");
  EXPECT_EQ(read.hash, file_hash(folder / "hand.h5"));
  const Datasets expected = datasets_of(model), actual = datasets_of(read);
  ASSERT_EQ(actual.size(), 16u);
  for (const auto& [name, tensor] : expected) {
    EXPECT_EQ(actual.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_THAT(actual.at(name), TensorNear(tensor, 0)) << name;
  }
}

TEST(ManoModel, ReadsSinglePrecisionAndShortIntegers) {
  const TemporaryDirectory folder;
  Datasets datasets = datasets_of(valid_model());
  for (auto& [name, tensor] : datasets) tensor = tensor.to(tensor.is_floating_point() ? torch::kFloat32 : torch::kInt32);
  write(folder / "hand.h5", datasets);
  const ManoModel hand = read_hand_model(folder / "hand.h5").hand.left;
  EXPECT_EQ(hand.weights.scalar_type(), torch::kFloat64);
  EXPECT_EQ(hand.faces.scalar_type(), torch::kInt64);
  EXPECT_THAT(hand.v_template, TensorNear(valid_model().hand.left.v_template, 1e-7));
}

struct Damage {
  const char* name;
  const char* dataset;
  void (*apply)(Datasets& datasets, const std::string& dataset);
};

class DamagedHandFile : public ::testing::TestWithParam<Damage> {};

TEST_P(DamagedHandFile, IsRefusedByFileAndDataset) {
  const TemporaryDirectory folder;
  Datasets datasets = datasets_of(valid_model());
  GetParam().apply(datasets, GetParam().dataset);
  write(folder / "damaged.h5", datasets);
  EXPECT_THAT([&] { read_hand_model(folder / "damaged.h5"); },
              ThrowsError(AllOf(HasSubstr("damaged.h5"), HasSubstr(GetParam().dataset))));
}

void set_first(torch::Tensor& tensor, double value) { tensor.flatten()[0] = value; }

INSTANTIATE_TEST_SUITE_P(
    Kinds, DamagedHandFile,
    ::testing::Values(
        Damage{"missing", "left/posedirs", [](Datasets& d, const std::string& name) { d.erase(name); }},
        Damage{"wrong_shape", "right/shapedirs", [](Datasets& d, const std::string& name) { d[name] = d[name].slice(2, 0, 9); }},
        Damage{"wrong_rank", "right/hands_mean", [](Datasets& d, const std::string& name) { d[name] = d[name].view({15, 3}); }},
        Damage{"fewer_vertices", "left/weights", [](Datasets& d, const std::string& name) { d[name] = d[name].slice(0, 0, 19); }},
        Damage{"no_faces", "right/faces", [](Datasets& d, const std::string& name) { d[name] = d[name].slice(0, 0, 0); }},
        Damage{"not_a_number", "right/v_template",
               [](Datasets& d, const std::string& name) { set_first(d[name], std::numeric_limits<double>::quiet_NaN()); }},
        Damage{"infinite", "left/hands_mean",
               [](Datasets& d, const std::string& name) { set_first(d[name], std::numeric_limits<double>::infinity()); }},
        Damage{"face_too_large", "left/faces", [](Datasets& d, const std::string& name) { set_first(d[name], 20); }},
        Damage{"face_negative", "right/faces", [](Datasets& d, const std::string& name) { set_first(d[name], -1); }},
        Damage{"tip_too_large", "right/tips", [](Datasets& d, const std::string& name) { set_first(d[name], 1e12); }},
        Damage{"weights_not_one", "right/weights", [](Datasets& d, const std::string& name) { d[name] *= 1.01; }},
        Damage{"weight_negative", "left/weights",
               [](Datasets& d, const std::string& name) {
                 d[name][3] = torch::zeros({16}, torch::kFloat64);
                 d[name][3][0] = 1.5;
                 d[name][3][1] = -0.5;
               }},
        Damage{"regressor_not_one", "left/J_regressor", [](Datasets& d, const std::string& name) { d[name][7] *= 2; }},
        Damage{"faces_of_reals", "left/faces",
               [](Datasets& d, const std::string& name) { d[name] = d[name].to(torch::kFloat64); }}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(ManoModel, RefusesHandsOfDifferentSize) {
  const TemporaryDirectory folder;
  HandModel model = valid_model();
  model.hand.left = RandomHand(2).model(21);
  write(folder / "hand.h5", datasets_of(model));
  EXPECT_THAT([&] { read_hand_model(folder / "hand.h5"); }, ThrowsError(AllOf(HasSubstr("hand.h5"), HasSubstr("21"))));
}

TEST(ManoModel, RefusesOtherFilesInOneSentence) {
  const TemporaryDirectory folder;
  const Datasets datasets = datasets_of(valid_model());
  write(folder / "source.h5", datasets, "guessed");
  write(folder / "no_source.h5", datasets, "");
  write(folder / "format.h5", datasets, "mano", "interprior.patterns");
  write(folder / "newer.h5", datasets, "mano", "interprior.hand", 2);
  write_file(folder / "text.h5", "this is no hand");
  for (const char* name : {"source.h5", "no_source.h5", "format.h5", "newer.h5", "text.h5", "absent.h5"}) {
    EXPECT_THAT([&] { read_hand_model(folder / name); }, ThrowsError(HasSubstr(name)));
  }
}

TEST(ManoModel, RefusesATruncatedFile) {
  const TemporaryDirectory folder;
  write_hand_model(folder / "hand.h5", valid_model());
  const auto size = std::filesystem::file_size(folder / "hand.h5");
  for (const double part : {0.0, 0.01, 0.3, 0.6, 0.95}) {
    std::filesystem::copy_file(folder / "hand.h5", folder / "cut.h5", std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(folder / "cut.h5", static_cast<uintmax_t>(part * static_cast<double>(size)));
    EXPECT_THAT([&] { read_hand_model(folder / "cut.h5"); }, ThrowsError(HasSubstr("cut.h5"))) << part;
  }
}

TEST(ManoModel, RefusesToWriteInvalidModels) {
  const TemporaryDirectory folder;
  HandModel model = valid_model();
  model.hand.left.weights = model.hand.left.weights * 2;
  EXPECT_THAT([&] { write_hand_model(folder / "hand.h5", model); }, ThrowsError(HasSubstr("left/weights")));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

// A model with the error of the official file, in its size: 778 vertices, left x directions equal to the right ones.
HandModel official_model() {
  HandModel model = valid_model();
  model.hand.right = RandomHand(3).model(778);
  model.hand.left = mirror_image(model.hand.right);
  return model;
}

TEST(ManoModel, CorrectsUnmirroredShapeDirectionsOnce) {
  HandModel model = official_model();
  const torch::Tensor right = model.hand.right.shapedirs.clone();
  const torch::Tensor mirrored = model.hand.left.shapedirs.clone();
  model.hand.left.shapedirs = mirrored.clone();
  model.hand.left.shapedirs.select(1, 0) = right.select(1, 0) + 1e-6;
  EXPECT_TRUE(fix_left_shapedirs(model));
  EXPECT_THAT(model.hand.left.shapedirs, TensorNear(mirrored, 2e-6));
  EXPECT_FALSE(fix_left_shapedirs(model));
  EXPECT_THAT(model.hand.left.shapedirs, TensorNear(mirrored, 2e-6));
  EXPECT_THAT(model.hand.right.shapedirs, TensorNear(right, 0));
}

TEST(ManoModel, KeepsMirroredWeakAndZeroDirections) {
  HandModel model = official_model();
  EXPECT_FALSE(fix_left_shapedirs(model));
  for (const Side side : kSides) model.hand[side].shapedirs = model.hand[side].shapedirs * 1e-5;
  EXPECT_FALSE(fix_left_shapedirs(model));
  for (const Side side : kSides) model.hand[side].shapedirs = torch::zeros({778, 3, 10}, torch::kFloat64);
  EXPECT_FALSE(fix_left_shapedirs(model));
}

TEST(ManoModel, CorrectsShapeDirectionsWhenReading) {
  const TemporaryDirectory folder;
  HandModel model = official_model();
  const torch::Tensor mirrored = model.hand.left.shapedirs;
  model.hand.left.shapedirs = model.hand.right.shapedirs * torch::tensor({1.0, 1.0, 1.0}, torch::kFloat64).unsqueeze(1);
  write_hand_model(folder / "faulty.h5", model);
  const HandModel once = read_hand_model(folder / "faulty.h5");
  EXPECT_THAT(once.hand.left.shapedirs, TensorNear(mirrored, 0));
  write_hand_model(folder / "mended.h5", once);
  EXPECT_THAT(read_hand_model(folder / "mended.h5").hand.left.shapedirs, TensorNear(mirrored, 0));
}

}  // namespace
}  // namespace interprior
