#pragma once
#include "interprior/base/seed.h"
#include "interprior/report/figure.h"

// Which samples a figure shows.
namespace interprior {

// Throws Error unless every set has all samples and no sample is named twice; names the first missing one and counts the others.
void require_samples(const FigureSources& sources, const std::vector<std::string>& samples);

// `count` samples that all sets have, chosen by the seed. Throws Error if there are fewer.
std::vector<std::string> random_samples(const FigureSources& sources, int64_t count, Seed seed);

struct FigureSample {
  std::string sample;
  double error_mm = 0;  // MPJPE of the first method, mean over the hands
};
// The `count` samples with the largest MPJPE of the first method, largest first, among those that all sets have. Samples without
// an error, such as those in which the method lacks a hand of the ground truth, are left out. Throws Error if there are fewer.
std::vector<FigureSample> worst_samples(const FigureSources& sources, int64_t count, Protocol protocol, const HandModel& hand);

}  // namespace interprior
