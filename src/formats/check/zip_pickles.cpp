// Inspects every pickle in a zip, whatever its record is called and however the zip contradicts
// itself: some programs read the directory, others the headers in front of the records.
//
//   a/data.pkl, a/x.PKL       by name: inspected whatever it holds
//   a/hook                    by its first bytes
//   a/data/0                  by its first bytes, and only if it would call something not allowed
//   a/x.npy                   the objects after a header of numpy
//   a/weights.pt, a/x.joblib  a zip or a tar, gzip or zlib: added to the worklist
#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/torch/weights_only.hpp"
#include "ckpt/zip/archive.hpp"
#include "ckpt/zip/compressed.hpp"
#include "ckpt/zip/inflate.hpp"
#include "ckpt/zip/local_headers.hpp"
#include "formats/check/parts.hpp"

namespace ckpt::formats {

namespace {

constexpr std::uint64_t most_pickle_bytes = std::uint64_t{1} << 28;
constexpr std::uint64_t most_inflated_bytes = std::uint64_t{1} << 26;

/// Enough to recognise how a record begins, including the header of a tar.
constexpr std::uint64_t storage_start_bytes = 512;
constexpr std::uint64_t record_start_bytes = 4096;

/// A record in the file, and the cost of inflating it.
struct Payload {
  std::string record;
  FileRange range;
  zip::Method method = zip::Method::stored;
  std::uint64_t unfolded_bytes = 0;  ///< if deflated and if the zip says it
  std::uint64_t end_offset = 0;      ///< the latest end, if the range is too short
};

class ZipPickles {
 public:
  ZipPickles(const CheckJob& job, const Layer& layer)
      : job_(job),
        layer_(layer),
        checked_(job.checked),
        kind_(layer.depth == 0 ? job.checked.kind : sniff(layer.file).kind),
        dialect_(kind_ == FileKind::torch_script ? torch::Dialect::torchscript
                                                 : torch::Dialect::python),
        inspector_(dialect_, job.insides.most_objects()),
        bytes_left_(4 * layer.file->size_bytes() + most_inflated_bytes) {}

  void run(const zip::Archive* archive) {
    if (archive != nullptr)
      inspect_entries(*archive);
    else
      inspect_headers();
    note_modules();
    append_safety(checked_.safety, inspector_.result());
  }

 private:
  void inspect_entries(const zip::Archive& archive) {
    if (!may_read(archive.directory_bytes())) return;
    for (const zip::Entry& entry : archive.entries()) {
      const auto range = find_range(archive, entry);
      if (!range) continue;
      look({.record = std::string(without_folder(entry.name)),
            .range = *range,
            .method = entry.method,
            .unfolded_bytes = entry.size_bytes,
            .end_offset = range->offset + range->size_bytes});
    }
  }

  /// Nothing when there is no local header. A header whose payload reaches into the next record is
  /// believed, because other programs do not compare.
  static std::optional<FileRange> find_range(const zip::Archive& archive, const zip::Entry& entry) {
    try {
      return archive.payload(entry);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::malformed) throw;
    }
    const auto header = zip::find_local_header(*archive.file(), entry.header_offset);
    if (!header) return std::nullopt;
    const std::uint64_t rest = archive.file()->size_bytes() - header->payload_offset;
    return FileRange{archive.file(), header->payload_offset,
                     std::min(entry.compressed_bytes, rest)};
  }

  /// Uses local headers only; each record ends where the next one starts.
  void inspect_headers() {
    behind_ = torch::Behind::other_bytes;  // descriptors and padding follow
    const std::uint64_t end = layer_.file->size_bytes();
    zip::LocalSignatures signatures(*layer_.file);
    auto offset = signatures.find(0);
    while (offset) {
      const auto next = signatures.find(*offset + 4);
      const std::uint64_t limit = next.value_or(end);
      const auto header = zip::find_local_header(*layer_.file, *offset);
      if (header && !spend(header->payload_offset - *offset)) return note_too_many(*offset);
      if (header) note_unreadable(*header);
      if (header && limit > header->payload_offset)
        look({.record = std::string(without_folder(header->name)),
              .range = {layer_.file, header->payload_offset, limit - header->payload_offset},
              .method = header->method == 0 ? zip::Method::stored : zip::Method::deflated,
              .end_offset = end});
      offset = next;
    }
  }

