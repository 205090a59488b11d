#pragma once
#include <optional>
#include <string>
#include <vector>

#include "interprior/infer/left_out.h"
#include "output_names.h"
#include "video_output.h"

namespace interprior {

// The animated GLB and the MP4 of each video of `interprior fit`. Frames are added as they are read and their hands later, in
// batches; a frame waits for its hands.
class FittedVideos {
 public:
  // kinds: mp4 and glb are written here. Throws Error as require_video_outputs.
  FittedVideos(const std::string& folder, const ReconstructionKinds& kinds, const std::vector<Input>& inputs, OutputNames& names);

  // The next frame; it waits for its hands. Its number is that for `add`; empty: nothing of it is written here.
  std::optional<size_t> wait(const Input& input, const Frame& frame);
  // Whether `batch` images are kept for frames that wait.
  bool full(int64_t batch) const { return kinds_.mp4 && waiting_.size() >= static_cast<size_t>(batch); }
  // Hands of the frame with this number. pair: their number among the frame's pairs.
  void add(size_t frame, const std::string& name, size_t pair, ReconstructedHands hands);
  // Writes the frames that wait: they have all their hands. A video is closed when a frame of another follows. Throws Error.
  void write(LeftOutList& left_out);
  // Publishes the files of the last video. Throws Error.
  void close(LeftOutList& left_out);

 private:
  struct Hands {
    std::string name;
    size_t pair = 0;
    ReconstructedHands hands;
  };
  struct Waiting {
    const Input* input;
    Frame frame;
    std::vector<Hands> hands;
  };

  std::string folder_;
  ReconstructionKinds kinds_;
  const std::vector<Input>& inputs_;
  OutputNames& names_;
  std::vector<std::string> animations_;  // names of the first animated GLB, by input
  std::vector<Waiting> waiting_;
  const Input* input_ = nullptr;  // of `video_`
  std::optional<VideoOutput> video_;
};

}  // namespace interprior
