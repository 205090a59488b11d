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

// Default intaghand; throws Error on unknown and duplicate names.
std::vector<Protocol> protocols_of(const EvaluateFlags& flags);
MeasureOptions measure_of(const EvaluateFlags& flags);
// The part given by --part; throws Error, also without --out.
std::optional<EvaluationPart> part_of(const EvaluateFlags& flags);

// Message with the command that merges the parts.
std::string part_hint(const EvaluateFlags& flags, const std::string& hand_file);

// Writes samples.csv incrementally: one row per protocol, sample and metric.
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

// Filter for a protocol's test set; with `both_hands` near-black images are left out.
UsableRule test_set_rule(const EvaluateFlags& flags, bool both_hands);
// Settings that all parts of an evaluation must share, besides their files.
std::string settings_of(const EvaluateFlags& flags);

// An evaluation's --out folder. evaluation.json is removed before anything is replaced, and written last: a folder with it is
// complete.
class EvaluationFolder {
 public:
  explicit EvaluationFolder(const std::filesystem::path& path);  // throws Error when it cannot be written
  const std::filesystem::path& path() const { return path_; }
  void begin() const;  // call before replacing existing files
  // Writes rows.tex too when evaluations are given.
  void finish(const std::string& json, const std::map<std::string, std::string>& origin,
              const std::vector<Evaluation>& evaluations = {}) const;

 private:
  std::filesystem::path path_;
};

// Temporary folder, removed at the end and on signals.
class ScratchFolder {
 public:
  ScratchFolder();
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TemporaryPath folder_;
};

// Progress bars for the phases of an evaluation, one after the other.
class PhaseProgress {
 public:
  void operator()(const char* phase, int64_t done, int64_t all);

 private:
  std::string phase_;
  std::optional<Progress> progress_;
};

// Samples left out because of a fault, as "sample_unreadable: 3; ..."; "" if none. Samples outside the test set or excluded by a
// filter are no faults.
std::string faults_of(const std::vector<Evaluation>& evaluations);
// Called last: throws Error with the list when samples were left out because of a fault.
void require_no_faults(const std::vector<Evaluation>& evaluations, const std::string& where);

void print(const std::string& text);
// Prints the table, or with --json or --latex JSON or LaTeX rows.
void print(const EvaluateFlags& flags, const std::vector<Evaluation>& evaluations, const std::string& method);

void evaluate_files(const EvaluateFlags& flags);
void merge_parts(const EvaluateFlags& flags);
void evaluate_sampler(const EvaluateFlags& flags);
void evaluate_prior_checkpoint(const EvaluateFlags& flags);

}  // namespace interprior
