#pragma once

namespace interprior {

// SIGTERM and SIGINT ask a run to save and stop at the end of its step instead of ending it; a second SIGINT ends it.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  bool requested() const;

 private:
  void (*old_term_)(int);
  void (*old_interrupt_)(int);
};

}  // namespace interprior
