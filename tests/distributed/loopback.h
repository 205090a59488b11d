#pragma once
#include "interprior/distributed/launch.h"

namespace interprior {

// Launch of process `rank` of several on this machine, with a rendezvous on a loopback port.
inline Launch loopback(int64_t rank, int64_t ranks, int64_t port) {
  Launch launch;
  launch.rank = rank;
  launch.ranks = launch.local_ranks = ranks;
  launch.address = "127.0.0.1";
  launch.port = port;
  return launch;
}

}  // namespace interprior