  bool spend(std::uint64_t bytes) {
    if (bytes > bytes_left_) return false;
    bytes_left_ -= bytes;
    return true;
  }

  /// Inspects the payload as if it were deflated: a header may only claim another method.
  void note_unreadable(const zip::LocalHeader& header) {
    constexpr std::uint16_t is_encrypted = 1;
    if ((header.flags & is_encrypted) != 0)
      job_.insides.note_unseen(layer_.place_of(header.name), "encrypted");
    else if (header.method != 0 && header.method != 8)
      job_.insides.note_unseen(layer_.place_of(header.name), concat("method ", header.method));
  }

  void note_too_many(std::uint64_t offset) {
    job_.insides.add_trick(layer_.place, offset, "holds more headers than are looked through");
  }

  /// Python modules in the archive replace the modules that its pickles name: torch.package imports
  /// m/collections.py for collections.OrderedDict.
  void note_modules() {
    if (module_.empty() || !holds_pickles_) return;
    job_.insides.add_trick(
        layer_.place_of(module_), 0,
        "is a Python module of the archive's own, from which pickles may be made");
  }

  void note_role(std::string_view record) {
    const bool is_script = dialect_ == torch::Dialect::torchscript;
    if (record.ends_with(".py") && module_.empty() && !(is_script && record.starts_with("code/")))
      module_ = record;
    if (is_pickle_name(record) || record == ".data/extern_modules") holds_pickles_ = true;
  }

  /// Only two records contain objects of the archive's own classes.
  torch::Dialect dialect_of(std::string_view record) const {
    const bool has_objects = record == "data.pkl" || record == "constants.pkl";
    return dialect_ == torch::Dialect::torchscript && has_objects
               ? torch::Dialect::torchscript_object
               : dialect_;
  }

  void look(const Payload& payload) {
    note_role(payload.record);
    const bool is_storage = is_storage_record(payload.record);
    const bool is_pickle = is_pickle_name(payload.record);
    const Bytes start = read(payload, is_storage ? storage_start_bytes : record_start_bytes);
    if (!may_read(start.size())) return;
    const Inside part{
        .range = payload.range,
        .packing = payload.method == zip::Method::stored ? Packing::none : Packing::deflated,
        .place = layer_.place_of(payload.record),
        .depth = layer_.depth};
    if (is_pickle) note_compression(part, start);
    // Deflated records and archives are inspected as pickles after they are opened.
    const bool is_compressed = add_compressed(job_, part, start);
    const bool is_added = (is_compressed && part.packing == Packing::deflated) ||
                          add_archive(job_, part, start) ||
                          (!is_storage && !is_pickle && add_hidden_zip(job_, part));
    if (is_pickle) return inspect(payload, read_pickle(payload));
    if (kind_ == FileKind::other_zip && !is_added && !is_compressed)
      note_unread(checked_, part.place, start);
    if (!is_added) look_for_pickle(payload, part, start);
  }

  /// torch refuses a compressed pickle; joblib and pandas read it.
  void note_compression(const Inside& part, ByteView start) {
    const std::string_view compression = zip::compression_of(start);
    if (compression.empty()) return;
    job_.insides.add_trick(part.place, 0,
                           concat("is compressed with ", compression,
                                  can_unfold(compression) ? "" : ", which is not looked into"));
  }

