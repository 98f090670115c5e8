// The content of .data/serialization_id: two hashes of 20 decimal digits each.
//
//   names     of the record names without the top folder, in the iteration order of a
//             std::unordered_set filled in writing order. The C++ library determines that order,
//             so only libstdc++ gives the digits of PyTorch's Linux builds.
//   payloads  of the CRC-32 in each data descriptor, in writing order; empty records have none
//
// PyTorch searches everything it writes for descriptors: a payload that starts with PK\7\8 counts
// as one, with the next four bytes as its CRC.
//
// Source: caffe2/serialize/inline_container.cc, writeSerializationId and ostream_write_func
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "ckpt/base/bytes.hpp"

namespace ckpt::zip {

class SerializationId {
 public:
  /// Returns false when the record was added before.
  bool add_name(std::string_view record);
  /// `head` is the first 8 bytes of the payload, or all of it.
  void add_payload(ByteView head, std::uint32_t descriptor_crc32);

  /// The 40 digits for the records added so far.
  std::string text() const;

 private:
  std::unordered_set<std::string> names_;
  std::uint64_t payloads_hash_ = 0;
};

}  // namespace ckpt::zip
