// JPEG and PNG codecs in place of OpenCV's image and video libraries, for the bundle of gpu_check.sh: the dependencies of those
// two (GDAL, FFmpeg, ICU and 190 more) are 200 MB that GPU checks do not need. Built as libopencv_imgcodecs and
// libopencv_videoio.
#include <png.h>
#include <turbojpeg.h>

#include <memory>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>
#include <opencv2/videoio/registry.hpp>

namespace {

[[noreturn]] void missing(const char* what) {
  CV_Error(cv::Error::StsNotImplemented, std::string("the bundle of gpu_check.sh has no ") + what);
}

struct Handle {
  explicit Handle(tjhandle made) : it(made) {}
  ~Handle() { tjDestroy(it); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  tjhandle it;
};

int format_of(const cv::Mat& image) {
  if (image.type() == CV_8UC3) return TJPF_BGR;
  if (image.type() == CV_8UC1) return TJPF_GRAY;
  missing("encoder of such pixels");
}

void encode_jpeg(const cv::Mat& image, int quality, std::vector<uchar>& bytes) {
  const Handle handle(tjInitCompress());
  unsigned char* data = nullptr;
  unsigned long size = 0;
  const int format = format_of(image);
  const int status = tjCompress2(handle.it, image.data, image.cols, static_cast<int>(image.step), image.rows, format, &data,
                                 &size, format == TJPF_GRAY ? TJSAMP_GRAY : TJSAMP_420, quality, 0);
  const std::unique_ptr<unsigned char, decltype(&tjFree)> owned(data, tjFree);
  if (status != 0) CV_Error(cv::Error::StsError, tjGetErrorStr2(handle.it));
  bytes.assign(data, data + size);
}

void encode_png(const cv::Mat& image, std::vector<uchar>& bytes) {
  png_image header = {};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.cols);
  header.height = static_cast<png_uint_32>(image.rows);
  header.format = format_of(image) == TJPF_GRAY ? PNG_FORMAT_GRAY : PNG_FORMAT_BGR;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  bytes.resize(size);
  if (!png_image_write_to_memory(&header, bytes.data(), &size, 0, image.data, static_cast<png_int_32>(image.step), nullptr))
    CV_Error(cv::Error::StsError, header.message);
  bytes.resize(size);
}

cv::Mat decode_jpeg(const cv::Mat& bytes) {
  const Handle handle(tjInitDecompress());
  int width = 0, height = 0, subsampling = 0, colours = 0;
  if (tjDecompressHeader3(handle.it, bytes.data, bytes.total(), &width, &height, &subsampling, &colours) != 0) return {};
  cv::Mat image(height, width, CV_8UC3);
  if (tjDecompress2(handle.it, bytes.data, bytes.total(), image.data, width, static_cast<int>(image.step), height, TJPF_BGR, 0) !=
      0)
    return {};
  return image;
}

cv::Mat decode_png(const cv::Mat& bytes) {
  png_image header = {};
  header.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&header, bytes.data, bytes.total())) return {};
  header.format = PNG_FORMAT_BGR;
  cv::Mat image(static_cast<int>(header.height), static_cast<int>(header.width), CV_8UC3);
  const png_color black = {};
  if (!png_image_finish_read(&header, &black, image.data, static_cast<png_int_32>(image.step), nullptr)) return {};
  return image;
}

}  // namespace

namespace cv {

bool imencode(const String& extension, InputArray input, std::vector<uchar>& bytes, const std::vector<int>& options) {
  const Mat image = input.getMat();
  int quality = 95;
  for (size_t i = 0; i + 1 < options.size(); i += 2)
    if (options[i] == IMWRITE_JPEG_QUALITY) quality = options[i + 1];
  if (extension == ".png")
    encode_png(image, bytes);
  else if (extension == ".jpg" || extension == ".jpeg")
    encode_jpeg(image, quality, bytes);
  else
    missing(extension.c_str());
  return true;
}

Mat imdecode(InputArray buffer, int) {
  const Mat bytes = buffer.getMat();
  return !bytes.empty() && bytes.data[0] == 0xff ? decode_jpeg(bytes) : decode_png(bytes);
}

VideoCapture::VideoCapture() = default;
VideoCapture::~VideoCapture() = default;
bool VideoCapture::open(const String&, int) { missing("video"); }
bool VideoCapture::open(int, int) { missing("video"); }
bool VideoCapture::open(const String&, int, const std::vector<int>&) { missing("video"); }
bool VideoCapture::open(int, int, const std::vector<int>&) { missing("video"); }
bool VideoCapture::isOpened() const { return false; }
void VideoCapture::release() {}
bool VideoCapture::grab() { return false; }
bool VideoCapture::retrieve(OutputArray, int) { return false; }
bool VideoCapture::read(OutputArray) { return false; }
VideoCapture& VideoCapture::operator>>(Mat&) { missing("video"); }
VideoCapture& VideoCapture::operator>>(UMat&) { missing("video"); }
bool VideoCapture::set(int, double) { return false; }
double VideoCapture::get(int) const { return 0; }

std::vector<VideoCaptureAPIs> videoio_registry::getBackends() { return {}; }

}  // namespace cv
