#include "sampler_evaluation.h"

#include <c10/util/StringUtil.h>

#include <utility>

#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/evaluation/data_truth.h"
#include "interprior/evaluation/predicted_set.h"
#include "interprior/model/checkpoint.h"

namespace interprior {
namespace {

namespace fs = std::filesystem;

std::string recorded_data(const SamplerDataConfig& data) {
  if (!data.validation.path.empty()) return data.validation.path;
  return data.train.empty() ? "" : data.train.front().path;
}

void add(std::map<std::string, int64_t>& skipped, const std::map<std::string, int64_t>& more) {
  for (const auto& [reason, count] : more) skipped[reason] += count;
}

}  // namespace

SamplerEvaluation::SamplerEvaluation(const CheckpointInput& input, const SamplerEvaluationOptions& options)
    : input_(input),
      options_(options),
      network_(load_sampler(input.checkpoint, &info_)),
      config_(parse_stored_config<SamplerTrainConfig>(info_.config, input.checkpoint + " (its config)")),
      files_(checkpoint_files(input, info_, recorded_data(config_.data), "ROOT")),
      on_cpu_(files_.hand),
      on_device_(files_.hand, input.device) {
  require(!saw_split(info_.prior_splits, input.split),
          c10::str("this sampler's prior or cue stage was trained on patterns of split ", info_.prior_splits,
                   ", so it is not evaluated on split ", input.split),
          input.checkpoint, "choose another --split, or train them without it");
  if (saw_split(info_.splits, input.split))
    log_warning(c10::str("this sampler was trained on a split called '", input.split,
                         "': if it is of the same data, this is no held-out evaluation"));
  network_->to(input.device);
  network_->eval();
}

std::vector<Evaluation> SamplerEvaluation::measure(const fs::path& folder, EvaluationFolder* table) const {
  EvaluationOptions measured;
  measured.measure = measuring();
  measured.accepted = options_.accepted;
  measured.progress = options_.progress;
  if (table) measured.each = [&](Protocol protocol, const SampleErrors& errors) { table->add(protocol, errors); };
  std::vector<Evaluation> evaluations;
  for (const TestSet& set : test_sets(options_.protocols)) {
    const bool first = evaluations.empty();
    const ImageDataset images = open(set);
    const SetFiles files = set_files(folder, first ? "" : "_" + name_of(set.protocols.front()));
    measured.box = name_of(box_of(set));
    measured.skipped = predict(images, set, files, 0, images.size());
    add(measured.skipped, images.index().skipped);
    for (Evaluation& evaluation : evaluate(set.protocols, predictions_in(files), truth_in(files), on_cpu_, measured))
      evaluations.push_back(std::move(evaluation));
    if (first && options_.look) options_.look({network_, on_device_, images, evaluations.front()});
  }
  return evaluations;
}

void SamplerEvaluation::write_part(const fs::path& folder, const EvaluationPart& part) const {
  for (const TestSet& set : test_sets(options_.protocols)) write_part(folder, part, set);
}

void SamplerEvaluation::write_part(const fs::path& folder, const EvaluationPart& part, const TestSet& set) const {
  const ImageDataset images = open(set);
  const int64_t rows = images.size(), batches = (rows + options_.batch - 1) / options_.batch;
  require(part.count <= batches,
          c10::str("there are only ", rows, " samples in ", batches, " batches, and parts consist of whole batches"), "--part",
          "use fewer parts, or a smaller --batch in all of them");
  const std::string box = options_.box ? name_of(*options_.box) : "",
                    settings = c10::str("split ", input_.split, ", hypotheses ", options_.hypotheses, ", temperature ",
                                        options_.temperature, ", surfaces ", options_.measure.surfaces, ", box '", box,
                                        "', annotations '", options_.annotations, "', batch ", options_.batch);
  PartOrigin origin{part,
                    rows,
                    set.name(),
                    set.protocols,
                    name_of(box_of(set)),
                    on_cpu_.hash,
                    files_.data,
                    c10::str(file_state(input_.checkpoint), ", step ", info_.step),
                    settings,
                    {}};
  const TemporaryPath scratch = temporary_evaluation_folder();
  const SetFiles files = set_files(scratch.path());
  origin.skipped = predict(images, set, files, part.begin(rows, options_.batch), part.end(rows, options_.batch));
  if (part.number == 1) add(origin.skipped, images.index().skipped);  // counted once
  write_evaluation_part(folder, origin, predictions_in(files), truth_in(files), on_cpu_, measuring());
}

std::map<std::string, std::string> SamplerEvaluation::origin() const {
  std::map<std::string, std::string> origin = origin_of(input_, info_, files_);
  if (options_.hypotheses > 1) origin["temperature"] = c10::str(options_.temperature);
  return origin;
}

SamplerEvaluation::SetFiles SamplerEvaluation::set_files(const fs::path& folder, const std::string& suffix) {
  return {folder / ("predictions" + suffix + ".h5"), folder / ("truth" + suffix + ".h5")};
}

// Implausible hands, as of a network that is not trained enough, are left out and counted.
MeasureOptions SamplerEvaluation::measuring() const {
  MeasureOptions options = options_.measure;
  options.implausible = Implausible::leave_out;
  return options;
}

ImageDataset SamplerEvaluation::open(const TestSet& set) const {
  ImageIndex index = read_images(files_.data, input_.split, usable_rule(set, options_.annotations));
  require(!index.usable.empty(), c10::str("no usable image in split ", input_.split), files_.data,
          "see `interprior inspect` for the reasons");
  ImageDatasetConfig crops{config_.model.image_size, box_of(set), {}};
  crops.augmentation.enabled = false;
  return {std::move(index), files_.hand, crops};
}

std::map<std::string, int64_t> SamplerEvaluation::predict(const ImageDataset& images, const TestSet& set, const SetFiles& files,
                                                          int64_t begin, int64_t end) const {
  PredictionOptions options{.batch = options_.batch,
                            .workers = options_.workers,
                            .hypotheses = options_.hypotheses,
                            .temperature = options_.temperature,
                            .begin = begin,
                            .end = end};
  if (options_.progress) {
    options_.progress("predict", 0, end - begin);
    options.progress = [&](int64_t done, int64_t all) { options_.progress("predict", done, all); };
  }
  HandSetWriter predictions(files.predictions, name_of(box_of(set)), FileValues::any), truth(files.truth);
  CameraColumns cameras(images.index());
  const std::map<std::string, int64_t> unreadable = predict_each(network_, on_device_, images, input_.device, options,
                                                                 [&](const HandSet& prediction, const HandSet& ground_truth) {
                                                                   predictions.append(prediction);
                                                                   HandSet with_cameras = ground_truth;
                                                                   cameras.fill(with_cameras);
                                                                   truth.append(with_cameras);
                                                                 });
  predictions.close();
  truth.close();
  return unreadable;
}

// Messages name the user's input, since the folder may be temporary.
HandSets SamplerEvaluation::predictions_in(const SetFiles& files) const {
  return HandSets(std::vector<fs::path>{files.predictions}, "predictions of " + input_.checkpoint);
}
HandSets SamplerEvaluation::truth_in(const SetFiles& files) const {
  return HandSets(std::vector<fs::path>{files.truth}, files_.data);
}

}  // namespace interprior
