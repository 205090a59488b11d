#include "step_graph.h"

#ifdef INTERPRIOR_CUDA_HEADERS
#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#endif

#include <string>

#include "interprior/base/error.h"

namespace interprior {
namespace {

constexpr const char* kWhere = "fit.cuda_graph";

void require_gpu(c10::Device device) {
  require(device.is_cuda(), "CUDA graphs need a GPU", kWhere, "set it to false, or train with --device cuda");
}

}  // namespace

#ifdef INTERPRIOR_CUDA_HEADERS

struct StepGraph::Impl {
  explicit Impl(c10::Device device)
      : device(device), stream(c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device)) {}

  // On destruction `then` waits for `first`, also after an exception: some work may already be running.
  struct Following {
    c10::Stream first, then;
    ~Following() {
      c10::Event end(c10::kCUDA);
      end.record(first);
      end.block(then);
    }
  };

  // The next work on this stream waits for the current stream's pending reads of its memory.
  ~Impl() { join(); }
  void join() {
    c10::Event before(c10::kCUDA);
    before.record(c10::impl::VirtualGuardImpl(device.type()).getStream(device));
    before.block(stream);
  }

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
    if (!open_) return;
    try {
      graph_.capture_end();
    } catch (const c10::Error&) {  // the capture is invalid
    }
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

 private:
  at::cuda::CUDAGraph& graph_;
  bool open_ = true;
};

}  // namespace

StepGraph::StepGraph(c10::Device device) {
  require_gpu(device);
  impl_ = std::make_unique<Impl>(device);
}

void StepGraph::on_its_stream(const std::function<void()>& work) { impl_->on_stream(work); }

void StepGraph::record(const std::function<void()>& work) {
  try {
    impl_->on_stream([&] {
      Capture capture(impl_->graph);
      work();
      capture.end();
    });
  } catch (const c10::Error& problem) {
    const std::string reason = problem.what_without_backtrace();
    throw Error("this step cannot be captured as a CUDA graph: " + reason.substr(0, reason.find('\n')), kWhere,
                "set it to false");
  }
  impl_->recorded = true;
}

bool StepGraph::recorded() const { return impl_->recorded; }

void StepGraph::replay() {
  impl_->on_stream([this] { impl_->graph.replay(); });
}

#else

struct StepGraph::Impl {};

StepGraph::StepGraph(c10::Device device) {
  require_gpu(device);
  throw Error("this program was built without CUDA's headers", kWhere, "set it to false, or build with a CUDA wheel of torch");
}
void StepGraph::on_its_stream(const std::function<void()>&) {}
void StepGraph::record(const std::function<void()>&) {}
bool StepGraph::recorded() const { return false; }
void StepGraph::replay() {}

#endif

StepGraph::~StepGraph() = default;

}  // namespace interprior
