#pragma once
#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// TensorBoard event files: TFRecord framing with masked CRC32C, Event protobuf written by hand (wall_time, step, summary.value).
// Each function appends one event; a new file gets its "brain.Event:2" header first. TensorBoard reads files with "tfevents" in
// their name. All functions throw Error when the file cannot be written.
namespace interprior {

void append_scalars(const std::filesystem::path& file, int64_t step, const std::map<std::string, double>& values,
                    double wall_time);

struct EventImage {
  int64_t width = 0, height = 0;  // px
  std::string png_or_jpeg;        // RGB, encoded
};
void append_images(const std::filesystem::path& file, int64_t step, const std::map<std::string, EventImage>& images,
                   double wall_time);

struct EventHistogram {
  double min = 0, max = 0, count = 0, sum = 0, sum_of_squares = 0;
  std::vector<double> limits, counts;  // upper end of each bucket, ascending; number of values in it
};
// Throws Error also when a histogram is empty or its numbers of limits and counts differ.
void append_histograms(const std::filesystem::path& file, int64_t step, const std::map<std::string, EventHistogram>& histograms,
                       double wall_time);

// Histogram of a tensor's finite values: 64 equal buckets between the smallest and the largest, one bucket when these are equal,
// an empty bucket when there is no finite value. Computed in float64 on the tensor's device, with one transfer to the host.
EventHistogram histogram_of(const torch::Tensor& tensor);

// Marks a resume: TensorBoard discards events of `step` and later in earlier files.
void append_restart(const std::filesystem::path& file, int64_t step, double wall_time);

// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of bytes, not masked.
uint32_t crc32c(std::string_view bytes);

}  // namespace interprior
