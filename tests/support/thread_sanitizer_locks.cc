#include <pthread.h>
#include <time.h>

// std::timed_mutex locks with pthread_mutex_clocklock, which ThreadSanitizer of LLVM 14 does not intercept: it would report the
// unlock of an unlocked mutex. This replacement uses intercepted calls.
extern "C" int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const struct timespec* until) {
  constexpr long kSecond = 1000000000;
  timespec now{}, real{};
  clock_gettime(clock, &now);
  clock_gettime(CLOCK_REALTIME, &real);
  real.tv_sec += until->tv_sec - now.tv_sec;
  real.tv_nsec += until->tv_nsec - now.tv_nsec;
  if (real.tv_nsec < 0) {
    real.tv_nsec += kSecond;
    --real.tv_sec;
  } else if (real.tv_nsec >= kSecond) {
    real.tv_nsec -= kSecond;
    ++real.tv_sec;
  }
  return pthread_mutex_timedlock(mutex, &real);
}
