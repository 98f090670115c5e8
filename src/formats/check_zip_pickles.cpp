// Every pickle in a zip, whatever its record is called and however the zip contradicts itself: some
// program reads the directory, some other the headers in front of the records.
//
//   a/data.pkl, a/x.PKL       by name: whatever it holds
//   a/hook                    by its first bytes
//   a/data/0                  likewise, and only if it would call something that is not allowed
//   a/weights.pt, a/x.npy     the records of a zip in a zip; the objects after a header of numpy
//   a/x.joblib                what gzip or zlib made of a pickle
#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/torch/weights_only.hpp"
#include "ckpt/zip/archive.hpp"
#include "ckpt/zip/compressed.hpp"
#include "ckpt/zip/inflate.hpp"
#include "ckpt/zip/local_headers.hpp"
#include "formats/check_parts.hpp"

namespace ckpt::formats {

namespace {

constexpr std::uint64_t most_pickle_bytes = std::uint64_t{1} << 28;
constexpr std::uint64_t most_inflated_bytes = std::uint64_t{1} << 26;

/// Enough to see how a record begins.
constexpr std::uint64_t storage_start_bytes = 64;
constexpr std::uint64_t record_start_bytes = 4096;

std::string_view without_folder(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

bool is_pickle_name(std::string_view name) {
  constexpr std::string_view ending = ".pkl";
  if (name.size() < ending.size()) return false;
  return std::ranges::equal(name.substr(name.size() - ending.size()), ending, {},
                            [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
}

/// A record as it lies in the file, and what unfolding it would take.
struct Payload {
  std::string record;
  FileRange range;
  zip::Method method = zip::Method::stored;
  std::uint64_t unfolded_bytes = 0;  ///< of a deflated one, where the zip says
  std::uint64_t end_offset = 0;      ///< where it must end, should its range be too short
};

class ZipPickles {
 public:
  explicit ZipPickles(const CheckJob& job)
      : job_(job),
        checked_(job.checked),
        inspector_(checked_.kind == FileKind::torch_script ? torch::Dialect::torchscript
                                                           : torch::Dialect::python),
        bytes_left_(4 * checked_.file_bytes + most_inflated_bytes) {}

  void run(const zip::Archive* archive) {
    if (archive != nullptr)
      inspect_entries(*archive);
    else
      inspect_headers({job_.file, 0, checked_.file_bytes}, "");
    note_unseen();
    append_safety(checked_.safety, inspector_.result());
  }

 private:
  void inspect_entries(const zip::Archive& archive) {
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

  /// Nothing where the local header leads nowhere.
  static std::optional<FileRange> find_range(const zip::Archive& archive, const zip::Entry& entry) {
    try {
      return archive.payload(entry);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::io) throw;
      return std::nullopt;
    }
  }

  /// By the headers alone, each record up to the next.
  void inspect_headers(const FileRange& whole, const std::string& outer) {
    const std::uint64_t end = whole.offset + whole.size_bytes;
    zip::LocalSignatures signatures(*job_.file);
    auto offset = signatures.find(whole.offset);
    while (offset && *offset < end) {
      const auto next = signatures.find(*offset + 4);
      const std::uint64_t limit = std::min(next.value_or(end), end);
      const auto header = zip::find_local_header(*job_.file, *offset);
      if (header && !spend(header->payload_offset - *offset)) return note_too_many(*offset);
      if (header && limit > header->payload_offset)
        look({.record = concat(outer, without_folder(header->name)),
              .range = {job_.file, header->payload_offset, limit - header->payload_offset},
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

  void note_too_many(std::uint64_t offset) {
    checked_.safety.tricks.push_back(
        {"", static_cast<std::size_t>(offset), "holds more headers than are looked through"});
  }

  void look(const Payload& payload) {
    if (is_pickle_name(payload.record)) return look_at_pickle(payload);
    const bool is_storage = is_storage_record(payload.record);
    const Bytes start = read(payload, is_storage ? storage_start_bytes : record_start_bytes);
    const std::string_view text = as_text(start);
    if (text.starts_with("PK\3\4") && payload.method == zip::Method::stored)
      return inspect_headers(payload.range, concat(payload.record, ": "));
    if (!is_storage && torch::looks_like_pickle(text))
      return inspect(payload.record, read_pickle(payload));
    const std::size_t skipped = npy_header_bytes(text);
    const std::string_view compression = zip::compression_of(start);
    if (!is_storage && !compression.empty() && !can_unfold(compression))
      unseen_.push_back(concat(quote(payload.record), ", ", compression));
    if (skipped == 0 && !can_unfold(compression) && !torch::is_suspect(start)) return;
    const Bytes bytes = read(payload, most_pickle_bytes);
    if (can_unfold(compression)) inspect_compressed(inspector_, bytes, payload.record);
    inspector_.inspect_suspect(ByteView(bytes).subspan(std::min(skipped, bytes.size())),
                               payload.record);
  }

  /// PyTorch refuses a pickle that is compressed by itself; joblib and pandas read it.
  void look_at_pickle(const Payload& payload) {
    const Bytes bytes = read_pickle(payload);
    const std::string_view compression = zip::compression_of(bytes);
    const bool is_unfolded = can_unfold(compression);
    if (!compression.empty())
      checked_.safety.tricks.push_back(
          {payload.record, 0,
           concat("is compressed with ", compression,
                  is_unfolded ? "" : ", which is not looked into")});
    if (is_unfolded) inspect_compressed(inspector_, bytes, payload.record);
    inspect(payload.record, bytes);
  }

  void note_unseen() {
    if (unseen_.empty()) return;
    checked_.remarks.push_back(
        concat(counted(unseen_.size(), "record is", "records are"),
               " compressed and not looked into, the first: ", unseen_.front()));
  }

  void inspect(const std::string& record, const Bytes& bytes) {
    inspector_.inspect(bytes, record);
    if (record != "data.pkl" || checked_.loading.is_known) return;
    const pickle::Scan scan = pickle::scan(bytes);
    const torch::WeightsOnly verdict = torch::judge_weights_only(scan, torch::Origin::zip);
    checked_.loading.is_known = true;
    checked_.loading.since = release_name(verdict.since);
    if (verdict.refusal)
      checked_.loading.weights_only_refusal =
          concat("byte ", verdict.refusal->offset, ": ", verdict.refusal->reason);
  }

  /// What the zip says it is; where that is no pickle, what it may be for those who do not ask.
  Bytes read_pickle(const Payload& payload) {
    Bytes bytes = read(payload, most_pickle_bytes);
    if (!pickle::scan(bytes).broken) return bytes;
    Payload other = payload;
    other.method =
        payload.method == zip::Method::stored ? zip::Method::deflated : zip::Method::stored;
    Bytes others = read(other, most_pickle_bytes);
    if (torch::is_suspect(others) && !torch::is_suspect(bytes)) return others;
    return payload.method == zip::Method::stored ? read_longer(payload, std::move(bytes)) : bytes;
  }

  /// A signature in a string is no end; nobody gets the whole file read for each of them.
  Bytes read_longer(Payload payload, Bytes bytes) {
    const std::uint64_t rest =
        std::min(payload.end_offset - payload.range.offset, most_pickle_bytes);
    if (rest <= payload.range.size_bytes || !spend(rest)) return bytes;
    payload.range.size_bytes = rest;
    return read(payload, most_pickle_bytes);
  }

  /// The first bytes of it, as they are, whatever the CRC says.
  Bytes read(const Payload& payload, std::uint64_t most_bytes) const {
    const FileRange& range = payload.range;
    if (payload.method == zip::Method::stored)
      return job_.file->read_bytes(range.offset, std::min(range.size_bytes, most_bytes));
    return inflated(payload, most_bytes);
  }

  /// A pickle compresses well, but not without end: what unfolds to more is a bomb.
  static Bytes inflated(const Payload& payload, std::uint64_t most_bytes) {
    constexpr std::uint64_t most_ratio = 100;
    const FileRange& range = payload.range;
    const std::uint64_t bound =
        std::min(range.size_bytes, most_pickle_bytes) * most_ratio + (1 << 16);
    const std::uint64_t declared =
        payload.unfolded_bytes == 0 ? most_inflated_bytes : payload.unfolded_bytes;
    Bytes bytes(static_cast<std::size_t>(std::min({most_bytes, declared, bound})));
    try {
      bytes.resize(zip::Inflater(range, declared).read(bytes));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::io) throw;  // what came before the damage is there
    }
    return bytes;
  }

  const CheckJob& job_;
  Checked& checked_;
  torch::SafetyInspector inspector_;
  std::uint64_t bytes_left_;
  std::vector<std::string> unseen_;  // names and how they are compressed
};

}  // namespace

bool is_storage_record(std::string_view record) {
  return record.starts_with("data/") || record.starts_with("constants/") ||
         record.starts_with("tensors/");
}

std::size_t npy_header_bytes(std::string_view start) {
  constexpr std::size_t preamble_bytes = 10;
  if (!start.starts_with("\x93NUMPY\x01") || start.size() < preamble_bytes) return 0;
  return preamble_bytes + from_little_endian<std::uint16_t>(as_bytes(start).data() + 8);
}

void inspect_zip(const CheckJob& job, const zip::Archive* archive) { ZipPickles(job).run(archive); }

}  // namespace ckpt::formats
