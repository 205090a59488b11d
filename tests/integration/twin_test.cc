#include <gtest/gtest.h>
#include <torch/nn.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cstdlib>

#include "interprior/base/files/atomic_file.h"
#include "interprior/base/files/safetensors.h"
#include "interprior/hand/procedural/procedural_hand.h"
#include "interprior/model/checkpoint.h"
#include "interprior/model/sampler.h"
#include "support/temporary_directory.h"

// Compares the networks with data_scripts/interprior_torch.py, which loads the same checkpoints (tests/reference/twin.py).
namespace interprior {
namespace {

struct TwinCase {
  std::string name;
  std::vector<std::string> set;    // of SamplerConfig
  std::vector<std::string> prior;  // of InteractionPriorConfig
};

const std::vector<std::string> kNarrow = {
    "image_size=64",         "extraction.trunk=resnet18", "extraction.width=8", "extraction.features=12",
    "extraction.decoder=16", "fusion.width=24",           "fusion.depth=2",     "fusion.heads=3",
    "sampling.heads=4",      "sampling.width=20"};

std::vector<TwinCase> twin_cases() {
  return {
      {"stem_joints_knuckle", {}, {}},
      {"decoder_patch4_left_image", {"extraction.source=decoder", "fusion.patch=4", "left_rotation=image"}, {}},
      {"both_pooled_average",
       {"extraction.source=both", "sampling.queries=pooled", "left_rotation=both", "relative_translation=both"},
       {}},
      {"resnet50_stem_as_is", {"extraction.trunk=resnet50", "extraction.width=4", "extraction.features=16"}, {"anchor=wrist"}},
      {"resnet34_mean", {"extraction.trunk=resnet34", "fusion.kind=mean", "relative_translation=prior"}, {"depth=0"}},
      {"no_heatmap_mask_only", {"heatmap.kind=none", "fusion.features=false", "fusion.depth=0"}, {}},
      {"located", {"sampling.queries=located", "fusion.patch=4"}, {}},
      {"refined_twice", {"refine=2", "extraction.source=both"}, {}},
      {"direct_refined", {"decoder=direct", "refine=1", "fusion.features=false"}, {}},
      {"flow", {"sampling.queries=located", "decoder=scratch"}, {"density=flow", "flow_layers=3", "flow_width=16"}},
      {"one_heatmap", {"heatmap.kind=visible_all", "fusion.mask=false"}, {"anchor=wrist", "depth=1"}},
  };
}

// Random norm statistics, affine parameters and aggregated posterior: with the initial ones a missing step would not be detected.
void disturb_norms(torch::nn::Module& network) {
  torch::NoGradGuard no_grad;
  for (const auto& item : network.named_buffers()) {
    torch::Tensor buffer = item.value();
    const auto ends_with = [&](const std::string& end) { return item.key().size() >= end.size() && item.key().ends_with(end); };
    if (ends_with("running_mean") || ends_with("state_mean")) buffer.normal_(0, 0.05);
    if (ends_with("running_var") || ends_with("state_deviation")) buffer.uniform_(0.7, 1.4);
    if (ends_with("aggregate_mean") || ends_with("flow.mean")) buffer.normal_(0, 0.3);
    if (ends_with("aggregate_factor") || ends_with("flow.factor")) buffer.add_(0.1 * torch::randn_like(buffer).tril());
    if (ends_with("temperature")) buffer.fill_(0.8);
  }
  for (const auto& item : network.named_parameters()) {
    torch::Tensor parameter = item.value();
    if (item.key().ends_with("correction.weight") || item.key().ends_with("change.output.weight"))
      parameter.normal_(0, 0.02);  // starts as zero
    if (parameter.dim() == 1) parameter.add_(0.1 * torch::randn_like(parameter));
  }
}

// Hypotheses of an image, and codes and interactions of the prior, from given noise.
NamedTensors sampled_outputs(Sampler network, const Reconstruction& out, const TwoHands& hands) {
  InteractionPrior prior = network->prior();
  const torch::Tensor noise = torch::randn({4, 2, out.conditional.z.mean.size(1) + 3});
  const torch::Tensor prior_noise = torch::randn({5, prior->config().latent});
  const PerHand<HandMesh> mesh = hands(network->sample(out, noise, hands));
  const torch::Tensor code = prior->from_aggregate(prior_noise);
  const Interaction sampled = prior->decode(prior->from_aggregate(prior->temperature() * prior_noise), hands);
  return {{"noise", noise},
          {"prior_noise", prior_noise},
          {"sampled_right_joints_in_root", mesh.right.joints_in_root},
          {"sampled_left_joints_in_root", mesh.left.joints_in_root},
          {"prior_code", code},
          {"prior_noise_again", prior->to_aggregate(code)},
          {"prior_left_in_right", sampled.left_in_right}};
}

// Extraction in training mode, in float64: norms of a small batch amplify rounding. Changes the network.
NamedTensors training_outputs(Sampler network, const torch::Tensor& image) {
  network->extraction()->to(torch::kFloat64);
  network->extraction()->train();
  const Features features = network->extraction()->forward(image);
  NamedTensors tensors = {{"train.F", features.map},
                          {"train.M", features.mask},
                          {"train.mask_logit", features.mask_logit},
                          {"train.tau", features.tau},
                          {"train.running_var", network->named_buffers()["extraction.refine.0.1.running_var"]}};
  if (features.iah.numel() > 0) tensors.emplace_back("train.H", features.iah);
  return tensors;
}

NamedTensors named_outputs(Sampler network, const torch::Tensor& image, const TwoHands& hands) {
  torch::NoGradGuard no_grad;
  const Reconstruction out = network->forward(image, hands);
  const Latent posterior = network->prior()->encode(out.interaction, hands);
  const PerHand<HandMesh> mesh = hands(out.pose);
  NamedTensors tensors = {{"image", image},
                          {"F", out.features.map},
                          {"M", out.features.mask},
                          {"mask_logit", out.features.mask_logit},
                          {"tau", out.features.tau},
                          {"X", out.tokens},
                          {"z_mean", out.conditional.z.mean},
                          {"z_log_variance", out.conditional.z.log_variance},
                          {"view_rotation", out.conditional.view.rotation},
                          {"view_rotation_log_variance", out.conditional.view.rotation_log_variance},
                          {"view_camera", out.conditional.view.camera},
                          {"view_rot6d", out.conditional.view.rot6d},
                          {"view_left_rotation", out.conditional.view.left_rotation},
                          {"right_fingers", out.interaction.fingers.right},
                          {"left_fingers", out.interaction.fingers.left},
                          {"right_shape", out.interaction.shape.right},
                          {"left_shape", out.interaction.shape.left},
                          {"left_from_right", out.interaction.left_from_right},
                          {"left_in_right", out.interaction.left_in_right},
                          {"posterior_mean", posterior.mean},
                          {"posterior_log_variance", posterior.log_variance},
                          {"right_rotations", out.pose.right.rotations},
                          {"left_rotations", out.pose.left.rotations},
                          {"left_wrist_in_root", out.pose.left.wrist_in_root},
                          {"right_vertices_in_root", mesh.right.vertices_in_root},
                          {"right_joints_in_root", mesh.right.joints_in_root},
                          {"left_vertices_in_root", mesh.left.vertices_in_root},
                          {"left_joints_in_root", mesh.left.joints_in_root}};
  if (out.features.iah.numel() > 0) tensors.emplace_back("H", out.features.iah);
  for (const NamedTensors& more : {sampled_outputs(network, out, hands), training_outputs(network, image)})
    tensors.insert(tensors.end(), more.begin(), more.end());
  return tensors;
}

TEST(PyTorchTwin, AgreesOnEveryNamedTensor) {
  const std::filesystem::path source(INTERPRIOR_SOURCE_DIR);
  const std::filesystem::path python = source / ".venv/bin/python";
  if (!std::filesystem::exists(python)) GTEST_SKIP() << "there is no .venv/bin/python (tools/setup.sh makes it)";
  if (std::system((python.string() + " -c 'import h5py, safetensors, torch, yaml' 2>/dev/null").c_str()) != 0)
    GTEST_SKIP() << "a Python package of tests/reference/requirements.txt is missing";

  const TemporaryDirectory folder;
  write_hand_model(folder / "hand.h5", procedural_hand());
  const TwoHands hands(read_hand_model(folder / "hand.h5"));
  torch::manual_seed(11);
  std::string folders;
  for (const TwinCase& twin : twin_cases()) {
    std::vector<std::string> set = kNarrow;
    set.insert(set.end(), twin.set.begin(), twin.set.end());
    std::vector<std::string> prior_set = {"latent=10", "width=24", "depth=2"};
    prior_set.insert(prior_set.end(), twin.prior.begin(), twin.prior.end());
    const auto config = parse_config<SamplerConfig>("", twin.name, set);
    const auto prior_config = parse_config<InteractionPriorConfig>("", twin.name, prior_set);

    Sampler network(config, prior_config);
    disturb_norms(*network);
    network->eval();
    CheckpointInfo info;
    info.kind = "sampler";
    info.sampler_model = dump_config(config);
    info.prior_model = dump_config(prior_config);
    const torch::Tensor image = torch::randint(0, 256, {2, 3, config.image_size, config.image_size}, torch::kUInt8);
    const std::filesystem::path here = folder / twin.name;
    std::filesystem::create_directories(here);
    std::filesystem::copy_file(folder / "hand.h5", here / "hand.h5");
    write_checkpoint(here / "sampler.safetensors", *network, info);
    write_safetensors(here / "outputs.safetensors", named_outputs(network, image, hands), {});
    folders += " '" + here.string() + "'";
  }

  const std::string command = "'" + python.string() + "' '" + (source / "tests/reference/twin.py").string() + "'" + folders;
  const int status = std::system((command + " > '" + (folder / "log").string() + "' 2>&1").c_str());
  EXPECT_EQ(status, 0) << read_file(folder / "log");
}

}  // namespace
}  // namespace interprior
