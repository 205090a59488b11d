#pragma once

namespace interprior {

// SIGTERM, SIGUSR1 (what SLURM sends before it preempts) and SIGINT ask a run to save and stop at the end of its step instead of
// ending it; a second SIGINT ends it. Within the life of one, others are the same: what was asked for stays asked for.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  bool requested() const;

 private:
  void (*old_term_)(int);
  void (*old_user_)(int);
  void (*old_interrupt_)(int);
};

}  // namespace interprior
