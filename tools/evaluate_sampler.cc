#include <c10/util/StringUtil.h>

#include "evaluation_output.h"
#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/base/progress.h"
#include "interprior/data/image_index_file.h"
#include "interprior/report/sample_picture.h"
#include "interprior/train/device.h"
#include "interprior/train/train_sampler.h"

namespace interprior {
namespace {

// The crops of one protocol's test set: its box, and which pictures it counts.
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
        config_(parse_config<SamplerTrainConfig>(info_.config, flags.checkpoint + " (its config)")),
        data_(data_of(flags, config_)),
        hand_file_(flags.hand.empty() ? info_.hand_file : flags.hand),
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
                           "': if it is of the same data, these numbers are not held-out ones"));
    network_->to(device_);
    network_->eval();
  }

  // Predicts where the last protocol's crops were others, then measures.
  Evaluation measure(Protocol protocol) {
    if (const TestSet set = test_set_of(protocol); !dataset_ || !(set == set_)) predict(set);
    return evaluate(protocol, predicted_.predictions, predicted_.truth, on_cpu_, predicted_.skipped);
  }

  void write_sets(const std::filesystem::path& folder, const std::string& suffix) const {
    write_hand_set(folder / ("predictions" + suffix + ".h5"), predicted_.predictions);
    write_hand_set(folder / ("truth" + suffix + ".h5"), predicted_.truth);
  }

  void write_pictures(const std::filesystem::path& folder, const Evaluation& evaluation) {
    write_sample_pictures(folder, network_, on_device_, *dataset_, evaluation.errors, evaluation.metrics.protocol, device_);
  }

  std::map<std::string, std::string> origin() const {
    return {{"checkpoint", flags_.checkpoint},
            {"step", std::to_string(info_.step)},
            {"data", data_},
            {"split", flags_.split},
            {"hand", hand_file_}};
  }

 private:
  void predict(const TestSet& set) {
    constexpr double kBenchmarkGrey = 10;  // DATA_AND_PROTOCOLS §1: darker pictures are not in the benchmark
    UsableRule rule;
    rule.interacting_only = rule.need_mano = set.both_hands;
    rule.filter.least_grey = set.both_hands ? kBenchmarkGrey : 0;
    const ImageIndex index = read_images(data_, flags_.split, rule);
    require(!index.usable.empty(), c10::str("no usable picture in split ", flags_.split), data_,
            "see `interprior inspect` for the reasons");
    ImageDatasetConfig crops{config_.model.image_size, set.box, {}};
    crops.augmentation.enabled = false;
    dataset_ = std::make_unique<ImageDataset>(index, hand_, crops);
    Progress progress("evaluate", dataset_->size());
    predicted_ = predict_set(network_, on_device_, *dataset_, flags_.batch, flags_.workers, device_, flags_.hypotheses,
                             [&](int64_t done, int64_t) { progress.update(done); });
    for (const auto& [reason, count] : index.skipped) predicted_.skipped[reason] += count;
    set_ = set;
  }

  const EvaluateFlags& flags_;
  torch::Device device_;
  CheckpointInfo info_;
  Sampler network_;
  SamplerTrainConfig config_;
  std::string data_, hand_file_;
  HandModel hand_;
  TwoHands on_cpu_, on_device_;
  TestSet set_{BoxSource::oracle, true};
  std::unique_ptr<ImageDataset> dataset_;
  PredictedSet predicted_;
};

}  // namespace

void evaluate_sampler(const EvaluateFlags& flags) {
  const std::vector<Protocol> protocols = protocols_of(flags);
  SamplerEvaluation sampler(flags);
  std::unique_ptr<EvaluationFolder> folder;
  if (!flags.out.empty()) folder = std::make_unique<EvaluationFolder>(flags.out);
  std::vector<Evaluation> evaluations;
  for (const Protocol protocol : protocols) {
    const bool first = evaluations.empty(),
               new_set = first || !(test_set_of(protocol) == test_set_of(evaluations.back().metrics.protocol));
    evaluations.push_back(sampler.measure(protocol));
    if (folder && new_set) sampler.write_sets(folder->path(), first ? "" : "_" + name_of(protocol));
    if (folder && first) sampler.write_pictures(folder->path(), evaluations.front());
  }
  const std::string json = evaluation_json(evaluations);
  if (folder) {
    folder->write_samples(evaluations);
    folder->finish(json, sampler.origin());
  }
  print(flags.json ? json : evaluation_table(evaluations));
}

}  // namespace interprior
