#include "interprior/hand/mano_model.h"

#include <torch/types.h>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/hand/skeleton.h"

namespace interprior {
namespace {

constexpr const char* kFormat = "interprior.hand";
constexpr int64_t kVersion = 1;
constexpr double kRowTolerance = 1e-4;  // well above the rounding error of float32 sums of 778 terms
constexpr const char* kAdvice = "write the hand file again with `interprior prepare hand`";

struct Field {
  const char* name;
  torch::Tensor ManoModel::*tensor;
  torch::Dtype dtype;
  std::vector<int64_t> shape;  // -1: any, kVertices: the model's V
};

constexpr int64_t kVertices = -2;

const std::vector<Field>& fields() {
  static const std::vector<Field> list = {{"v_template", &ManoModel::v_template, torch::kFloat64, {kVertices, 3}},
                                          {"shapedirs", &ManoModel::shapedirs, torch::kFloat64, {kVertices, 3, 10}},
                                          {"posedirs", &ManoModel::posedirs, torch::kFloat64, {kVertices, 3, 135}},
                                          {"J_regressor", &ManoModel::J_regressor, torch::kFloat64, {kManoJoints, kVertices}},
                                          {"weights", &ManoModel::weights, torch::kFloat64, {kVertices, kManoJoints}},
                                          {"faces", &ManoModel::faces, torch::kInt64, {-1, 3}},
                                          {"hands_mean", &ManoModel::hands_mean, torch::kFloat64, {45}},
                                          {"tips", &ManoModel::tips, torch::kInt64, {5}}};
  return list;
}

bool has_shape(const torch::Tensor& tensor, const std::vector<int64_t>& shape, int64_t vertices) {
  if (tensor.dim() != static_cast<int64_t>(shape.size())) return false;
  for (size_t i = 0; i < shape.size(); ++i) {
    const int64_t size = tensor.size(static_cast<int64_t>(i));
    if (shape[i] == -1 ? size == 0 : size != (shape[i] == kVertices ? vertices : shape[i])) return false;
  }
  return true;
}

void check_rows(const torch::Tensor& matrix, const std::string& where, const std::string& advice) {
  const torch::Tensor error = (matrix.sum(1) - 1).abs();
  const int64_t worst = error.argmax().item<int64_t>();
  require(error[worst].item<double>() <= kRowTolerance,
          c10::str("row ", worst, " sums to ", matrix[worst].sum().item<double>(), " instead of 1"), where, advice);
}

void check_indices(const torch::Tensor& index, int64_t vertices, const std::string& where, const std::string& advice) {
  require(index.min().item<int64_t>() >= 0 && index.max().item<int64_t>() < vertices,
          c10::str("a vertex index is outside 0..", vertices - 1), where, advice);
}

std::string dataset_in(const std::filesystem::path& path, Side side) { return path.string() + ": " + side_name(side); }

void check_hands(const HandModel& model, const std::filesystem::path& path) {
  for (const Side side : kSides) check_model(model.hand[side], dataset_in(path, side));
  require(model.hand.right.v_template.size(0) == model.hand.left.v_template.size(0),
          c10::str("the right hand has ", model.hand.right.v_template.size(0), " vertices, the left ",
                   model.hand.left.v_template.size(0)),
          path.string(), kAdvice);
  require(model.source == "mano" || model.source == "procedural",
          "the attribute `source` is `" + model.source + "`, neither `mano` nor `procedural`", path.string(), kAdvice);
}

}  // namespace

void check_model(const ManoModel& model, const std::string& where, const std::string& other_advice) {
  const std::string advice = other_advice.empty() ? kAdvice : other_advice;
  const int64_t vertices = model.v_template.defined() && model.v_template.dim() == 2 ? model.v_template.size(0) : 0;
  require(vertices > 0, "there are no vertices", where + "/v_template", advice);
  for (const Field& field : fields()) {
    const torch::Tensor& tensor = model.*field.tensor;
    const std::string place = where + "/" + field.name;
    require(tensor.defined() && has_shape(tensor, field.shape, vertices),
            c10::str("the shape is ", tensor.defined() ? c10::str(tensor.sizes()) : "missing", ", which does not fit ", vertices,
                     " vertices"),
            place, advice);
    if (field.dtype == torch::kInt64) {
      check_indices(tensor, vertices, place, advice);
    } else {
      require(tensor.isfinite().all().item<bool>(), "a value is not finite", place, advice);
    }
  }
  require(model.weights.min().item<double>() >= -kRowTolerance, "a weight is negative", where + "/weights", advice);
  check_rows(model.weights, where + "/weights", advice);
  check_rows(model.J_regressor, where + "/J_regressor", advice);
}

HandModel read_hand_model(const std::filesystem::path& path) {
  const TensorFileReader reader(path, kFormat, kVersion);
  HandModel model;
  for (const Side side : kSides) {
    for (const Field& field : fields()) {
      std::vector<int64_t> expected = field.shape;
      for (int64_t& size : expected) size = std::max<int64_t>(size, -1);
      model.hand[side].*field.tensor = reader.read(std::string(side_name(side)) + "/" + field.name, field.dtype, expected);
    }
  }
  model.source = reader.attribute("source");
  check_hands(model, path);
  model.hash = file_hash(path);
  fix_left_shapedirs(model);
  return model;
}

void write_hand_model(const std::filesystem::path& path, const HandModel& model) {
  check_hands(model, path);
  TensorFileWriter writer(path, kFormat, kVersion);
  writer.attribute("source", model.source);
  for (const Side side : kSides) {
    for (const Field& field : fields()) {
      writer.write(std::string(side_name(side)) + "/" + field.name, model.hand[side].*field.tensor);
    }
  }
  writer.close();
}

bool fix_left_shapedirs(HandModel& model) {
  const torch::Tensor right = model.hand.right.shapedirs.select(1, 0), left = model.hand.left.shapedirs.select(1, 0);
  if (right.sizes() != left.sizes()) return false;
  const double as_copy = (left - right).abs().sum().item<double>(), as_mirror = (left + right).abs().sum().item<double>();
  // The second condition excludes small models and models with small directions, whose mirrored directions differ by less than 1.
  if (as_copy >= 1 || as_copy >= as_mirror) return false;
  model.hand.left.shapedirs = model.hand.left.shapedirs.clone();
  model.hand.left.shapedirs.select(1, 0).neg_();
  return true;
}

}  // namespace interprior
