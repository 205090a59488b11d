#include "options.h"

#include <cmath>
#include <csignal>
#include <cstdlib>

#include "interprior/experiment/stage_list.h"

namespace interprior {

void block_user_signal() {
  sigset_t user;
  sigemptyset(&user);
  sigaddset(&user, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &user, nullptr);
}

std::string stages_text() {
  std::string text;
  for (const StageListing& stage : kStageList) text += (text.empty() ? "" : ", ") + std::string(stage.name);
  return text;
}

CLI::Option* add_set_flag(CLI::App& command, std::vector<std::string>& set) {
  return command.add_option("--set", set, "override one config key, a.b=c; repeatable (see `interprior explain`)")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
}

CLI::Option* add_device_flag(CLI::App& command, std::string& device) {
  return command.add_option("--device", device, "cpu or cuda[:N]; default: CUDA if available, else the CPU")->type_name("DEVICE");
}

CLI::Option* add_write_flag(CLI::App& command, std::string& write, const std::string& kinds) {
  return command
      .add_option("--write", write, "outputs: " + kinds + ", meshes as obj, ply and glb, and hypotheses, separated by commas")
      ->capture_default_str()
      ->type_name("LIST");
}

CLI::Option* add_focal_flag(CLI::App& command, double& focal) {
  const auto fault = [](const std::string& text) -> std::string {
    char* end = nullptr;
    const double px = std::strtod(text.c_str(), &end);
    const bool number = end != text.c_str() && *end == '\0' && std::isfinite(px);
    return number && px > 0 ? "" : "the focal length must be a number of pixels above 0, not '" + text + "'";
  };
  return command.add_option("--focal", focal, "focal length of the images, px; default: assumed, see the JSON output")
      ->type_name("PX")
      ->check(fault);
}

CLI::Option* add_accept_flag(CLI::App& command, std::vector<std::string>& accept) {
  return command
      .add_option("--accept", accept, "use a data set despite this refused finding, repeatable (see `interprior inspect`)")
      ->allow_extra_args(false)
      ->type_name("NAME");
}

}  // namespace interprior
