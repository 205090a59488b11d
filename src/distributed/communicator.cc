#include "interprior/distributed/communicator.h"

#include <c10/util/StringUtil.h>
#include <torch/csrc/autograd/custom_function.h>

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif
#include <net/if.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "device_identity.h"
#include "host_name.h"
#include "interprior/base/error.h"
#include "interprior/base/log.h"
#include "process_watch.h"
#include "rendezvous.h"
#include "route.h"

namespace interprior {
namespace {

// Collectives never time out themselves: ProcessWatch detects missing processes.
constexpr std::chrono::hours kPatience{24 * 365};
using Milliseconds = std::chrono::milliseconds;
constexpr double kFoundOutBy = 40;       // s, wait for the watch's verdict after a broken collective
constexpr double kNameKnownWithin = 60;  // s, for resolving rank 0's host name
// Rank 0 keeps the store open for so long, for the others to read why it ends.
constexpr unsigned kLastWordsFor = 3;  // s

class SharedStore : public KeyValueStore {
 public:
  explicit SharedStore(c10::intrusive_ptr<c10d::Store> store) : store_(std::move(store)) {}
  void write(const std::string& key, const std::string& text) override {
    store_->set(key, std::vector<uint8_t>(text.begin(), text.end()));
  }
  std::optional<std::string> read(const std::string& key) override {
    if (!store_->check({key})) return std::nullopt;
    const std::vector<uint8_t> bytes = store_->get(key);
    return std::string(bytes.begin(), bytes.end());
  }

 private:
  c10::intrusive_ptr<c10d::Store> store_;
};

c10::intrusive_ptr<c10d::Store> open_store(const Launch& launch, bool serve, Milliseconds timeout) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(launch.port);
  options.isServer = serve && launch.rank == 0 && launch.serves;
  options.waitWorkers = false;
  options.timeout = timeout;
  const auto store = c10::make_intrusive<c10d::TCPStore>(launch.address, options);
  return c10::make_intrusive<c10d::PrefixStore>(c10::str("interprior/", launch.rendezvous_id), store);
}

// Store with the round's prefix: ignores keys that an earlier start of these processes left.
c10::intrusive_ptr<c10d::Store> of_round(const Rendezvous& rendezvous, const c10::intrusive_ptr<c10d::Store>& store) {
  return c10::make_intrusive<c10d::PrefixStore>(rendezvous.round, store);
}

std::vector<std::string> chosen_interfaces() {
  const char* names = std::getenv("GLOO_SOCKET_IFNAME");
  std::vector<std::string> interfaces;
  std::istringstream list(names == nullptr ? "" : names);
  for (std::string name; std::getline(list, name, ',');)
    if (!name.empty()) interfaces.push_back(name);
  return interfaces;
}

// Error message when GLOO_SOCKET_IFNAME names no interface of this machine; empty otherwise.
std::string missing_interface() {
  for (const std::string& name : chosen_interfaces())
    if (if_nametoindex(name.c_str()) == 0)
      return c10::str("GLOO_SOCKET_IFNAME names '", name, "', which is no network interface of ", host_name(),
                      ": ip -brief address lists them");
  return "";
}

// The address at which the other processes reach this one: that of the interface on the route to rank 0's machine. Rank 0's
// machine itself may resolve its name to another address, such as Debian's 127.0.1.1.
std::string own_address(const Rendezvous& rendezvous, const Route& route) {
  if (rendezvous.address.empty()) return "127.0.0.1";
  if (!route.there.empty()) return route.here;
  if (is_own_address(rendezvous.address)) return rendezvous.address;
  require(route.here.rfind("127.", 0) != 0 && route.here != "::1",
          c10::str("the other processes reach this machine at ", rendezvous.address, ", which none of its interfaces has"),
          host_name(), "set GLOO_SOCKET_IFNAME to the interface that leads to the other machines");
  return route.here;
}

c10::intrusive_ptr<c10d::ProcessGroupGloo> open_gloo(const c10::intrusive_ptr<c10d::Store>& store, const Launch& launch,
                                                     const std::string& address, Milliseconds timeout) {
  const auto options = c10d::ProcessGroupGloo::Options::create(timeout);
  for (const std::string& name : chosen_interfaces())
    options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForInterface(name));
  if (options->devices.empty()) options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(address));
  const auto group =
      c10::make_intrusive<c10d::ProcessGroupGloo>(store, static_cast<int>(launch.rank), static_cast<int>(launch.ranks), options);
  group->setTimeout(kPatience);
  return group;
}

// NCCL needs one device per process; Gloo does not.
bool gloo_is_forced() { return std::getenv("INTERPRIOR_GLOO") != nullptr; }

ProcessInfo info_of(torch::Device device, const Route& route) {
  ProcessInfo info;
  info.host = host_name();
  info.process = getpid();
  info.reached = route.there;
  const std::string identity = device_identity(device);
  info.device = identity.empty() ? device.str() : c10::str(device.str(), " [", identity, "]");
  if (!gloo_is_forced()) info.identity = identity;
  return info;
}