  void look_for_pickle(const Payload& payload, const Inside& part, ByteView start) {
    if (!is_storage_record(payload.record) && torch::looks_like_pickle(as_text(start)))
      return inspect(payload, read_pickle(payload));
    const std::size_t skipped = npy_header_bytes(as_text(start));
    if (skipped == 0 && !is_worth_reading(start, size_of(payload))) return;
    if (skipped > most_suspect_bytes) return note_cut(job_, part.place);
    const PickleBytes pickles =
        read_pickles(job_.insides, most_suspect_bytes, [&](std::uint64_t most_bytes) {
          Bytes bytes = read(payload, skipped + most_bytes);
          const auto header_end = static_cast<std::ptrdiff_t>(std::min(skipped, bytes.size()));
          bytes.erase(bytes.begin(), bytes.begin() + header_end);
          return bytes;
        });
    if (!may_scan(pickles.bytes, part.place)) return;
    const auto extent =
        start.size() == size_of(payload) ? pickle::Extent::whole : pickle::Extent::cut;
    // Tensor bytes may start like a long string. Only a pickle that does something first is not a
    // coincidence.
    const bool is_by_chance =
        is_storage_record(payload.record) && !torch::is_suspect(start, extent);
    if (pickles.is_cut && is_by_chance) return look_behind_long_values(part);
    if (pickles.is_cut) note_cut(job_, part.place);
    inspector_.inspect_suspect(pickles.bytes, part.place);
  }

  void look_behind_long_values(const Inside& part) {
    if (part.packing != Packing::none) return note_cut(job_, part.place);
    if (layer_.depth > 0 && !may_read(part.range.size_bytes)) return;
    const PickleBytes pickles = read_without_long_values(job_.insides, part.range);
    if (!may_scan(pickles.bytes, part.place)) return;
    if (pickles.is_cut) note_cut(job_, part.place);
    inspector_.inspect_suspect(pickles.bytes, concat(part.place, ": its long values left out"));
  }

  /// As far as it is known.
  static std::uint64_t size_of(const Payload& payload) {
    if (payload.method == zip::Method::stored) return payload.range.size_bytes;
    return payload.unfolded_bytes == 0 ? most_inflated_bytes : payload.unfolded_bytes;
  }

  /// Nested data may be very numerous; each item costs some work on top of its bytes.
  bool may_read(std::uint64_t bytes) {
    constexpr std::uint64_t as_much_work = 64;
    return layer_.depth == 0 || job_.insides.may_read(4 * bytes + as_much_work, layer_.place);
  }

  /// Nested data may be larger in total than the file.
  bool may_scan(const Bytes& bytes, const std::string& place) {
    return layer_.depth == 0 || job_.insides.may_scan(bytes.size(), place);
  }

  void inspect(const Payload& payload, const Bytes& bytes) {
    const std::string place = layer_.place_of(payload.record);
    if (!may_scan(bytes, place)) return;
    holds_pickles_ = true;
    inspector_.set_dialect(dialect_of(payload.record));
    inspector_.inspect(bytes, place, behind_);
    if (place != "data.pkl" || checked_.loading.is_known) return;
    const pickle::Scan scan = pickle::scan(bytes);
    const torch::WeightsOnly verdict = torch::judge_weights_only(scan, torch::Origin::zip);
    checked_.loading.is_known = true;
    checked_.loading.since = release_name(verdict.since);
    if (verdict.refusal)
      checked_.loading.weights_only_refusal =
          concat("byte ", verdict.refusal->offset, ": ", verdict.refusal->reason);
  }

  /// The payload as the zip describes it; if that is not a pickle, as programs that ignore the
  /// description read it.
  Bytes read_pickle(const Payload& payload) {
    Bytes bytes = read_pickles_of(payload);
    if (!pickle::scan(bytes, {.most_objects = job_.insides.most_objects()}).broken) return bytes;
    Payload other = payload;
    other.method =
        payload.method == zip::Method::stored ? zip::Method::deflated : zip::Method::stored;
    Bytes others = read(other, most_pickle_bytes);
    if (torch::is_suspect(others, pickle::Extent::whole) &&
        !torch::is_suspect(bytes, pickle::Extent::whole))
      return others;
    return payload.method == zip::Method::stored ? read_longer(payload, std::move(bytes)) : bytes;
  }

