#include "interprior/report/set_image.h"

#include <c10/util/StringUtil.h>
#include <torch/types.h>

#include <cmath>

#include "hypothesis_meshes.h"
#include "image_list.h"
#include "interprior/base/table.h"
#include "interprior/render/overlay.h"
#include "interprior/report/hand_image.h"
#include "turnable.h"

namespace interprior {
namespace {

// Set of a method or of ground truth, with its title.
struct Shown {
  std::string title;
  const HandSets* sets;
  IdRows rows;
};

HandSurfaces surfaces_of(const HandSet& set, const TwoHands& hands) {
  const torch::Tensor vertices = vertices_of(set, hands)[0].to(torch::kFloat32), valid = valid_meshes(set)[0];
  HandSurfaces surfaces;
  for (const Side side : kSides) {
    const auto index = static_cast<int64_t>(side);
    if (valid[index].item<bool>() && vertices[index].isfinite().all().item<bool>())
      surfaces[side] = mesh_from(vertices[index], hands.layer[side].faces());
  }
  return surfaces;
}

class SetImages {
 public:
  SetImages(const std::filesystem::path& folder, const TwoHands& hands) : list_(folder), hands_(hands) {}
  void show(const std::string& title, const HandSets& sets) { shown_.push_back({title, &sets, IdRows(sets)}); }

  void add(const std::string& name, const std::string& group, const std::string& sample, const std::string& caption) {
    std::vector<cv::Mat> panels;
    std::vector<NamedMesh> meshes, hypotheses;
    std::string note;
    double radius = 0;  // of the ground truth, the first entry
    for (const Shown& one : shown_) {
      const HandSet set = one.sets->rows(one.rows.rows_of({sample}));
      const HandSurfaces surfaces = surfaces_of(set, hands_);
      if (radius == 0) radius = radius_of(surfaces);
      panels.push_back(titled(draw_framed(surfaces, 0, radius), one.title));
      panels.push_back(titled(draw_framed(surfaces, M_PI / 2, radius), "from the side"));
      for (NamedMesh& mesh : named_meshes(one.title, surfaces)) meshes.push_back(std::move(mesh));
      const std::string title = shown_.size() > 2 ? "hypotheses, " + one.title : "hypotheses";
      for (NamedMesh& mesh : hypothesis_meshes(set, title, hands_)) hypotheses.push_back(std::move(mesh));
      if (note.empty()) note = hypothesis_note(set);
    }
    meshes.insert(meshes.end(), hypotheses.begin(), hypotheses.end());
    list_.add(name, beside(panels, 3), group, caption + note, meshes);
  }
  void write() const { list_.write_list(); }

 private:
  ImageList list_;
  const TwoHands& hands_;
  std::vector<Shown> shown_;
};

}  // namespace

void write_set_images(const std::filesystem::path& folder, const EvaluatedFiles& sets, size_t count) {
  const HandSets* against = sets.against;
  const Metrics& metrics = sets.evaluation.metrics;
  const auto has_mesh = [](const HandSets& set) { return set.has(&HandSet::vertices) || set.has(&HandSet::pose); };
  SetImages images(folder, sets.hands);
  if (has_mesh(sets.predictions) && has_mesh(sets.truth) && (!against || has_mesh(*against))) {
    images.show("ground truth", sets.truth);
    images.show(against ? "first" : "prediction", sets.predictions);
    if (against) images.show("second", *against);
    const auto add = [&](const std::vector<RankedSample>& samples, const std::string& name, const std::string& group,
                         const auto& caption) {
      for (size_t i = 0; i < std::min(count, samples.size()); ++i)
        images.add(c10::str(name, "_", i + 1), group, samples[i].sample, samples[i].sample + ": " + caption(samples[i]));
    };
    const auto error = [&](const RankedSample& sample) {
      return number(sample.error_mm) + " mm mean joint error (" + name_of(metrics.protocol) + ")";
    };
    const auto difference = [](const RankedSample& sample) {
      return "first " + number(sample.hand_mm.right) + ", second " + number(sample.hand_mm.left) + " mm";
    };
    add(metrics.worst, "worst", "Worst samples", error);
    if (const std::optional<Comparison>& comparison = sets.evaluation.against) {
      add(comparison->first_better, "first_better", "Where the first is better by most", difference);
      add(comparison->second_better, "second_better", "Where the second is better by most", difference);
    }
  }
  images.write();
}

}  // namespace interprior