// LibTorch's messages append a stack trace.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

Error did_not_meet(const Launch& launch, const std::exception& problem) {
  return Error(
      c10::str("the ", launch.ranks, " processes could not connect: ", first_line(problem.what())),
      c10::str(launch.address, ":", launch.port),
      "check that all were started, that MASTER_ADDR can be reached and MASTER_PORT is free, and that GLOO_SOCKET_IFNAME, if "
      "set, names an interface that leads to the other machines");
}

[[noreturn]] void end_process(const std::string& verdict) {
  log_error(verdict);
  _exit(1);  // the main thread may be blocked in a collective without timeout
}

}  // namespace

struct Communicator::Impl {
  Launch launch;
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::Backend> on_host, on_device;  // for CPU tensors; for tensors on the device
  std::unique_ptr<ProcessWatch> watch;
  bool finished = false;

  c10d::Backend& group_of(const torch::Tensor& tensor) { return tensor.is_cpu() ? *on_host : *on_device; }

  // Runs a blocking wait with the state `waiting`. When the wait fails, throws the watch's verdict.
  template <class Wait>
  void waiting(Wait wait) {
    const ProcessState before = watch->doing();
    try {
      watch_doing(ProcessState::waiting);
      wait();
      watch_doing(before);
    } catch (const std::exception& broken) {
      const std::string verdict = watch->verdict(kFoundOutBy);
      throw Error(
          verdict.empty() ? c10::str("the connection between the processes was lost: ", first_line(broken.what())) : verdict, "",
          "start the run again with --resume");
    }
  }
  void watch_doing(ProcessState doing) { watch->reached(step, doing); }
  int64_t step = 0;
};

namespace {

using Waiting = std::function<void(const std::function<void()>&)>;

class PendingAverage : public Communicator::Pending {
 public:
  PendingAverage(torch::Tensor tensor, c10::intrusive_ptr<c10d::Work> work, int64_t ranks, Waiting waiting)
      : tensor_(std::move(tensor)), work_(std::move(work)), ranks_(ranks), waiting_(std::move(waiting)) {}
  void wait() override {
    waiting_([this] { work_->wait(); });
    tensor_.div_(static_cast<double>(ranks_));
  }

 private:
  torch::Tensor tensor_;
  c10::intrusive_ptr<c10d::Work> work_;
  int64_t ranks_;
  Waiting waiting_;
};

struct Nothing : Communicator::Pending {
  void wait() override {}
};

// y = sum of x over processes. Each process's loss depends on every x, so the backward pass sums gradients.
struct SumFunction : torch::autograd::Function<SumFunction> {
  using Sum = std::function<void(torch::Tensor&)>;
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x, const Sum& sum) {
    context->saved_data["sum"] = c10::IValue::make_capsule(c10::make_intrusive<Keeper>(sum));
    torch::Tensor result = x.contiguous().clone();
    sum(result);
    return result;
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    torch::Tensor gradient = gradients[0].contiguous().clone();
    c10::static_intrusive_pointer_cast<Keeper>(context->saved_data["sum"].toCapsule())->sum(gradient);
    return {gradient, torch::Tensor()};
  }
  struct Keeper : torch::CustomClassHolder {
    explicit Keeper(Sum function) : sum(std::move(function)) {}
    Sum sum;
  };
};

}  // namespace

Communicator::Communicator() : impl_(std::make_shared<Impl>()) {}

Communicator::Communicator(const Launch& launch, torch::Device device, double timeout_seconds, double rendezvous_seconds)
    : impl_(std::make_shared<Impl>()) {
  impl_->launch = launch;
  if (launch.ranks == 1) return;
  const Milliseconds timeout(static_cast<int64_t>(1000 * rendezvous_seconds));
  const Route route = route_to(launch.address, launch.port, std::min(kNameKnownWithin, rendezvous_seconds));
  Rendezvous rendezvous;
  try {
    const auto store = open_store(launch, true, timeout);
    ProcessInfo info = info_of(device, route);
    info.failure = missing_interface();
    SharedStore shared(store);
    rendezvous = rendezvous_of(shared, launch.rank, launch.ranks, info, {.patience = rendezvous_seconds});
    impl_->store = of_round(rendezvous, store);
  } catch (const std::exception& problem) {
    throw did_not_meet(launch, problem);
  }
  require(rendezvous.refusal.empty(), rendezvous.refusal, "", "fix that, then start all processes again");
  if (leads()) log_info(c10::str("processes: ", rendezvous.list));
  try {
    WatchTimes times;
    times.hung = timeout_seconds;
    impl_->watch = std::make_unique<ProcessWatch>(
        launch.rank, launch.ranks, std::make_unique<SharedStore>(of_round(rendezvous, open_store(launch, false, timeout))), times,
        end_process);
    const auto gloo =
        open_gloo(c10::make_intrusive<c10d::PrefixStore>("gloo", impl_->store), launch, own_address(rendezvous, route), timeout);
    impl_->on_host = impl_->on_device = gloo;
#ifdef USE_C10D_NCCL
    if (device.is_cuda() && std::getenv("INTERPRIOR_GLOO") == nullptr)
      impl_->on_device =
          c10::make_intrusive<c10d::ProcessGroupNCCL>(c10::make_intrusive<c10d::PrefixStore>("nccl", impl_->store),
                                                      static_cast<int>(launch.rank), static_cast<int>(launch.ranks));
    if (impl_->on_device != impl_->on_host) impl_->on_device->setTimeout(kPatience);
#endif
  } catch (const std::exception& problem) {
    const std::string verdict = impl_->watch ? impl_->watch->verdict(0) : "";
    if (!verdict.empty()) throw Error(verdict, "", "fix that, then start all processes again");
    throw did_not_meet(launch, problem);
  }
}