  /// A signature inside a string does not end a pickle, but the whole file must not be read again
  /// for each one.
  Bytes read_longer(Payload payload, Bytes bytes) {
    const std::uint64_t rest =
        std::min(payload.end_offset - payload.range.offset, most_pickle_bytes);
    if (rest <= payload.range.size_bytes || !spend(rest)) return bytes;
    payload.range.size_bytes = rest;
    return read_pickles_of(payload);
  }

  /// Without a directory the length is unknown, and a hole of any size may follow.
  Bytes read_pickles_of(const Payload& payload) const {
    if (payload.method != zip::Method::stored || behind_ != torch::Behind::other_bytes)
      return read(payload, most_pickle_bytes);
    return read_pickles(job_.insides, most_pickle_bytes,
                        [&](std::uint64_t most_bytes) { return read(payload, most_bytes); })
        .bytes;
  }

  /// The first bytes of the payload; the CRC is ignored.
  Bytes read(const Payload& payload, std::uint64_t most_bytes) const {
    const FileRange& range = payload.range;
    if (payload.method == zip::Method::stored)
      return range.file->read_bytes(range.offset, std::min(range.size_bytes, most_bytes));
    return inflated(payload, most_bytes);
  }

  /// Inflates at most `most_bytes`: pickles compress well, but a payload that inflates to more is a
  /// bomb. Memory is not allocated by the size that a record claims.
  static Bytes inflated(const Payload& payload, std::uint64_t most_bytes) {
    constexpr std::uint64_t most_ratio = 100;
    constexpr std::uint64_t first_bytes = 1 << 16;
    const FileRange& range = payload.range;
    const std::uint64_t bound =
        std::min(range.size_bytes, most_pickle_bytes) * most_ratio + (1 << 16);
    const std::uint64_t declared =
        payload.unfolded_bytes == 0 ? most_inflated_bytes : payload.unfolded_bytes;
    const std::uint64_t most = std::min({most_bytes, declared, bound});
    Bytes bytes;
    try {
      zip::Inflater inflater(range, declared);
      std::size_t count = 0;
      do {
        count = bytes.size();
        bytes.resize(static_cast<std::size_t>(
            std::min(most, std::max<std::uint64_t>(first_bytes, 2 * count))));
        count += inflater.read(std::span(bytes).subspan(count));
      } while (count == bytes.size() && count < most);
      bytes.resize(count);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::malformed)
        throw;  // the bytes in front of the damage are
                // there
    }
    return bytes;
  }

  const CheckJob& job_;
  const Layer& layer_;
  Checked& checked_;
  FileKind kind_;
  torch::Dialect dialect_;
  torch::SafetyInspector inspector_;
  torch::Behind behind_ = torch::Behind::pickles;
  std::string module_;  ///< the first record that is Python source
  bool holds_pickles_ = false;
  std::uint64_t bytes_left_;
};

}  // namespace

bool is_storage_record(std::string_view record) {
  return record.starts_with("data/") || record.starts_with("constants/") ||
         record.starts_with("tensors/");
}

bool is_pickle_name(std::string_view name) {
  constexpr std::string_view ending = ".pkl";
  if (name.size() < ending.size()) return false;
  return std::ranges::equal(name.substr(name.size() - ending.size()), ending, {},
                            [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
}

std::size_t npy_header_bytes(std::string_view start) {
  constexpr std::size_t preamble_bytes = 8;
  constexpr std::size_t most_length_bytes = 4;
  if (!start.starts_with("\x93NUMPY") || start.size() < preamble_bytes + most_length_bytes)
    return 0;
  const std::byte* length = as_bytes(start).data() + preamble_bytes;
  if (start[6] == 1) return preamble_bytes + 2 + from_little_endian<std::uint16_t>(length);
  return preamble_bytes + most_length_bytes + from_little_endian<std::uint32_t>(length);
}

void inspect_zip(const CheckJob& job, const Layer& layer, const zip::Archive* archive) {
  ZipPickles(job, layer).run(archive);
}

}  // namespace ckpt::formats
