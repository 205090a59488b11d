#pragma once
#include <optional>
#include <string>
#include <vector>

#include "flags.h"
#include "interprior/base/progress.h"
#include "interprior/evaluation/evaluation.h"
#include "interprior/evaluation/evaluation_part.h"

namespace interprior {

// Default intaghand; throws Error on unknown and duplicate names.
std::vector<Protocol> protocols_of(const EvaluateFlags& flags);
MeasureOptions measure_of(const EvaluateFlags& flags);
// The part given by --part; throws Error, also without --out.
std::optional<EvaluationPart> part_of(const EvaluateFlags& flags);

// Message with the command that merges the parts.
std::string part_hint(const EvaluateFlags& flags, const std::string& hand_file);

// Progress bars for the phases of an evaluation, one after the other.
class PhaseProgress {
 public:
  void operator()(const char* phase, int64_t done, int64_t all);

 private:
  std::string phase_;
  std::optional<Progress> progress_;
};

// The end of a command: the report of --out, then the table, or with --json or --latex JSON or LaTeX rows. Throws Error with the
// list when samples were left out because of a fault.
void finish(const EvaluateFlags& flags, const std::vector<Evaluation>& evaluations, const std::string& method,
            const std::string& where);
void report_of(const EvaluateFlags& flags);  // nothing without --out
void print(const std::string& text);

void run_file_evaluation(const EvaluateFlags& flags);
void run_merge(const EvaluateFlags& flags);
void run_sampler_evaluation(const EvaluateFlags& flags);
void run_prior_evaluation(const EvaluateFlags& flags);

}  // namespace interprior
