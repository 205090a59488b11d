#pragma once
#include <cstdint>
#include <string>

#include "board.h"

namespace interprior {

// What a process tells of itself before it works with the others.
struct Card {
  std::string host;
  int64_t process = 0;
  std::string device;    // as the log names it
  std::string identity;  // of a device that only one process may take; empty where any number may
  std::string reached;   // the address of rank 0's machine as it is reached from here; empty on that machine itself
  std::string failure;   // why it cannot take part
};

struct Roll {
  std::string round;    // no earlier start of these processes has the same
  std::string refusal;  // why they cannot work together; empty: they can
  std::string address;  // of rank 0's machine, as others reach it; empty where all run on that machine
  std::string list;     // "0 on alpha cuda:0, 1 on alpha cuda:1"
};

struct RollTimes {
  double patience = 300;                    // s, until all are here
  double pause = 0.05, last_words_for = 3;  // s
};

// All processes of a run find each other on a board that may hold what earlier starts of them left there: a card counts once the
// process that wrote it has answered rank 0's call. Rank 0 decides, and stays until the others can have read a refusal.
// Throws Error where rank 0 does not answer within the patience.
Roll call_roll(Board& board, int64_t rank, int64_t ranks, const Card& card, const RollTimes& times);

}  // namespace interprior
