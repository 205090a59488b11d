#include "evaluation_output.h"

#include <c10/util/StringUtil.h>

#include <cstdio>
#include <set>

#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/report/report.h"

namespace interprior {

std::vector<Protocol> protocols_of(const EvaluateFlags& flags) {
  if (flags.protocols.empty()) return {Protocol::intaghand};
  std::vector<Protocol> protocols;
  std::set<Protocol> seen;
  for (const std::string& name : flags.protocols) {
    protocols.push_back(protocol_named(name));
    require(seen.insert(protocols.back()).second, c10::str("protocol '", name, "' is given twice"), "--protocol", "give it once");
  }
  return protocols;
}

MeasureOptions measure_of(const EvaluateFlags& flags) { return {!flags.without_surfaces, flags.threads}; }

std::optional<EvaluationPart> part_of(const EvaluateFlags& flags) {
  if (flags.part.empty()) return std::nullopt;
  require(!flags.out.empty(), "a part of an evaluation needs an output folder", "--part",
          "add --out DIR, the same for all parts");
  return parse_part(flags.part);
}

std::string part_hint(const EvaluateFlags& flags, const std::string& hand_file) {
  return c10::str("part ", flags.part, " of the evaluation is in ", flags.out, "; after the last part: evaluate --merge --out ",
                  flags.out, " --hand ", hand_file);
}

void PhaseProgress::operator()(const char* phase, int64_t done, int64_t all) {
  if (phase_ != phase) progress_.reset();  // ends its line
  if (!progress_) progress_.emplace(phase, all);
  phase_ = phase;
  progress_->update(done);
  if (done >= all) progress_.reset();
}

void report_of(const EvaluateFlags& flags) {
  if (!flags.out.empty()) log_info(c10::str("report: ", write_report(flags.out).string()));
}

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  if (!text.empty() && text.back() != '\n') std::fputc('\n', stdout);
}

void finish(const EvaluateFlags& flags, const std::vector<Evaluation>& evaluations, const std::string& method,
            const std::string& where) {
  report_of(flags);
  print(flags.json    ? evaluation_json(evaluations)
        : flags.latex ? evaluation_latex(evaluations, method)
                      : evaluation_table(evaluations));
  const std::string faults = faults_of(evaluations);
  require(faults.empty(), "samples were left out, the metrics are of the remaining ones (" + faults + ")", where,
          "docs/protocols.md explains each reason");
}

}  // namespace interprior