void Communicator::report_absence(const Launch& launch, const std::string& reason, double rendezvous_seconds) {
  if (launch.ranks == 1) return;
  try {
    const auto store = open_store(launch, true, Milliseconds(static_cast<int64_t>(1000 * rendezvous_seconds)));
    SharedStore shared(store);
    ProcessInfo info;
    info.host = host_name();
    info.process = getpid();
    info.failure = reason;
    rendezvous_of(shared, launch.rank, launch.ranks, info, {.patience = rendezvous_seconds});
  } catch (const std::exception&) {
    // No other process can be reached.
  }
}

Communicator::~Communicator() {
  if (!impl_->watch) return;
  impl_->watch->stop();
  if (impl_->finished) return;
  // The destructor of a process group would wait for messages that never come: it is leaked.
  impl_->on_host.release();
  if (impl_->on_device.get() != nullptr) impl_->on_device.release();
}

int64_t Communicator::rank() const { return impl_->launch.rank; }
int64_t Communicator::ranks() const { return impl_->launch.ranks; }

std::unique_ptr<Communicator::Pending> Communicator::begin_average(const torch::Tensor& tensor) {
  if (ranks() == 1) return std::make_unique<Nothing>();
  std::vector<torch::Tensor> list = {tensor};
  return std::make_unique<PendingAverage>(tensor, impl_->group_of(tensor).allreduce(list), ranks(),
                                          [impl = impl_](const std::function<void()>& wait) { impl->waiting(wait); });
}

void Communicator::broadcast(const std::vector<torch::Tensor>& tensors) {
  if (ranks() == 1) return;
  torch::NoGradGuard no_grad;
  for (const torch::Tensor& tensor : tensors) {
    torch::Tensor dense = tensor.detach().contiguous();
    std::vector<torch::Tensor> list = {dense};
    impl_->waiting([&] { impl_->group_of(dense).broadcast(list)->wait(); });
    if (dense.data_ptr() != tensor.data_ptr()) torch::Tensor(tensor.detach()).copy_(dense);
  }
}

std::function<torch::Tensor(const torch::Tensor&)> Communicator::summing() {
  if (ranks() == 1) return {};
  return [impl = impl_](const torch::Tensor& x) {
    return SumFunction::apply(x, SumFunction::Sum([impl](torch::Tensor& values) {
                                std::vector<torch::Tensor> list = {values};
                                impl->waiting([&] { impl->group_of(values).allreduce(list)->wait(); });
                              }));
  };
}

bool Communicator::any(bool mine) {
  if (ranks() == 1) return mine;
  std::vector<torch::Tensor> list = {torch::full({1}, mine ? 1 : 0, torch::kInt32)};
  impl_->waiting([&] { impl_->on_host->allreduce(list)->wait(); });
  return list[0].item<int32_t>() > 0;
}

std::map<std::string, double> Communicator::mean(const std::map<std::string, double>& values) {
  if (ranks() == 1) return values;
  std::vector<double> numbers;
  for (const auto& [name, value] : values) numbers.push_back(value);
  std::vector<torch::Tensor> list = {torch::tensor(numbers, torch::kFloat64)};
  impl_->waiting([&] { impl_->on_host->allreduce(list)->wait(); });
  std::map<std::string, double> means = values;
  int64_t i = 0;
  for (auto& [name, value] : means) value = list[0][i++].item<double>() / static_cast<double>(ranks());
  return means;
}

void Communicator::reached(int64_t step, ProcessState doing) {
  impl_->step = step;
  if (impl_->watch) impl_->watch->reached(step, doing);
}

void Communicator::fail(const std::string& reason) {
  if (!impl_->watch || impl_->finished) return;
  impl_->watch->fail(reason);
  if (leads()) sleep(kLastWordsFor);
}

void Communicator::finish() {
  if (!impl_->watch) return;
  reached(impl_->step, ProcessState::finished);
  any(false);
  impl_->watch->stop();
  any(false);  // no process reads the store any more: rank 0 may end
  impl_->finished = true;
}

}  // namespace interprior
