#include <memory>

#include "commands.h"
#include "health.h"
#include "prediction.h"

namespace interprior {

void add_predict(CLI::App& app) {
  const auto flags = std::make_shared<PredictFlags>();
  CLI::App* command =
      app.add_subcommand("predict", "Reconstruct both hands from pictures, folders of pictures or videos, or from keypoints");
  command->add_option("CHECKPOINT", flags->checkpoint, "a sampler (*.safetensors); for keypoints a cue stage's too")->required();
  command->add_option("INPUT", flags->inputs,
                      "pictures, folders, videos; not needed with --keypoints, hands are then drawn on grey");
  CLI::Option* box =
      command->add_option("--box", flags->box, "where both hands are, px, for all pictures; default: the whole picture")
          ->type_name("x,y,w,h");
  CLI::Option* boxes =
      command
          ->add_option("--boxes", flags->boxes,
                       "boxes and cameras by picture name: {\"name\": [x, y, w, h], ...}, several pairs a picture, or COCO")
          ->type_name("FILE.json")
          ->excludes(box);
  command
      ->add_option("--keypoints", flags->keypoints,
                   "2D joints of any detector in place of what the pictures show: keypoints.json, or COCO-WholeBody's")
      ->type_name("FILE.json")
      ->excludes(box)
      ->excludes(boxes);
  add_accept_flag(*command, flags->accept);
  command->add_option("--hand", flags->hand, "hand.h5, where the recorded one is elsewhere")->type_name("FILE");
  command->add_option("--out", flags->out, "folder for JSON, OBJ, PLY, GLB and overlay pictures")
      ->capture_default_str()
      ->type_name("DIR");
  CLI::Option* camera =
      command->add_option("--camera", flags->camera, "camera of the photographs, px; one in the boxes file goes before it")
          ->type_name("fx,fy,cx,cy");
  command->add_option("--focal", flags->focal, "focal length of the photographs, px; default: assumed, as the JSON reports")
      ->type_name("PX")
      ->check(CLI::PositiveNumber)
      ->excludes(camera);
  command->add_option("--hypotheses", flags->hypotheses, "samples of z for the spread; 1: none")
      ->capture_default_str()
      ->type_name("K")
      ->check(CLI::Range(1, 4096));
  command->add_option("--presence", flags->presence, "presence (0 to 1) from which a hand counts as present")
      ->capture_default_str()
      ->type_name("T")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--features", flags->features, "also keep F, H, M, tau, X and z of every picture in this file")
      ->type_name("FILE.h5");
  add_device_flag(*command, flags->device);
  command->callback([flags] {
    if (flags->inputs.empty() && flags->keypoints.empty()) throw CLI::RequiredError("INPUT");
    Prediction(*flags).run();
  });
}

}  // namespace interprior
