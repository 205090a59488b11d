// consumer CHECKPOINT HAND IMAGE OUT.obj: the lines of the README, as a program.
#include <iostream>
#include <opencv2/imgcodecs.hpp>

#include "interprior/infer/reconstructor.h"

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  auto reconstruct = interprior::Reconstructor::open(argv[1], argv[2], torch::kCPU);
  cv::Mat photo = cv::imread(argv[3]);
  auto hands = reconstruct(photo, cv::Rect(0, 0, photo.cols, photo.rows));
  interprior::write_obj(argv[4], hands.surface.right);
  std::cout << hands.surface.right.vertices.size() << " vertices\n";
  return 0;
}
