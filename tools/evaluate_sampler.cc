#include <c10/util/StringUtil.h>

#include "evaluation_output.h"
#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/base/progress.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/evaluation/data_truth.h"
#include "interprior/evaluation/predicted_set.h"
#include "interprior/infer/hand_file.h"
#include "interprior/report/sample_image.h"
#include "interprior/train/device.h"
#include "interprior/train/train_sampler.h"

namespace interprior {
namespace {

// A protocol's test set: box of the crops, and whether it needs both hands.
struct TestSet {
  BoxSource box;
  bool both_hands;
  bool operator==(const TestSet& other) const { return box == other.box && both_hands == other.both_hands; }
};

TestSet test_set_of(Protocol protocol) {
  const ProtocolRule rule = rule_of(protocol);
  return {rule.oracle_box ? BoxSource::oracle : BoxSource::annotation, rule.both_hands};
}

std::string data_of(const EvaluateFlags& flags, const SamplerTrainConfig& config) {
  if (!flags.data.empty()) return flags.data;
  const std::string recorded = !config.data.validation.path.empty() ? config.data.validation.path
                               : config.data.train.empty()          ? ""
                                                                    : config.data.train.front().path;
  require(!recorded.empty(), "the checkpoint records no data set", flags.checkpoint, "pass --data ROOT");
  return recorded;
}

class SamplerEvaluation {
 public:
  explicit SamplerEvaluation(const EvaluateFlags& flags)
      : flags_(flags),
        device_(device_named(flags.device)),
        network_(load_sampler(flags.checkpoint, &info_)),
        config_(parse_stored_config<SamplerTrainConfig>(info_.config, flags.checkpoint + " (its config)")),
        data_(data_of(flags, config_)),
        hand_file_(flags.hand.empty() ? hand_file_of(info_, flags.checkpoint).string() : flags.hand),
        hand_(read_hand_model(hand_file_)),
        on_cpu_(hand_),
        on_device_(hand_, device_) {
    require_same_hand(info_, hand_, hand_file_);
    require(!saw_split(info_.prior_splits, flags.split),
            c10::str("this sampler's prior or cue stage was trained on patterns of split ", info_.prior_splits,
                     ", so it is not evaluated on split ", flags.split),
            flags.checkpoint, "choose another --split, or train them without it");
    if (saw_split(info_.splits, flags.split))
      log_warning(c10::str("this sampler was trained on a split called '", flags.split,
                           "': if it is of the same data, this is no held-out evaluation"));
    network_->to(device_);
    network_->eval();
  }

  // Evaluates the protocols of one test set. Predictions and ground truth go through files, so that memory does not grow with the
  // set.
  std::vector<Evaluation> measure(const std::vector<Protocol>& protocols, const std::filesystem::path& folder,
                                  const std::string& suffix, SampleTableFile* samples) {
    const std::map<std::string, int64_t> skipped = predict(test_set_of(protocols.front()), folder, suffix, 0, -1);
    EvaluationOptions options;
    options.measure = measuring();
    options.accepted = flags_.accept;
    options.progress = std::ref(progress_);
    options.box = box_name(test_set_of(protocols.front()));
    options.skipped = skipped;
    if (samples) options.each = [&](Protocol protocol, const SampleErrors& errors) { samples->add(protocol, errors); };
    return evaluate(protocols, sets(folder, "predictions" + suffix), sets(folder, "truth" + suffix), on_cpu_, options);
  }

  void write_part(const std::vector<Protocol>& protocols, const EvaluationPart& part, const std::filesystem::path& folder) {
    const TestSet set = test_set_of(protocols.front());
    open(set);
    ScratchFolder scratch;
    const int64_t rows = dataset_->size();
    const int64_t batches = (rows + flags_.batch - 1) / flags_.batch;
    require(part.count <= batches,
            c10::str("there are only ", rows, " samples in ", batches, " batches, and parts consist of whole batches"), "--part",
            "use fewer parts, or a smaller --batch in all of them");
    PartOrigin origin{part,
                      rows,
                      set.both_hands ? "both_hands" : "all",
                      protocols,
                      box_name(set),
                      on_cpu_.hash,
                      data_,
                      file_state(flags_.checkpoint) + ", step " + std::to_string(info_.step),
                      c10::str(settings_of(flags_), ", batch ", flags_.batch),
                      {}};
    origin.skipped = predict(set, scratch.path(), "", part.begin(rows, flags_.batch), part.end(rows, flags_.batch));
    if (part.number > 1)  // skips of the index are counted once
      for (const auto& [reason, count] : index_skipped_) origin.skipped.erase(reason);
    write_evaluation_part(folder, origin, sets(scratch.path(), "predictions"), sets(scratch.path(), "truth"), on_cpu_,
                          measuring());
  }

  void write_images(const std::filesystem::path& folder, const Evaluation& evaluation) {
    write_sample_images(folder, network_, on_device_, *dataset_, evaluation.metrics, device_);
  }

  std::map<std::string, std::string> origin() const {
    std::map<std::string, std::string> origin = {{"checkpoint", flags_.checkpoint},
                                                 {"step", std::to_string(info_.step)},
                                                 {"data", data_},
                                                 {"split", flags_.split},
                                                 {"hand", hand_file_}};
    if (flags_.hypotheses > 1) origin["temperature"] = c10::str(flags_.temperature);
    return origin;
  }

