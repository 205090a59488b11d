#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace interprior {

// Appends scalars to a TensorBoard event file (TFRecord framing with masked CRC32C, Event protobuf written by hand: wall_time,
// step, summary.value{tag, simple_value}). Makes the file with its "brain.Event:2" head when it is new. Throws Error.
void append_scalars(const std::filesystem::path& file, int64_t step, const std::map<std::string, double>& values,
                    double wall_time);

// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of bytes, not masked.
uint32_t crc32c(std::string_view bytes);

}  // namespace interprior
