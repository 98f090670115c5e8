// Looks through archives and compressed data inside a file, recognised by their first bytes,
// because joblib, pandas, tarfile and zipfile open them too. gzip and zlib are inflated; other
// compressions are only reported.
#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/zip/compressed.hpp"
#include "formats/check/parts.hpp"
#include "formats/sniff/parts.hpp"

namespace ckpt::formats {

namespace {

bool starts_as_zip(ByteView start) { return as_text(start).starts_with("PK\3\4"); }

/// Tries every kind that the layer could be.
void inspect_layer(const CheckJob& job, const Layer& layer) {
  const Inside whole = layer.whole(layer.place);
  if (!job.insides.may_read(sniffed_bytes, layer.place)) return;
  const Bytes start = read_start_of(whole.range);
  add_compressed(job, whole, start);
  torch::SafetyInspector inspector(torch::Dialect::python, job.insides.most_objects());
  inspect_pickles(job, inspector, whole, start);
  append_safety(job.checked.safety, inspector.result());
  if (starts_as_tar(start)) inspect_tar(job, layer);
  if (starts_as_zip(start) || has_end_record(*layer.file, longest_zip_tail_bytes))
    inspect_unopened_zip(job, layer);
}

}  // namespace

bool can_unfold(std::string_view compression) {
  return compression == "gzip" || compression == "zlib";
}

bool add_compressed(const CheckJob& job, const Inside& part, ByteView start) {
  const std::string_view compression = zip::compression_of(start);
  const std::size_t zfile_bytes = zip::zfile_header_bytes(start);
  if (!can_unfold(compression) && zfile_bytes == 0) {
    if (!compression.empty()) job.insides.note_unseen(part.place, compression);
    return false;
  }
  Inside inside = part;
  ++inside.depth;
  if (part.packing == Packing::none) {  // otherwise a deflated record is inflated first
    inside.packing = Packing::compressed;
    inside.place += ": unfolded";
    inside.range.offset += zfile_bytes;
    inside.range.size_bytes -= zfile_bytes;
  }
  job.insides.add(std::move(inside));
  return true;
}

bool add_archive(const CheckJob& job, const Inside& part, ByteView start) {
  if (!starts_as_zip(start) && !starts_as_tar(start)) return false;
  Inside inside = part;
  ++inside.depth;
  job.insides.add(std::move(inside));
  return true;
}

bool add_hidden_zip(const CheckJob& job, const Inside& part) {
  if (part.packing != Packing::none || part.place.ends_with(".npy") ||
      !has_end_record(FilePart(part.range), job.insides.take_tail_bytes(part.range.size_bytes)))
    return false;
  Inside inside = part;
  ++inside.depth;
  job.insides.add(std::move(inside));
  return true;
}

void inspect_insides(const CheckJob& job) {
  while (const auto inside = job.insides.next()) {
    try {
      inspect_layer(job, job.insides.open(*inside));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::io) throw;
      job.insides.add_trick(inside->place, 0, concat("is not looked into: ", error.message()));
    }
  }
}

}  // namespace ckpt::formats
