#include "interprior/base/stop_signal.h"

#include <atomic>
#include <csignal>

namespace interprior {
namespace {

volatile std::sig_atomic_t stopped_by = 0;  // number of the signal that requested the stop; 0: none
std::atomic<int> alive = 0;
int held = 0;
void (*at_once)(int) = SIG_DFL;  // handler of SIGINT before the first StopSignal

void request_stop(int signal) {
  if (stopped_by != 0 && signal == SIGINT) {
    std::signal(SIGINT, at_once);
    std::raise(SIGINT);
  }
  if (stopped_by == 0) stopped_by = signal;
}

bool ignored(int signal) {
  struct sigaction now {};
  return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

// A job script may start the program with SIGUSR1 blocked, so that a signal sent during start-up stays pending; StopSignal and
// HeldUserSignal unblock it.
int taking = 0;
sigset_t mask_before;

void take_user_signal() {
  if (taking++ > 0) return;
  sigset_t user;
  sigemptyset(&user);
  sigaddset(&user, SIGUSR1);
  pthread_sigmask(SIG_UNBLOCK, &user, &mask_before);
}

void leave_user_signal() {
  if (--taking == 0) pthread_sigmask(SIG_SETMASK, &mask_before, nullptr);
}

}  // namespace

StopSignal::StopSignal() {
  if (alive++ > 0) return;
  if (held == 0) stopped_by = 0;
  old_term_ = std::signal(SIGTERM, request_stop);
  old_hangup_ = ignored(SIGHUP) ? SIG_IGN : std::signal(SIGHUP, request_stop);
  old_user_ = std::signal(SIGUSR1, request_stop);
  old_interrupt_ = std::signal(SIGINT, request_stop);
  at_once = old_interrupt_;
  take_user_signal();
}

StopSignal::~StopSignal() {
  if (--alive > 0) return;
  leave_user_signal();
  std::signal(SIGTERM, old_term_);
  if (old_hangup_ != SIG_IGN) std::signal(SIGHUP, old_hangup_);
  std::signal(SIGUSR1, old_user_);
  std::signal(SIGINT, old_interrupt_);
}

HeldUserSignal::HeldUserSignal() {
  if (held++ == 0 && alive == 0) stopped_by = 0;
  old_ = std::signal(SIGUSR1, request_stop);
  take_user_signal();
}

HeldUserSignal::~HeldUserSignal() {
  --held;
  leave_user_signal();
  std::signal(SIGUSR1, old_);
}

bool StopSignal::requested() const { return stopped_by != 0; }
bool StopSignal::interrupted() const { return stopped_by == SIGINT; }

bool stop_requested() { return alive > 0 && stopped_by != 0; }

}  // namespace interprior
