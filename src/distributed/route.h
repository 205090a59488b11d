#pragma once
#include <cstdint>
#include <string>

namespace interprior {

// Route from this machine to another: numeric addresses of this machine's interface (`here`) and of the other machine (`there`,
// empty when the name is this machine's own).
struct Route {
  std::string here, there;
};

// Throws Error when the name does not resolve within `seconds`, or no interface leads there.
Route route_to(const std::string& host, int64_t port, double seconds);

// Whether an interface of this machine has the address.
bool is_own_address(const std::string& address);

}  // namespace interprior
