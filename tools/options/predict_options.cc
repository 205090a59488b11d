#include <memory>

#include "commands.h"
#include "options.h"

namespace interprior {

namespace {

// How inputs are read and the network is run.
void add_speed_flags(CLI::App& command, PredictFlags& flags, CLI::Option* keypoints) {
  command.add_option("--batch", flags.batch, "pairs of hands in one pass of the network; a camera's frames pass alone")
      ->capture_default_str()
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  command.add_option("--max-frames", flags.max_frames, "at most this many frames of each video or camera")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000'000));
  command.add_flag("--smooth", flags.smooth, "smooth the hands of each video over time; prints the jitter before and after");
  command.add_flag("--one-shape", flags.one_shape, "one shape of each hand in each video, and in all images; reads inputs twice");
  command.add_flag("--cuda-graphs", flags.cuda_graphs, "on a GPU: run the network as one CUDA graph for each size of batch")
      ->excludes(keypoints);
  command.add_flag("--profile", flags.profile, "print where the time went");
}

}  // namespace

void add_predict(CLI::App& app) {
  const auto flags = std::make_shared<PredictFlags>();
  CLI::App* command = app.add_subcommand(
      "predict", "Reconstruct both hands from images, folders of images, videos or a camera, or from keypoints");
  command->add_option("CHECKPOINT", flags->checkpoint, "a sampler (*.safetensors); for keypoints also a cue stage")->required();
  command->add_option(
      "INPUT", flags->inputs,
      "images, folders, patterns, videos, camera:N, or - for standard input; optional with --keypoints, hands are then "
      "drawn on grey");
  CLI::Option* box =
      command->add_option("--box", flags->box, "box around both hands, px, for all images; default: the whole image")
          ->type_name("x,y,w,h");
  CLI::Option* boxes =
      command
          ->add_option("--boxes", flags->boxes,
                       "boxes and cameras by image name: {\"name\": [x, y, w, h], ...}, several pairs per image, or COCO")
          ->type_name("FILE.json")
          ->excludes(box);
  CLI::Option* precision =
      command->add_option("--precision", flags->precision, "of the network; bf16: faster, the change of the joints is printed")
          ->capture_default_str()
          ->check(CLI::IsMember({"fp32", "bf16"}));
  CLI::Option* keypoints =
      command
          ->add_option("--keypoints", flags->keypoints,
                       "2D joints of any detector instead of image features: keypoints.json, or COCO-WholeBody's")
          ->type_name("FILE.json")
          ->excludes(box)
          ->excludes(boxes)
          ->excludes(precision);
  add_accept_flag(*command, flags->accept)->needs(keypoints);  // images are no data set: nothing is refused
  command->add_option("--hand", flags->hand, "hand.h5, if not at the recorded path")->type_name("FILE");
  command->add_option("--out", flags->out, "folder of the outputs")->capture_default_str()->type_name("DIR");
  add_write_flag(*command, flags->write, "json, overlay, mp4 (the overlay of videos only), features (OUT/features.h5)");
  CLI::Option* camera =
      command->add_option("--camera", flags->camera, "camera of the images, px; a camera in the boxes file takes precedence")
          ->type_name("fx,fy,cx,cy");
  add_focal_flag(*command, flags->focal)->excludes(camera);
  command->add_option("--hypotheses", flags->hypotheses, "samples of z for the standard deviation of joints; 1: none")
      ->capture_default_str()
      ->type_name("K")
      ->check(CLI::Range(1, 4096));
  command->add_option("--presence", flags->presence, "presence (0 to 1) from which on a hand counts as present")
      ->capture_default_str()
      ->type_name("T")
      ->check(CLI::Range(0.0, 1.0));
  command
      ->add_option("--features", flags->features,
                   "write F, H, M, tau, X and z of every image to this file instead of OUT/features.h5")
      ->type_name("FILE.h5");
  add_speed_flags(*command, *flags, keypoints);
  add_device_flag(*command, flags->device);
  command->callback([flags] {
    if (flags->inputs.empty() && flags->keypoints.empty()) throw CLI::RequiredError("INPUT");
    commands_on(flags->device).predict(*flags);
  });
}

}  // namespace interprior
