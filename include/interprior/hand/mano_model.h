#pragma once
#include <filesystem>
#include <string>

#include "interprior/base/tensor.h"
#include "interprior/hand/side.h"

namespace interprior {

// One hand's blend model (MANO's schema; Romero et al. 2017). Float tensors are float64 on the CPU as read.
struct ManoModel {
  torch::Tensor v_template;   // (V,3) m
  torch::Tensor shapedirs;    // (V,3,10)
  torch::Tensor posedirs;     // (V,3,135)
  torch::Tensor J_regressor;  // (16,V), rows sum to 1
  torch::Tensor weights;      // (V,16), rows sum to 1
  torch::Tensor faces;        // (F,3) int64
  torch::Tensor hands_mean;   // (45) axis-angle of the mean pose
  torch::Tensor tips;         // (5) int64 vertex of each finger tip, thumb .. pinky
};

struct HandModel {
  PerHand<ManoModel> hand;
  std::string source;  // "mano" or "procedural"
  std::string hash;    // of the file it was read from
};

// hand.h5 (docs/formats.md). Reading validates shapes, finite values, index ranges and that weights and regressor rows sum
// to 1; throws Error with file and dataset. Reading also fixes the left shapedirs bug of the official files, idempotently.
HandModel read_hand_model(const std::filesystem::path& path);
void write_hand_model(const std::filesystem::path& path, const HandModel& model);

// Throws Error, with `where` and the tensor's name, unless shapes agree, values are finite, indices are in range and the rows of
// weights and regressor sum to 1. `advice` is the error's advice; empty: write the hand file again.
void check_model(const ManoModel& model, const std::string& where, const std::string& advice = "");

// Flips the sign of the left x shape directions if sum |S_L[:,0,:] - S_R[:,0,:]| < 1: the left file then stores them unmirrored.
// Published loaders do the same. Requires also that the left directions are nearer to the right ones than to their mirror image,
// so that models with few vertices or zero directions are not changed. Returns whether the model was changed.
bool fix_left_shapedirs(HandModel& model);

}  // namespace interprior
