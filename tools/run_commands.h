#pragma once
#include "flags.h"

// The commands behind the table of commands.h. All throw Error and, after a stop signal, Interrupted.
namespace interprior {

void train(const TrainFlags& flags);
void evaluate(const EvaluateFlags& flags);
void predict(const PredictFlags& flags);
void fit(const FitFlags& flags);
void sample(const SampleFlags& flags);
void synthesize_images(const SynthesizeImagesFlags& flags);
void synthesize_patterns(const SynthesizePatternsFlags& flags);
void prepare_hand(const PrepareHandFlags& flags);
void prepare_interhand(const PrepareInterHandFlags& flags);
void prepare_two_hand(const PrepareTwoHandFlags& flags);
void prepare_weights(const PrepareWeightsFlags& flags);
void sweep(const SweepFlags& flags);
void report(const ReportFlags& flags);
void figure(const FigureFlags& flags);
void inspect(const InspectFlags& flags);

}  // namespace interprior
