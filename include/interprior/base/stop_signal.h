#pragma once
#include <stdexcept>
#include <string>

namespace interprior {

// While one lives, SIGTERM, SIGUSR1 (what SLURM sends before it preempts) and SIGINT only request a stop; the owner ends its work
// in order. A second SIGINT ends the program at once. Nested ones share the request.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  bool requested() const;
  bool interrupted() const;  // requested by SIGINT: a person's Ctrl-C

 private:
  using Action = void (*)(int);
  Action old_term_, old_user_, old_interrupt_;
};

// While one lives, SIGUSR1 ends nothing: it is a request that the next StopSignal finds. A scheduler may send it at any moment,
// also before there is anything to save, and after all is saved.
class HeldUserSignal {
 public:
  HeldUserSignal();
  ~HeldUserSignal();
  HeldUserSignal(const HeldUserSignal&) = delete;
  HeldUserSignal& operator=(const HeldUserSignal&) = delete;

 private:
  void (*old_)(int);
};

// Thrown after a requested stop, when what is written is whole: says how far the work came and how to resume it. Exit code 130.
class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace interprior
