#include "interprior/hand/mano_files/mano_files.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <set>

#include "interprior/base/error.h"
#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/file_kind.h"
#include "interprior/base/log.h"
#include "interprior/hand/skeleton.h"
#include "pickle_array.h"
#include "pickle_bytes.h"
#include "pickle_reader.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kManoVertices = 778;
constexpr uintmax_t kMaxBytes = uintmax_t{64} << 20;  // MANO's files have 4 MB
constexpr const char* kDownload = "download MANO from its site and pass its folder `models`";

struct ArrayField {
  const char* key;
  torch::Tensor ManoModel::*tensor;
  torch::Dtype dtype;
};

constexpr ArrayField kArrays[] = {
    {"v_template", &ManoModel::v_template, torch::kFloat64}, {"shapedirs", &ManoModel::shapedirs, torch::kFloat64},
    {"posedirs", &ManoModel::posedirs, torch::kFloat64},     {"J_regressor", &ManoModel::J_regressor, torch::kFloat64},
    {"weights", &ManoModel::weights, torch::kFloat64},       {"f", &ManoModel::faces, torch::kInt64},
    {"hands_mean", &ManoModel::hands_mean, torch::kFloat64}};

// MANO's archive has the files in models/, smplx's folder has them in mano/ or MANO/.
fs::path folder_with_files(const fs::path& folder) {
  for (const char* inside : {"", "models", "mano", "MANO", "mano_v1_2/models"})
    if (fs::exists(folder / inside / "MANO_RIGHT.pkl") && fs::exists(folder / inside / "MANO_LEFT.pkl")) {
      if (*inside != '\0') log_info("reading MANO's files from " + (folder / inside).string());
      return folder / inside;
    }
  return folder;
}

std::string mano_bytes(const fs::path& path) {
  require(fs::exists(path), "the file is missing", path.string(), kDownload);
  require(!fs::is_directory(path), "this is a folder, not a pickle", path.string(), kDownload);
  require(fs::is_regular_file(path) && fs::file_size(path) <= kMaxBytes,
          c10::str("this is not a regular file of at most ", kMaxBytes >> 20, " MB"), path.string(), kDownload);
  return read_file(path);
}

// Throws Error if the template is 2 m or longer; a hand is about 18 cm long.
void check_unit(const ManoModel& model, const std::string& where) {
  const double extent = (model.v_template.amax(0) - model.v_template.amin(0)).max().item<double>();
  require(extent < 2,
          c10::str("the template is ", extent, " m long: it looks like ", extent > 50 ? "millimetres" : "centimetres"), where,
          "use MANO's original files, with lengths in metres");
}

const PickleValue& found(const Pickle& pickle, const char* key, const std::string& file) {
  const PickleValue* value = pickle.root().find(key);
  require(value != nullptr, c10::str("the pickle has no `", key, "`"), file, kPickleAdvice);
  return *value;
}

// Some files of body models have 16 joints too; only the kinematic tree differs. The root's parent is 2^32 - 1 or -1.
void check_tree(const Pickle& pickle, const PickleArrayPlace& place) {
  const PickleValue* value = pickle.root().find(place.key);
  if (value == nullptr) return;
  const torch::Tensor tree = dense_array(*value, place).to(torch::kInt64);
  const torch::Tensor parents = torch::tensor(std::vector<int64_t>(kManoParents.begin() + 1, kManoParents.end()), torch::kInt64);
  require(tree.dim() == 2 && tree.size(0) >= 1 && tree.size(1) == kManoJoints && tree[0].slice(0, 1).equal(parents),
          "the kinematic tree is not MANO's", place.file + ": " + place.key, kPickleAdvice);
}

ManoModel read_side(const fs::path& path) {
  const std::string file = path.string();
  std::string bytes = mano_bytes(path);
  if (!bytes.starts_with('\x80')) require_no_other_kind(path, "a pickle", kDownload);
  const Pickle pickle(std::move(bytes), file);
  require(pickle.root().kind == PickleKind::dict, "the pickle is not a dict", file, kPickleAdvice);
  ManoModel model;
  for (const ArrayField& field : kArrays) {
    const torch::Tensor array = dense_array(found(pickle, field.key, file), {file, field.key, pickle.size()});
    require(field.dtype != torch::kInt64 || !array.is_floating_point(), "integers are expected", file + ": " + field.key,
            kPickleAdvice);
    model.*field.tensor = array.to(field.dtype);
  }
  check_tree(pickle, {file, "kintree_table", pickle.size()});
  return model;
}

torch::Tensor tip_vertices(std::vector<int64_t> tips, int64_t vertices, const std::string& where) {
  if (tips.empty()) {
    require(vertices == kManoVertices, c10::str("the model has ", vertices, " vertices, so MANO's finger tips do not apply"),
            where, "give the vertices of its five finger tips, thumb to pinky (--tips)");
    tips.assign(kManoTipVertices.begin(), kManoTipVertices.end());
  }
  require(tips.size() == kManoTipVertices.size() && std::set<int64_t>(tips.begin(), tips.end()).size() == tips.size(),
          c10::str("the finger tips are not ", kManoTipVertices.size(), " different vertices"), "--tips",
          "give those of thumb, index, middle, ring and pinky");
  for (const int64_t tip : tips)
    require(tip >= 0 && tip < vertices, c10::str("the finger tip ", tip, " is not a vertex of 0..", vertices - 1), "--tips");
  return torch::tensor(tips, torch::kInt64);
}

}  // namespace

HandModel read_mano_files(const fs::path& given, const std::vector<int64_t>& tips) {
  require(fs::is_directory(given), fs::exists(given) ? "this is not a folder" : "there is no such folder", given.string(),
          "pass the folder with MANO_RIGHT.pkl and MANO_LEFT.pkl");
  const fs::path folder = folder_with_files(given);
  HandModel model;
  model.source = "mano";
  for (const Side side : kSides) {
    const fs::path path = folder / (side == Side::right ? "MANO_RIGHT.pkl" : "MANO_LEFT.pkl");
    ManoModel& hand = model.hand[side] = read_side(path);
    hand.tips = torch::zeros({5}, torch::kInt64);
    check_model(hand, path.string(), kPickleAdvice);
    check_unit(hand, path.string());
    hand.tips = tip_vertices(tips, hand.v_template.size(0), path.string());
  }
  require(!model.hand.right.v_template.equal(model.hand.left.v_template), "both files hold the same hand", folder.string(),
          "one of them is a copy of the other; " + std::string(kDownload));
  require(model.hand.right.v_template.sizes() == model.hand.left.v_template.sizes(), "the two hands have different vertex counts",
          folder.string(), kDownload);
  if (fix_left_shapedirs(model)) log_info("left hand: x of the shape directions negated to fix the official file's known error");
  return model;
}

}  // namespace interprior
