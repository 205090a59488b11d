#include "interprior/base/cuda_graph.h"

#ifdef INTERPRIOR_CUDA_HEADERS
#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#endif

#include <memory>
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
  std::unique_ptr<at::cuda::CUDAGraph> graph;  // once recorded
};

namespace {

// Capture for one scope: ended by an exception too, so that the stream is usable again. A graph whose capture failed is never
// freed: LibTorch's allocator then keeps a callback that points to it, and calls it at a later allocation.
class Capture {
 public:
  Capture() { graph_->capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal); }
  std::unique_ptr<at::cuda::CUDAGraph> end() {
    open_ = false;
    graph_->capture_end();
    return std::unique_ptr<at::cuda::CUDAGraph>(std::exchange(graph_, nullptr));
  }
  ~Capture() {
    if (open_) without_throwing([this] { graph_->capture_end(); });  // the capture is invalid
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

 private:
  at::cuda::CUDAGraph* graph_ = new at::cuda::CUDAGraph;  // owned by the process unless end() succeeds
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
      Capture capture;
      work();
      impl_->graph = capture.end();
    });
  } catch (const c10::Error& problem) {
    const std::string reason = problem.what_without_backtrace();
    throw Error("this work cannot be captured as a CUDA graph: " + reason.substr(0, reason.find('\n')), option_, "leave it out");
  }
}

bool CudaGraph::recorded() const { return impl_->graph != nullptr; }

void CudaGraph::replay() {
  impl_->on_stream([this] { impl_->graph->replay(); });
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
