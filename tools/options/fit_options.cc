#include <memory>

#include "commands.h"
#include "options.h"

namespace interprior {
namespace {

void add_files_and_camera(CLI::App& command, FitFlags& flags) {
  command.add_option("PRIOR", flags.checkpoint, "a prior (*.safetensors)")->required();
  command.add_option("IMAGES", flags.inputs,
                     "the images of the keypoints, or their folders; without them hands are drawn on grey");
  command.add_option("--keypoints", flags.keypoints, "keypoints.json, or COCO-WholeBody annotations or results")
      ->required()
      ->type_name("FILE.json");
  command.add_option("--out", flags.out, "folder of hands.h5, report.html and the outputs of each pair")
      ->capture_default_str()
      ->type_name("DIR");
  add_write_flag(
      command, flags.write,
      "json, overlay, mp4 (the overlays of each video), keypoints and side (of the frames of videos; images always have them)");
  command.add_option("--hand", flags.hand, "hand.h5, if not at the recorded path")->type_name("FILE");
  CLI::Option* camera =
      command.add_option("--camera", flags.camera, "camera of the images, px; a camera in the keypoints file takes precedence")
          ->type_name("fx,fy,cx,cy");
  add_focal_flag(command, flags.focal)->excludes(camera);
}

void add_optimisation(CLI::App& command, FitFlags& flags) {
  command
      .add_option(
          "--prior", flags.prior,
          "gaussian: one Gaussian over the prior's training patterns; code: the prior's network; residual: the network and a "
          "residual of its output; none: each hand independently")
      ->capture_default_str()
      ->type_name("NAME")
      ->check(CLI::IsMember({"gaussian", "code", "residual", "none"}));
  command
      .add_option("--cues", flags.cues,
                  "a cue stage trained with this prior on keypoints (interprior train cues): its prediction is one more start")
      ->type_name("FILE");
  command.add_option("--starts", flags.starts, "number of views that a fit starts from")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(1, 256));
  command.add_option("--minima", flags.minima, "number of starts fitted to convergence; other minima are hypotheses")
      ->capture_default_str()
      ->type_name("K")
      ->check(CLI::Range(1, 256));
  command
      .add_option(
          "--sigma", flags.sigma,
          "initial standard deviation of a keypoint, relative to the longer side of the keypoints' box; then estimated from "
          "0.15 to 1.5 times this")
      ->capture_default_str()
      ->type_name("S")
      ->check(CLI::Range(1e-4, 1.0));
  command.add_option("--batch", flags.batch, "pairs fitted in parallel")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
}

// To be added after --cues, which does not go with a sequence.
void add_sequence(CLI::App& command, FitFlags& flags) {
  CLI::Option* sequence =
      command.add_flag("--sequence", flags.sequence, "the images are consecutive frames of one person: one shape, smooth motion");
  sequence->excludes(command.get_option("--cues"));
  command.add_option("--motion", flags.motion, "standard deviation of a joint's motion between frames")
      ->capture_default_str()
      ->type_name("MM")
      ->check(CLI::Range(1e-3, 1e6))
      ->needs(sequence);
}

}  // namespace

void add_fit(CLI::App& app) {
  const auto flags = std::make_shared<FitFlags>();
  CLI::App* command =
      app.add_subcommand("fit", "Reconstruct both hands from 2D or 3D joints of any detector, with the interaction prior");
  add_files_and_camera(*command, *flags);
  add_optimisation(*command, *flags);
  add_sequence(*command, *flags);
  command->add_flag("--numbers", flags->numbers_only, "write only hands.h5");
  add_accept_flag(*command, flags->accept);
  add_device_flag(*command, flags->device);
  command->callback([flags] { commands_on(flags->device).fit(*flags); });
}

}  // namespace interprior
