#include "interprior/metric/hand_sets/hand_set.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <unordered_set>

#include "hand_set_file.h"
#include "interprior/base/error.h"
#include "interprior/base/files/tensor_file.h"
#include "interprior/base/shape.h"
#include "interprior/hand/skeleton.h"

namespace interprior {
namespace {

constexpr const char* kValid = "_valid";

bool is_mask(const std::string& name) { return name.size() > 6 && name.compare(name.size() - 6, 6, kValid) == 0; }

void check_ids(const HandSet& set, const std::string& where) {
  require(set.size() > 0, "the set of hands has no samples", where);
  std::unordered_set<std::string> seen;
  for (const std::string& id : set.sample)
    require(seen.insert(id).second, "sample " + id + " is duplicated", where,
            "give every image its own id, such as split/file_name");
  require(set.group.empty() || set.group.size() == set.sample.size(),
          c10::str(set.group.size(), " groups for ", set.sample.size(), " samples"), where);
}

void check_shapes(const HandSet& set, const std::string& where) {
  ShapeCheck check(where);
  const auto shape = [&](const torch::Tensor& tensor, const char* name, std::initializer_list<Dimension> expected) {
    if (tensor.defined()) check(tensor, name, expected);
  };
  const int64_t count = set.size();
  shape(set.vertices, "vertices", {count, 2, "V", 3});
  shape(set.pose, "pose", {count, 2, 48});
  shape(set.shape, "shape", {count, 2, 10});
  shape(set.translation, "translation", {count, 2, 3});
  shape(set.joints, "joints", {count, 2, kJoints, 3});
  shape(set.joint_valid, "joint_valid", {count, 2, kJoints});
  shape(set.hand_valid, "hand_valid", {count, 2});
  shape(set.mesh_valid, "mesh_valid", {count, 2});
  shape(set.camera, "camera", {count, 4});
  shape(set.box, "box", {count, 4});
  shape(set.hypotheses_pose, "hypotheses/pose", {count, "K", 2, 48});
  shape(set.hypotheses_shape, "hypotheses/shape", {count, "K", 2, 10});
  shape(set.hypotheses_translation, "hypotheses/translation", {count, "K", 2, 3});
}

void check_kinds(const HandSet& set, const std::string& where) {
  for (const auto& [name, member] : kHandSetTensors) {
    const torch::Tensor& tensor = set.*member;
    if (!tensor.defined()) continue;
    require(tensor.device().is_cpu(), c10::str(name, " is not on the CPU"), where);
    const bool right_kind = is_mask(name) ? tensor.scalar_type() == torch::kBool : tensor.is_floating_point();
    require(right_kind, c10::str(name, " is ", shape_text(tensor)), where,
            is_mask(name) ? "give booleans" : "give floating point numbers");
  }
  const auto require_all_or_none = [&](const torch::Tensor& a, const torch::Tensor& b, const torch::Tensor& c,
                                       const char* names) {
    require(a.defined() == b.defined() && b.defined() == c.defined(), c10::str("only a part of ", names), where,
            "give all three or none");
  };
  require_all_or_none(set.pose, set.shape, set.translation, "pose, shape and translation");
  require_all_or_none(set.hypotheses_pose, set.hypotheses_shape, set.hypotheses_translation,
                      "the hypotheses' pose, shape and translation");
  require(set.has_mesh() || set.joints.defined(), "neither vertices, nor pose, shape and translation, nor joints", where);
}

torch::Tensor read_tensor(const TensorFileReader& file, const std::string& name, int64_t begin, int64_t end) {
  require(!file.shape(name).empty(), name + " is a single number", file.path().string());
  if (!is_mask(name)) return file.read_rows(name, name == "vertices" ? torch::kFloat32 : torch::kFloat64, begin, end);
  const torch::Tensor mask = file.read_rows(name, torch::kInt64, begin, end);
  require(((mask == 0) | (mask == 1)).all().item<bool>(), name + " has values other than 0 and 1", file.path().string());
  return mask == 1;
}

}  // namespace

NotFinite not_finite(const HandSet& set) {
  const int64_t count = set.size();
  NotFinite found{torch::zeros({count}, torch::kBool), ""};
  // The first dimension of `finite` and `counted` is the samples.
  const auto look = [&](const char* name, const torch::Tensor& finite, const torch::Tensor& counted) {
    const torch::Tensor bad = (finite.logical_not() & counted).reshape({count, -1}).any(1);
    if (found.dataset.empty() && bad.any().item<bool>()) found.dataset = name;
    found.rows = found.rows | bad;
  };
  const torch::Tensor mesh = valid_meshes(set);
  const auto per_hand = [&](const char* name, const torch::Tensor& tensor) {
    if (tensor.defined()) look(name, tensor.isfinite().reshape({count, 2, -1}).all(2), mesh);
  };
  per_hand("vertices", set.vertices);
  per_hand("pose", set.pose);
  per_hand("shape", set.shape);
  per_hand("translation", set.translation);
  for (const auto& [name, tensor] :
       {std::pair{"hypotheses/pose", set.hypotheses_pose}, std::pair{"hypotheses/shape", set.hypotheses_shape},
        std::pair{"hypotheses/translation", set.hypotheses_translation}})
    if (tensor.defined()) per_hand(name, tensor.transpose(1, 2));
  if (set.joints.defined()) look("joints", set.joints.isfinite().all(3), valid_joints(set));
  for (const auto& [name, tensor] : {std::pair{"camera", set.camera}, std::pair{"box", set.box}})
    if (tensor.defined()) look(name, tensor.isfinite().all(1), torch::ones({count}, torch::kBool));
  return found;
}

torch::Tensor valid_hands(const HandSet& set) {
  return set.hand_valid.defined() ? set.hand_valid : torch::ones({set.size(), 2}, torch::kBool);
}

torch::Tensor valid_meshes(const HandSet& set) {
  return set.mesh_valid.defined() ? set.mesh_valid & valid_hands(set) : valid_hands(set);
}

torch::Tensor valid_joints(const HandSet& set) {
  const torch::Tensor hands = valid_hands(set).unsqueeze(2);
  return set.joint_valid.defined() ? set.joint_valid & hands : hands.expand({-1, -1, kJoints});
}

void check_layout(const HandSet& set, const std::string& where) {
  check_ids(set, where);
  check_shapes(set, where);
  check_kinds(set, where);
}

void check_hand_set(const HandSet& set, const std::string& where) {
  check_layout(set, where);
  const NotFinite bad = not_finite(set);
  if (bad.dataset.empty()) return;
  const int64_t row = bad.rows.to(torch::kInt64).argmax().item<int64_t>();
  throw Error(c10::str(bad.dataset, " of sample ", set.sample[static_cast<size_t>(row)], " is not finite"), where,
              "fix the values or mark the hand in hand_valid");
}

std::unique_ptr<TensorFileReader> open_hand_set(const std::filesystem::path& path) {
  auto file = std::make_unique<TensorFileReader>(path, kHandsFormat, kHandsVersion);
  require(file->has("sample"), "no dataset `sample`", path.string(), "give every image its id, such as split/file_name");
  require(hand_set_size(*file) > 0, "the set of hands has no samples", path.string());
  require(!file->has("group") || c10::multiply_integers(file->shape("group")) == hand_set_size(*file),
          "the number of groups differs from the number of samples", path.string());
  for (const auto& [name, member] : kHandSetTensors) {
    if (!file->has(name)) continue;
    const std::vector<int64_t> shape = file->shape(name);
    require(!shape.empty() && shape[0] == hand_set_size(*file),
            c10::str(name, " has ", shape.empty() ? 0 : shape[0], " rows for ", hand_set_size(*file), " samples"), path.string());
  }
  return file;
}

int64_t hand_set_size(const TensorFileReader& file) { return c10::multiply_integers(file.shape("sample")); }

HandSet read_hand_rows(const TensorFileReader& file, int64_t begin, int64_t end) {
  HandSet set;
  set.sample = file.read_string_rows("sample", begin, end);
  if (file.has("group")) set.group = file.read_string_rows("group", begin, end);
  for (const auto& [name, member] : kHandSetTensors)
    if (file.has(name)) set.*member = read_tensor(file, name, begin, end);
  check_shapes(set, file.path().string());
  check_kinds(set, file.path().string());
  return set;
}

HandSet read_hand_set(const std::filesystem::path& path) {
  const auto file = open_hand_set(path);
  HandSet set = read_hand_rows(*file, 0, hand_set_size(*file));
  check_hand_set(set, path.string());
  for (const auto& [name, member] : kHandSetTensors)
    if (torch::Tensor& tensor = set.*member; tensor.defined() && !is_mask(name)) tensor.nan_to_num_(0, 0, 0);
  return set;
}

void write_hand_set(const std::filesystem::path& path, const HandSet& set) {
  check_hand_set(set, path.string());
  TensorFileWriter file(path, kHandsFormat, kHandsVersion);
  file.write_strings("sample", set.sample);
  if (!set.group.empty()) file.write_strings("group", set.group);
  for (const auto& [name, member] : kHandSetTensors)
    if (const torch::Tensor& tensor = set.*member; tensor.defined())
      file.write(name, is_mask(name) ? tensor.to(torch::kUInt8) : tensor);
  file.close();
}

}  // namespace interprior
