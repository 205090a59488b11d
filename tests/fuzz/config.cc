// A config in YAML, as a file and as --set.
#include "base/config/config_example.h"
#include "memory_file.h"

int fuzz_config(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  return interprior::fuzzed([&] {
    interprior::ExampleConfig config;
    interprior::Fields fields = interprior::fields_of(config);
    interprior::fuzzed([&] { interprior::read_fields(fields, "", "memory", {text}); });
    interprior::read_fields(fields, text, "memory", {});
    interprior::dump_config(config);
  });
}