 private:
  // Implausible hands, as of a network that is not trained enough, are left out and counted.
  MeasureOptions measuring() const {
    MeasureOptions options = measure_of(flags_);
    options.implausible = Implausible::leave_out;
    return options;
  }

  // Messages name the user's input, since the folder may be temporary.
  HandSets sets(const std::filesystem::path& folder, const std::string& name) const {
    const bool predicted = name.starts_with("predictions");
    return HandSets(std::vector<std::filesystem::path>{folder / (name + ".h5")},
                    predicted ? "predictions of " + flags_.checkpoint : data_);
  }

  BoxSource box_source(const TestSet& set) const {
    return flags_.box.empty() ? set.box : flags_.box == "oracle" ? BoxSource::oracle : BoxSource::annotation;
  }
  std::string box_name(const TestSet& set) const { return name_of(box_source(set)); }

  void open(const TestSet& set) {
    const UsableRule rule = test_set_rule(flags_, set.both_hands);
    const ImageIndex index = read_images(data_, flags_.split, rule);
    require(!index.usable.empty(), c10::str("no usable image in split ", flags_.split), data_,
            "see `interprior inspect` for the reasons");
    ImageDatasetConfig crops{config_.model.image_size, box_source(set), {}};
    crops.augmentation.enabled = false;
    dataset_ = std::make_unique<ImageDataset>(index, hand_, crops);
    index_skipped_ = index.skipped;
  }

  // Writes predictions and ground truth of rows begin .. end-1 (-1: all) to files of the folder. Returns the skipped samples.
  std::map<std::string, int64_t> predict(const TestSet& set, const std::filesystem::path& folder, const std::string& suffix,
                                         int64_t begin, int64_t end) {
    open(set);
    Progress progress("predict", (end < 0 ? dataset_->size() : end) - begin);
    PredictionOptions options;
    options.batch = flags_.batch;
    options.workers = flags_.workers;
    options.hypotheses = flags_.hypotheses;
    options.temperature = flags_.temperature;
    options.begin = begin;
    options.end = end;
    options.progress = [&](int64_t done, int64_t) { progress.update(done); };
    HandSetWriter predictions(folder / ("predictions" + suffix + ".h5"), box_name(set), FileValues::any),
        truth(folder / ("truth" + suffix + ".h5"));
    CameraColumns cameras(dataset_->index());
    std::map<std::string, int64_t> skipped = predict_each(network_, on_device_, *dataset_, device_, options,
                                                          [&](const HandSet& prediction, const HandSet& ground_truth) {
                                                            predictions.append(prediction);
                                                            HandSet with_cameras = ground_truth;
                                                            cameras.fill(with_cameras);
                                                            truth.append(with_cameras);
                                                          });
    predictions.close();
    truth.close();
    for (const auto& [reason, count] : index_skipped_) skipped[reason] += count;
    return skipped;
  }

  const EvaluateFlags& flags_;
  torch::Device device_;
  CheckpointInfo info_;
  Sampler network_;
  SamplerTrainConfig config_;
  std::string data_, hand_file_;
  HandModel hand_;
  TwoHands on_cpu_, on_device_;
  std::unique_ptr<ImageDataset> dataset_;
  std::map<std::string, int64_t> index_skipped_;
  PhaseProgress progress_;
};

}  // namespace

void evaluate_sampler(const EvaluateFlags& flags) {
  const std::vector<Protocol> protocols = protocols_of(flags);
  const std::optional<EvaluationPart> part = part_of(flags);
  require(flags.box != "file", "a network needs boxes of the data set", "--box", "choose oracle or annotation");
  // Protocols of one test set share their predictions.
  std::vector<std::vector<Protocol>> groups;
  for (const Protocol protocol : protocols) {
    const auto same = [&](const std::vector<Protocol>& group) { return test_set_of(group.front()) == test_set_of(protocol); };
    const auto found = std::find_if(groups.begin(), groups.end(), same);
    if (found == groups.end())
      groups.push_back({protocol});
    else
      found->push_back(protocol);
  }
  SamplerEvaluation sampler(flags);
  if (part) {
    for (const auto& group : groups) sampler.write_part(group, *part, flags.out);
    log_info(part_hint(flags, sampler.origin().at("hand")));
    return;
  }
  std::unique_ptr<EvaluationFolder> folder;
  std::unique_ptr<SampleTableFile> samples;
  std::unique_ptr<ScratchFolder> scratch;
  if (flags.out.empty()) {
    scratch = std::make_unique<ScratchFolder>();
  } else {
    folder = std::make_unique<EvaluationFolder>(flags.out);
    folder->begin();
    samples = std::make_unique<SampleTableFile>(folder->path() / "samples.csv");
  }
  std::vector<Evaluation> evaluations;
  for (const auto& group : groups) {
    const bool first = evaluations.empty();
    for (Evaluation& evaluation : sampler.measure(group, folder ? folder->path() : scratch->path(),
                                                  first ? "" : "_" + name_of(group.front()), samples.get()))
      evaluations.push_back(std::move(evaluation));
    if (folder && first) sampler.write_images(folder->path(), evaluations.front());
  }
  if (folder) {
    samples->close();
    folder->finish(evaluation_json(evaluations), sampler.origin(), evaluations);
  }
  print(flags, evaluations, std::filesystem::path(flags.checkpoint).stem().string());
  require_no_faults(evaluations, flags.checkpoint);
}

}  // namespace interprior
