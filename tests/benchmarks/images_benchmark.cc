#include <benchmark/benchmark.h>

#include <cstdlib>
#include <opencv2/core/utility.hpp>

#include "interprior/data/images/image_dataset.h"
#include "interprior/data/images/image_index_file.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/synthesis/image_synthesis.h"
#include "support/temporary_directory.h"

namespace interprior {
namespace {

// Training samples of 256x256 from JPEG files: read, decoded, cropped and augmented in one warp, hands posed, masks rasterised.
// The data root is INTERPRIOR_IMAGES if set (images_benchmark.py times PyTorch on the same data root).
void training_sample(benchmark::State& state) {
  cv::setNumThreads(1);  // as the program does
  const HandModel hand = procedural_hand();
  const TemporaryDirectory folder;
  const char* named = std::getenv("INTERPRIOR_IMAGES");
  const std::filesystem::path root = named == nullptr ? folder / "root" : std::filesystem::path(named);
  ImageSynthesisConfig few;
  few.count = 100;
  if (named == nullptr) synthesize_images(root, hand, few);
  const ImageDataset data(read_images(root, "all"), hand, {});
  ImageBatch batch = data.allocate(1);
  int64_t index = 0;
  for (auto _ : state) {
    data.fill(index % data.size(), Seed{static_cast<uint64_t>(index)}, batch, 0);
    ++index;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(training_sample)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace interprior
