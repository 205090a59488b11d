#pragma once
#include <cstdint>
#include <string>

#include "key_value_store.h"

namespace interprior {

// Description of a process, which it writes to the store before the rendezvous.
struct ProcessInfo {
  std::string host;
  int64_t process = 0;
  std::string device;    // its name in the log
  std::string identity;  // of a device used by at most one process; empty if it can be shared
  std::string reached;   // address of rank 0's machine as seen from here; empty on that machine itself
  std::string failure;   // why it cannot take part
};

struct Rendezvous {
  std::string round;    // unique to this start of the processes
  std::string refusal;  // why the processes cannot work together; empty if they can
  std::string address;  // of rank 0's machine, as seen from others; empty when all run on it
  std::string list;     // "0 on alpha cuda:0, 1 on alpha cuda:1"
};

struct RendezvousTimes {
  double patience = 300;                    // s, until all processes have arrived
  double pause = 0.05, last_words_for = 3;  // s; rank 0 keeps a refusal readable for `last_words_for`
};

// Rendezvous of all processes of a run. The store may hold entries of earlier starts: a process counts once it has confirmed the
// token that rank 0 read from its description. Rank 0 decides, and stays long enough for the others to read a refusal.
// Throws Error when rank 0 does not answer within `times.patience`.
Rendezvous rendezvous_of(KeyValueStore& store, int64_t rank, int64_t ranks, const ProcessInfo& card,
                         const RendezvousTimes& times);

}  // namespace interprior
