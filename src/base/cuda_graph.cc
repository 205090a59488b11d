#include "interprior/base/cuda_graph.h"

#ifdef INTERPRIOR_CUDA_HEADERS
#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#endif

#include <string>
#include <utility>

#include "interprior/base/error.h"

namespace interprior {
namespace {

void require_gpu(c10::Device device, const std::string& option) {
  require(device.is_cuda(), "CUDA graphs need a GPU", option, "leave it out, or choose --device cuda");
}

}  // namespace

#ifdef INTERPRIOR_CUDA_HEADERS

namespace {

void follow(const c10::Stream& first, const c10::Stream& then) {
  c10::Event end(c10::kCUDA);
  end.record(first);
  end.block(then);
}

// After a failed kernel every call of CUDA fails. A destructor must not throw; the next call reports the failure.
template <class Call>
void without_throwing(const Call& call) noexcept {
  try {
    call();
  } catch (const c10::Error&) {
  }
}

}  // namespace

struct CudaGraph::Impl {
  explicit Impl(c10::Device device)
      : device(device), stream(c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device)) {}

  // On destruction `then` waits for `first`, also after an exception: some work may already be running.
  struct Following {
    c10::Stream first, then;
    ~Following() {
      without_throwing([this] { follow(first, then); });
    }
  };

  // The next work on this stream waits for the current stream's pending reads of its memory.
  ~Impl() {
    without_throwing([this] { join(); });
  }
  void join() { follow(c10::impl::VirtualGuardImpl(device.type()).getStream(device), stream); }

  // The stream waits for the current one, and the current one waits for the stream.
  void on_stream(const std::function<void()>& work) {
    join();
    const Following following{stream, c10::impl::VirtualGuardImpl(device.type()).getStream(device)};
    const c10::StreamGuard guard(stream);
    work();
  }

  c10::Device device;
  c10::Stream stream;
  at::cuda::CUDAGraph graph;
  bool recorded = false;
};

namespace {

// Capture for one scope: ended by an exception too, so that the stream is usable again.
class Capture {
 public:
  explicit Capture(at::cuda::CUDAGraph& graph) : graph_(graph) { graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal); }
  void end() {
    open_ = false;
    graph_.capture_end();
  }
  ~Capture() {
    if (open_) without_throwing([this] { graph_.capture_end(); });  // the capture is invalid
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

 private:
  at::cuda::CUDAGraph& graph_;
  bool open_ = true;
};

}  // namespace

CudaGraph::CudaGraph(c10::Device device, std::string option) : option_(std::move(option)) {
  require_gpu(device, option_);
  impl_ = std::make_unique<Impl>(device);
}

void CudaGraph::on_its_stream(const std::function<void()>& work) { impl_->on_stream(work); }

void CudaGraph::record(const std::function<void()>& work) {
  try {
    impl_->on_stream([&] {
      Capture capture(impl_->graph);
      work();
      capture.end();
    });
  } catch (const c10::Error& problem) {
    const std::string reason = problem.what_without_backtrace();
    throw Error("this work cannot be captured as a CUDA graph: " + reason.substr(0, reason.find('\n')), option_, "leave it out");
  }
  impl_->recorded = true;
}

bool CudaGraph::recorded() const { return impl_->recorded; }

void CudaGraph::replay() {
  impl_->on_stream([this] { impl_->graph.replay(); });
}

#else

struct CudaGraph::Impl {};

CudaGraph::CudaGraph(c10::Device device, std::string option) : option_(std::move(option)) {
  require_gpu(device, option_);
  throw Error("this program was built without CUDA's headers", option_, "leave it out, or build with a CUDA wheel of torch");
}
void CudaGraph::on_its_stream(const std::function<void()>&) {}
void CudaGraph::record(const std::function<void()>&) {}
bool CudaGraph::recorded() const { return false; }
void CudaGraph::replay() {}

#endif

CudaGraph::~CudaGraph() = default;

}  // namespace interprior
