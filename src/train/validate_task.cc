#include "validate_task.h"

#include <c10/util/Exception.h>
#include <c10/util/StringUtil.h>

#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "interprior/train/device_math.h"

namespace interprior {
namespace {

// Swaps in the EMA weights for one scope.
class EmaWeights {
 public:
  explicit EmaWeights(Optimiser& optimiser) : optimiser_(optimiser) { optimiser_.swap_ema_weights(); }
  ~EmaWeights() { optimiser_.swap_ema_weights(); }
  EmaWeights(const EmaWeights&) = delete;
  EmaWeights& operator=(const EmaWeights&) = delete;

 private:
  Optimiser& optimiser_;
};

// A failed validation does not end the run.
ValidationResult measured(TaskBase& task, int64_t step) {
  const auto failed = [step](const std::string& problem) {
    log_warning(c10::str("the validation of step ", step, " failed, training continues without its numbers: ", problem));
    return ValidationResult{};
  };
  try {
    return task.validate();
  } catch (const Error& problem) {
    return failed(problem.what());
  } catch (const c10::LinAlgError& problem) {  // caused by values that are not finite
    return failed(problem.what_without_backtrace());
  }
}

int64_t count_of(const ValidationResult& result, const char* name) {
  const auto found = result.values.find(name);
  return found == result.values.end() ? 0 : static_cast<int64_t>(found->second);
}

void warn_of_implausible(const ValidationResult& result, int64_t step) {
  const int64_t samples = count_of(result, kImplausibleSamples);
  if (samples == 0) return;
  log_warning(c10::str("step ", step, ": ", count_of(result, kImplausibleHands), " predicted hands in ", samples, " of ",
                       result.samples + samples,
                       " held-out samples have implausible coordinates (not finite, beyond 1000 m, or of no hand's size); these "
                       "samples are left out of the validation's numbers"));
}

// Metrics are not comparable when too many samples were left out.
bool may_be_best(const ValidationResult& result) {
  constexpr double kMaxLeftOut = 0.01;  // of the samples
  const auto left_out = static_cast<double>(count_of(result, kImplausibleSamples));
  return left_out <= kMaxLeftOut * (static_cast<double>(result.samples) + left_out);
}

}  // namespace

Validated validate_task(TaskBase& task, Optimiser& optimiser, RunFolder& run, RunCheckpoints& checkpoints, int64_t step) {
  ValidationResult result;
  std::map<std::string, EventHistogram> histograms;
  {
    const EmaWeights ema_weights(optimiser);
    const DeviceMath exact(/*tf32=*/false, /*measured=*/false);
    task.network().eval();
    result = measured(task, step);
    for (const auto& item : task.network().named_parameters())
      if (item.value().requires_grad()) histograms["weights/" + item.key()] = histogram_of(item.value().detach());
  }
  run.log(step, "validation", result.values);
  run.log_images(step, result.images);
  run.log_histograms(step, histograms);
  std::string line = c10::str("step ", step, ", ", result.samples, " held-out samples (", result.protocol, "):");
  for (const auto& [name, value] : result.values)
    if (value != 0 || name.rfind("implausible_", 0) != 0) line += " " + name + " " + metric_text(value);
  log_info(line);
  warn_of_implausible(result, step);
  return {step, result.values, may_be_best(result) && checkpoints.is_best(step, result.values)};
}

}  // namespace interprior
