#pragma once
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/temporary_path.h"
#include "interprior/base/progress.h"
#include "interprior/data/images/image_index.h"
#include "interprior/evaluation/evaluation.h"
#include "interprior/evaluation/evaluation_part.h"

namespace interprior {

struct EvaluateFlags {
  std::string checkpoint, data, split = "test", hand, out, device, predictions, truth, against, box, part, annotations;
  std::vector<std::string> protocols, accept;
  int64_t hypotheses = 1, batch = 32, workers = 1, samples = 10000, threads = 0;
  double temperature = 1;
  bool json = false, latex = false, without_surfaces = false, merge = false;
};

// Default intaghand; throws Error on unknown and doubled names.
std::vector<Protocol> protocols_of(const EvaluateFlags& flags);
MeasureOptions measure_of(const EvaluateFlags& flags);
// The part that --part names; throws Error, also without --out to leave it in.
std::optional<EvaluationPart> part_of(const EvaluateFlags& flags);

// What to do once all parts are there.
std::string part_hint(const EvaluateFlags& flags, const std::string& hand_file);

// samples.csv as it grows: one row per protocol, sample and metric.
class SampleTableFile {
 public:
  explicit SampleTableFile(const std::filesystem::path& path);
  void add(Protocol protocol, const SampleErrors& errors);
  void close();  // throws Error when it could not be written

 private:
  AtomicFile target_;
  std::ofstream stream_;
  std::filesystem::path path_;
};

// The pictures of a data set that a protocol's test set counts; those of both hands leave near-black ones out.
UsableRule test_set_rule(const EvaluateFlags& flags, bool both_hands);
// What parts of one evaluation have in common besides their files.
std::string settings_of(const EvaluateFlags& flags);

// An evaluation's --out folder. evaluation.json is removed before anything is replaced, and written last: a folder that has it is
// whole.
class EvaluationFolder {
 public:
  explicit EvaluationFolder(const std::filesystem::path& path);  // throws Error when it cannot be written
  const std::filesystem::path& path() const { return path_; }
  void begin() const;  // from here on what was there before is replaced
  // With rows.tex where evaluations are given.
  void finish(const std::string& json, const std::map<std::string, std::string>& origin,
              const std::vector<Evaluation>& evaluations = {}) const;

 private:
  std::filesystem::path path_;
};

// A folder for files that nobody asked to keep; signals remove it too.
class ScratchFolder {
 public:
  ScratchFolder();
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TemporaryPath folder_;
};

// One progress bar after the other, for the phases of an evaluation.
class PhaseProgress {
 public:
  void operator()(const char* phase, int64_t done, int64_t all);

 private:
  std::string phase_;
  std::optional<Progress> progress_;
};

// What was left out for a fault, as "sample_unreadable 3, ..."; "" where nothing was. What a test set does not hold and what a
// filter excludes is no fault.
std::string faults_of(const std::vector<Evaluation>& evaluations);
// Called last: throws Error with the list where anything was left out for a fault.
void require_no_faults(const std::vector<Evaluation>& evaluations, const std::string& where);

void print(const std::string& text);
// The table, or the JSON or LaTeX rows that were asked for.
void print(const EvaluateFlags& flags, const std::vector<Evaluation>& evaluations, const std::string& method);

void evaluate_files(const EvaluateFlags& flags);
void merge_parts(const EvaluateFlags& flags);
void evaluate_sampler(const EvaluateFlags& flags);
void evaluate_prior_checkpoint(const EvaluateFlags& flags);

}  // namespace interprior
