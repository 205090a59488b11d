#include "tools/commands.h"

extern "C" const interprior::Commands* interprior_commands();

// The program on the simulated device is linked with its commands.
const interprior::Commands& interprior::commands_on(const std::string&) { return *interprior_commands(); }
