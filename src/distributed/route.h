#pragma once
#include <cstdint>
#include <string>

namespace interprior {

// The way from this machine to another, numeric addresses: where it goes, and from which of this machine's own. `there` is empty
// where the name is this machine's own.
struct Route {
  std::string here, there;
};

// Throws Error where the name does not resolve within so many seconds, or no interface leads there.
Route route_to(const std::string& host, int64_t port, double seconds);

// Whether an interface of this machine has the address.
bool is_own_address(const std::string& address);

}  // namespace interprior
