#include "model/winograd_convolution.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>

#include "interprior/base/wide_loops.h"

namespace interprior {
namespace {

constexpr int64_t kOutput = 4, kInput = 6, kProducts = kInput * kInput;  // sides of a tile
constexpr int64_t kMostTiles = 64;  // that are transformed and multiplied together; more products leave the cache
// Of one image; with fewer, reading the weights takes longer than the products. Direct sums are twice as fast in bf16.
constexpr int64_t kFewestTiles = 16, kFewestTilesBf16 = 64;

using Lanes [[gnu::vector_size(64)]] = float;
constexpr int64_t kLanes = 16;

// Images in channels-last and their tiles, row by row, image by image.
struct Tiles {
  int64_t images, channels, height, width;
  int64_t rows() const { return (height + kOutput - 1) / kOutput; }
  int64_t columns() const { return (width + kOutput - 1) / kOutput; }
  int64_t count() const { return images * rows() * columns(); }
  int64_t image_of(int64_t tile) const { return tile / (rows() * columns()); }
  int64_t top_of(int64_t tile) const { return tile / columns() % rows() * kOutput; }
  int64_t left_of(int64_t tile) const { return tile % columns() * kOutput; }
  int64_t offset(int64_t image, int64_t y, int64_t x) const { return ((image * height + y) * width + x) * channels; }
};

// G of Lavin and Gray.
torch::Tensor weight_transform() {
  return torch::tensor({{1. / 4, 0., 0.},
                        {-1. / 6, -1. / 6, -1. / 6},
                        {-1. / 6, 1. / 6, -1. / 6},
                        {1. / 24, 1. / 12, 1. / 6},
                        {1. / 24, -1. / 12, 1. / 6},
                        {0., 0., 1.}},
                       torch::kFloat64);
}

// result[i * stride] = B^T d, with d[i * step].
[[gnu::always_inline]] inline void transform_input(const Lanes* d, int64_t step, Lanes* result, int64_t stride) {
  const Lanes &d0 = d[0], &d1 = d[step], &d2 = d[2 * step], &d3 = d[3 * step], &d4 = d[4 * step], &d5 = d[5 * step];
  const Lanes even = d4 - 4 * d2, odd = d3 - 4 * d1, near = d4 - d2, far = 2 * (d3 - d1);
  result[0] = 4 * d0 - 5 * d2 + d4;
  result[stride] = even + odd;
  result[2 * stride] = even - odd;
  result[3 * stride] = near + far;
  result[4 * stride] = near - far;
  result[5 * stride] = 4 * d1 - 5 * d3 + d5;
}

// result[i * stride] = A^T m, with m[i * step].
[[gnu::always_inline]] inline void transform_output(const Lanes* m, int64_t step, Lanes* result, int64_t stride) {
  const Lanes sum = m[step] + m[2 * step], difference = m[step] - m[2 * step];
  const Lanes far_sum = m[3 * step] + m[4 * step], far_difference = m[3 * step] - m[4 * step];
  result[0] = m[0] + sum + far_sum;
  result[stride] = difference + 2 * far_difference;
  result[2 * stride] = sum + 4 * far_sum;
  result[3 * stride] = difference + 8 * far_difference + m[5 * step];
}

// Tile `tile` of the images x to 36 rows of channels.
INTERPRIOR_WIDEST void read_tile(const float* x, const Tiles& tiles, int64_t tile, float* transformed) {
  const int64_t image = tiles.image_of(tile), top = tiles.top_of(tile) - 1, left = tiles.left_of(tile) - 1;
  Lanes pixel[kProducts], half[kProducts];
  for (int64_t c = 0; c < tiles.channels; c += kLanes) {
    for (int64_t row = 0; row < kInput; ++row)
      for (int64_t column = 0; column < kInput; ++column) {
        Lanes& value = pixel[kInput * row + column];
        const int64_t y = top + row, u = left + column;
        value = Lanes{};
        if (y >= 0 && y < tiles.height && u >= 0 && u < tiles.width)
          std::memcpy(&value, x + tiles.offset(image, y, u) + c, sizeof value);
      }
    for (int64_t column = 0; column < kInput; ++column) transform_input(pixel + column, kInput, half + column, kInput);
    for (int64_t row = 0; row < kInput; ++row) transform_input(half + kInput * row, 1, pixel + kInput * row, 1);
    for (int64_t k = 0; k < kProducts; ++k) std::memcpy(transformed + k * tiles.channels + c, &pixel[k], sizeof(Lanes));
  }
}

// 36 rows of channels to tile `tile` of the images y, with the bias, `other` (may be null, as y) and the activation.
INTERPRIOR_WIDEST void write_tile(const float* products, const Tiles& tiles, int64_t tile, const float* bias, const float* other,
                                  bool relu, float* y) {
  const int64_t image = tiles.image_of(tile), top = tiles.top_of(tile), left = tiles.left_of(tile);
  const int64_t rows = std::min(kOutput, tiles.height - top), columns = std::min(kOutput, tiles.width - left);
  Lanes product[kProducts], half[kOutput * kInput], value[kOutput * kOutput];
  for (int64_t c = 0; c < tiles.channels; c += kLanes) {
    for (int64_t k = 0; k < kProducts; ++k) std::memcpy(&product[k], products + k * tiles.channels + c, sizeof(Lanes));
    for (int64_t column = 0; column < kInput; ++column) transform_output(product + column, kInput, half + column, kInput);
    for (int64_t row = 0; row < kOutput; ++row) transform_output(half + kInput * row, 1, value + kOutput * row, 1);
    Lanes shift, added;
    std::memcpy(&shift, bias + c, sizeof shift);
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns; ++column) {
        const int64_t place = tiles.offset(image, top + row, left + column) + c;
        Lanes result = value[kOutput * row + column] + shift;
        if (other != nullptr) {
          std::memcpy(&added, other + place, sizeof added);
          result += added;
        }
        if (relu) result = result < 0 ? Lanes{} : result;  // NaN stays NaN, as in torch::relu
        std::memcpy(y + place, &result, sizeof result);
      }
  }
}

void require_layout(const torch::Tensor& tensor, at::IntArrayRef sizes, const char* name) {
  TORCH_CHECK(tensor.sizes() == sizes && tensor.is_contiguous(at::MemoryFormat::ChannelsLast), name, " of a convolution must be ",
              sizes, " in channels-last, it is ", tensor.sizes());
}

}  // namespace

