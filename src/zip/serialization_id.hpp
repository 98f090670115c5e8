// What PyTorch puts into .data/serialization_id: two hashes, 20 decimal digits each.
//
//   names     of the records without their top folder, in the order of a std::unordered_set that
//             was filled in writing order: the C++ library decides, so that only libstdc++ gives
//             the digits of PyTorch's Linux builds
//   payloads  of the CRC-32 in each data descriptor, in writing order; empty records have none
//
// PyTorch looks for descriptors in everything it writes: a payload that happens to start with
// PK\7\8 counts as one, with the next four bytes as its CRC.
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
  /// False when the record was added before.
  bool add_name(std::string_view record);
  /// `head` is the start of the payload, 8 bytes or all of it.
  void add_payload(ByteView head, std::uint32_t descriptor_crc32);

  /// The 40 digits for what was added so far.
  std::string text() const;

 private:
  std::unordered_set<std::string> names_;
  std::uint64_t payloads_hash_ = 0;
};

}  // namespace ckpt::zip
