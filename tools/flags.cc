#include "commands.h"

namespace interprior {

CLI::Option* add_set_flag(CLI::App& command, std::vector<std::string>& set) {
  return command.add_option("--set", set, "override one config key, a.b=c; repeatable (see `interprior explain`)")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
}

CLI::Option* add_device_flag(CLI::App& command, std::string& device) {
  return command.add_option("--device", device, "cpu or cuda[:N]; default: CUDA if available, else the CPU")->type_name("DEVICE");
}

}  // namespace interprior
