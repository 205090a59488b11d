#include "route.h"

#include <c10/util/StringUtil.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include "host_name.h"
#include "interprior/base/error.h"

namespace interprior {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

class Socket {
 public:
  explicit Socket(const addrinfo& kind) : number_(socket(kind.ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (number_ >= 0) close(number_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

int find_addresses(const std::string& host, int64_t port, int flags, Addresses& found) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = flags;
  addrinfo* list = nullptr;
  const int fault = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (fault == 0) found.reset(list);
  return fault;
}

std::string numeric(const sockaddr* address, socklen_t size) {
  char text[NI_MAXHOST] = "";
  getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  return text;
}

// Connecting a datagram socket sends nothing: the kernel only chooses the route.
bool find_way(const addrinfo& to, Route& route) {
  const Socket socket(to);
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (socket.number() < 0 || connect(socket.number(), to.ai_addr, to.ai_addrlen) != 0 ||
      getsockname(socket.number(), reinterpret_cast<sockaddr*>(&own), &size) != 0)
    return false;
  route.here = numeric(reinterpret_cast<sockaddr*>(&own), size);
  route.there = numeric(to.ai_addr, to.ai_addrlen);
  if (is_own_address(route.there)) route.there.clear();
  return true;
}

}  // namespace

bool is_own_address(const std::string& address) {
  Addresses found(nullptr, freeaddrinfo);
  if (find_addresses(address, 0, AI_NUMERICHOST, found) != 0) return false;
  const Socket socket(*found);
  return socket.number() >= 0 && bind(socket.number(), found->ai_addr, found->ai_addrlen) == 0;
}

Route route_to(const std::string& host, int64_t port, double seconds) {
  Addresses found(nullptr, freeaddrinfo);
  const auto begin = std::chrono::steady_clock::now();
  int fault = 0;
  // The name of a machine that has just started may take a while to resolve.
  while ((fault = find_addresses(host, port, 0, found)) != 0) {
    require(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() < seconds,
            c10::str("the name '", host, "' of the machine of process 0 cannot be resolved on ", host_name(), ": ",
                     gai_strerror(fault)),
            "MASTER_ADDR", "set MASTER_ADDR to a name or address that every machine can resolve");
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
  Route route;
  for (const addrinfo* to = found.get(); to != nullptr; to = to->ai_next)
    if (find_way(*to, route)) return route;
  throw Error(
      c10::str("there is no route from ", host_name(), " to '", host, "', the machine of process 0: ", std::strerror(errno)),
      "MASTER_ADDR", "set MASTER_ADDR to an address that every machine can reach");
}

}  // namespace interprior
