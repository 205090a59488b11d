#pragma once
#include <stdexcept>
#include <string>

namespace interprior {

// While an object of this class exists, SIGTERM, SIGHUP (a closed terminal), SIGUSR1 (sent by SLURM before preemption) and SIGINT
// only request a stop; its owner polls requested() and shuts down cleanly. A second SIGINT ends the program at once. A SIGHUP
// that is ignored, as under nohup, stays ignored. Nested objects share the request.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  bool requested() const;
  bool interrupted() const;  // requested by SIGINT (Ctrl-C)

 private:
  using Action = void (*)(int);
  Action old_term_, old_hangup_, old_user_, old_interrupt_;
};

// Whether a StopSignal exists and a stop is requested: for what may have to be given up, such as waiting for a pipe's writer.
bool stop_requested();

// While an object of this class exists, SIGUSR1 does not end the program but is kept as a stop request for the next StopSignal.
// A scheduler may send it at any time, also before there is anything to save and after everything is saved.
class HeldUserSignal {
 public:
  HeldUserSignal();
  ~HeldUserSignal();
  HeldUserSignal(const HeldUserSignal&) = delete;
  HeldUserSignal& operator=(const HeldUserSignal&) = delete;

 private:
  void (*old_)(int);
};

// Thrown after a requested stop, when all files are complete. what() gives the progress and how to resume. Exit code 130.
class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace interprior
