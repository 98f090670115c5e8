#include "ckpt/diff/digest.hpp"
#include "ckpt/zip/crc32.hpp"
#include "groups.hpp"
#include "inputs.hpp"

namespace bench {

using ckpt::ByteView;
using ckpt::diff::HashKind;

void checksum_rows(Table& table) {
  const ckpt::Bytes bytes = make_elements(ckpt::model::DType::float32, input_bytes);
  table.row("crc32", input_bytes, [&] {
    std::uint32_t crc = 0;
    for_each_block(bytes, [&](ByteView block) { crc = ckpt::zip::crc32(crc, block); });
  });
  const auto hash_row = [&](std::string_view name, HashKind kind) {
    table.row(name, input_bytes, [&] {
      ckpt::diff::Hasher hasher(kind);
      for_each_block(bytes, [&](ByteView block) { hasher.add(block); });
      hasher.finish();
    });
  };
  hash_row("xxh3", HashKind::xxh3_128);
  hash_row("sha256", HashKind::sha256);
}

}  // namespace bench