bool WinogradConvolution::supports(const torch::Tensor& weight, const ConvolutionShape& shape) {
  const std::vector<int64_t> one = {1, 1};
  return weight.size(2) == 3 && weight.size(3) == 3 && shape.padding == one && shape.stride == one && shape.dilation == one &&
         shape.groups == 1 && weight.size(0) % kLanes == 0 && weight.size(1) % kLanes == 0;
}

bool WinogradConvolution::is_faster(const torch::Tensor& x, torch::Dtype dtype) {
  return Tiles{1, x.size(1), x.size(2), x.size(3)}.count() >= (dtype == torch::kFloat32 ? kFewestTiles : kFewestTilesBf16);
}

WinogradConvolution::WinogradConvolution(torch::Tensor weight, const torch::Tensor& bias)
    : weight_(std::move(weight)),
      bias_(bias.contiguous()),
      no_bias_(torch::zeros({kProducts * weight_.size(0)})),
      products_{{0, 0}, {1, 1}, {1, 1}, kProducts},
      channels_(weight_.size(1)),
      outputs_(weight_.size(0)) {}

torch::Tensor WinogradConvolution::packed_for(int64_t tiles) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  torch::Tensor& packed = packed_[tiles];
  if (!packed.defined()) {
    const torch::Tensor g = weight_transform();
    const torch::Tensor transformed =
        torch::matmul(torch::kron(g, g), weight_.to(torch::kFloat64).reshape({-1, 9}).t()).to(torch::kFloat32);
    packed =
        packed_weight(transformed.view({kProducts * outputs_, channels_, 1, 1}), products_, {1, kProducts * channels_, tiles, 1});
  }
  return packed;
}

torch::Tensor WinogradConvolution::operator()(const torch::Tensor& x, const torch::Tensor& other, Activation activation) const {
  require_layout(x, {x.size(0), channels_, x.size(2), x.size(3)}, "the input");
  if (other.defined()) require_layout(other, {x.size(0), outputs_, x.size(2), x.size(3)}, "the sum");
  const Tiles read{x.size(0), channels_, x.size(2), x.size(3)}, written{x.size(0), outputs_, x.size(2), x.size(3)};
  torch::Tensor y = torch::empty({x.size(0), outputs_, x.size(2), x.size(3)}, x.options(), at::MemoryFormat::ChannelsLast);
  if (y.numel() == 0) return y;
  const int64_t chunk = std::min(kMostTiles, (read.count() + kLanes - 1) / kLanes * kLanes),
                chunks = (read.count() + chunk - 1) / chunk;
  const torch::Tensor packed = packed_for(chunk);
  const float *from = x.const_data_ptr<float>(), *bias = bias_.const_data_ptr<float>(),
              *added = other.defined() ? other.const_data_ptr<float>() : nullptr;
  float* to = y.data_ptr<float>();
  const auto convolve = [&](int64_t first) {
    const int64_t count = std::min(chunk, read.count() - first);
    torch::Tensor transformed = torch::empty({1, kProducts * channels_, chunk, 1}, x.options(), at::MemoryFormat::ChannelsLast);
    float* tile = transformed.data_ptr<float>();
    std::fill(tile + count * kProducts * channels_, tile + chunk * kProducts * channels_, 0.0f);
    at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) read_tile(from, read, first + i, tile + i * kProducts * channels_);
    });
    const torch::Tensor products = onednn_convolution(transformed, packed, no_bias_, products_, Activation::none);
    const float* product = products.const_data_ptr<float>();
    at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        write_tile(product + i * kProducts * outputs_, written, first + i, bias, added, activation == Activation::relu, to);
    });
  };
  const auto convolve_some = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) convolve(i * chunk);
  };
  if (chunks < at::get_num_threads())
    convolve_some(0, chunks);  // each on all threads
  else
    at::parallel_for(0, chunks, 1, convolve_some);
  return y;
}

}  // namespace interprior
