#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "interprior/infer/evaluation.h"

namespace interprior {

struct EvaluateFlags {
  std::string checkpoint, data, split = "test", hand, out, device, predictions, truth;
  std::vector<std::string> protocols;
  int64_t hypotheses = 1, batch = 32, workers = 1, samples = 10000;
  bool json = false;
};

// Default intaghand; throws Error on unknown and doubled names.
std::vector<Protocol> protocols_of(const EvaluateFlags& flags);

// An evaluation's --out folder. evaluation.json is removed first and written last: a folder that has it is whole.
class EvaluationFolder {
 public:
  explicit EvaluationFolder(const std::filesystem::path& path);      // throws Error when it cannot be written
  const std::filesystem::path& path() const { return path_; }
  // samples.csv of the first protocol, samples_PROTOCOL.csv of the others.
  void write_samples(const std::vector<Evaluation>& evaluations) const;
  void finish(const std::string& json, const std::map<std::string, std::string>& origin) const;

 private:
  std::filesystem::path path_;
};

void print(const std::string& text);
void evaluate_sampler(const EvaluateFlags& flags);
void evaluate_prior_checkpoint(const EvaluateFlags& flags);

}  // namespace interprior
