#include "interprior/experiment/train_stages.h"

#include <gtest/gtest.h>

#include "interprior/base/files/atomic_file.h"
#include "support/temporary_directory.h"
#include "support/tensor_near.h"

namespace interprior {
namespace {

using ::testing::HasSubstr;

TEST(TrainStages, AreTheConfigFilesOfAFolder) {
  const TemporaryDirectory folder;
  const auto add = [&](const char* name) { write_file(folder / name, ""); };
  EXPECT_THAT([&] { stages_in(folder.path()); }, ThrowsError(HasSubstr("prior.yaml")));
  add("sampler.yaml");
  EXPECT_THAT([&] { stages_in(folder.path()); }, ThrowsError(HasSubstr("prior.yaml")));
  add("prior.yaml");
  EXPECT_EQ(stages_in(folder.path()), (std::vector<std::string>{"prior", "sampler"}));
  add("cues.yaml");
  EXPECT_EQ(stages_in(folder.path()), (std::vector<std::string>{"prior", "cues", "sampler"}));
  EXPECT_THAT([&] { stages_in(folder / "missing"); }, ThrowsError(HasSubstr("missing")));
}

}  // namespace
}  // namespace interprior
