#include "distributed/route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "distributed/host_name.h"
#include "interprior/base/error.h"

namespace interprior {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// On Debian a machine's own name resolves to 127.0.1.1, which other machines cannot reach.
TEST(Route, ToThisMachineHasNoInterface) {
  for (const char* own : {"127.0.0.1", "127.0.1.1", "localhost"}) {
    const Route route = route_to(own, 29500, 5);
    EXPECT_EQ(route.there, "") << own;
    EXPECT_TRUE(is_own_address(route.here)) << route.here;
  }
}

TEST(Route, OthersAddressesAreNotOwn) {
  EXPECT_TRUE(is_own_address("127.0.0.1"));
  for (const char* other : {"192.0.2.1", "2001:db8::1", "no address", ""}) EXPECT_FALSE(is_own_address(other)) << other;
}

TEST(Route, AnUnresolvableNameIsReportedWithTheMachine) {
  try {
    route_to("gpu07.invalid", 29500, 0.1);
    FAIL() << "it resolves";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("'gpu07.invalid'"), HasSubstr("on " + host_name()), HasSubstr("MASTER_ADDR")));
  }
}

}  // namespace
}  // namespace interprior
