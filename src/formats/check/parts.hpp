// The parts of checking a file, a family of formats each.
#pragma once

#include <functional>
#include <memory>

#include "ckpt/base/file.hpp"
#include "ckpt/formats/check.hpp"
#include "ckpt/zip/archive.hpp"
#include "ckpt/zip/audit.hpp"
#include "formats/check/insides.hpp"

namespace ckpt::formats {

/// What the kind alone says.
Verdict first_verdict(FileKind kind);
/// Whether the file is compressed as a whole.
bool is_packed(FileKind kind);

struct CheckJob {
  std::shared_ptr<const File> file;
  const CheckOptions& options;
  Checked& checked;
  Insides& insides;
};

/// A zip of no format that ckpt reads: its pickles, every byte if asked.
void check_zip(const CheckJob& job);
/// The archive of the file, or nullptr; that it is cut or damaged is added as a problem then.
std::shared_ptr<const zip::Archive> open_archive(const CheckJob& job);
/// Reads every byte, and adds remarks on what cannot be verified. Returns what is damaged.
std::vector<zip::Damage> audit_bytes(const CheckJob& job, const zip::Archive& archive,
                                     std::uint64_t alignment_bytes);
/// Adds a damage as a problem; `tensors` are those that lie in the record.
void add_damage(Checked& checked, const zip::Damage& damage, std::vector<std::string> tensors);
/// Why torch.load refuses the file; the first reason counts.
void refuse_loading(Checked& checked, std::string reason);
/// "m/data.pkl" -> "data.pkl": records of an archive usually lie in one folder.
std::string_view without_folder(std::string_view name);
/// What the pickles in a zip would do, added to what is known of the file; `archive` may be nullptr
/// for one whose directory cannot be read.
void inspect_zip(const CheckJob& job, const Layer& layer, const zip::Archive* archive);
/// A zip of which nothing is known yet.
void inspect_unopened_zip(const CheckJob& job, const Layer& layer);
/// Whether there is an end record in the last bytes, before which a directory may be.
bool has_end_record(const File& file, std::uint64_t tail_bytes);
/// Whether "data/0" holds the bytes of a storage.
bool is_storage_record(std::string_view record);
/// Whether it ends in ".pkl", whatever the case.
bool is_pickle_name(std::string_view name);
/// Of a .npy file that starts like this: where its elements begin, or 0 when it is none.
std::size_t npy_header_bytes(std::string_view start);

/// gzip or zlib data is added to what is to be looked into, and true returned; other compressed
/// data is noted.
bool add_compressed(const CheckJob& job, const Inside& part, ByteView start);
/// Likewise an archive that starts so, a zip or a tar.
bool add_archive(const CheckJob& job, const Inside& part, ByteView start);
/// Likewise a zip that something else stands in front of.
bool add_hidden_zip(const CheckJob& job, const Inside& part);
/// Whether data compressed like this is looked into; `compression` as zip::compression_of says.
bool can_unfold(std::string_view compression);
/// All that was added, and what is found in it.
void inspect_insides(const CheckJob& job);

/// The pickles that the bytes begin with, one after the other: read until they end.
struct PickleBytes {
  Bytes bytes = {};
  bool is_cut = false;  ///< they go on, but no more than this is read
};
/// `read_first` returns so many bytes from the start, or all there are.
PickleBytes read_pickles(const Insides& insides, std::uint64_t most_bytes,
                         const std::function<Bytes(std::uint64_t)>& read_first);
/// The same of a stretch whose strings and lines may be longer than anybody wants to read: those
/// that are longer than 64 KiB are left out, wherever they end.
PickleBytes read_without_long_values(const Insides& insides, const FileRange& range);
/// Whether a stretch of `size_bytes` that starts so may begin with a pickle that does something.
bool is_worth_reading(ByteView start, std::uint64_t size_bytes);
/// No suspect is looked into further than this.
inline constexpr std::uint64_t most_suspect_bytes = std::uint64_t{1} << 24;
/// Counts a record that starts so and is no pickle, in an archive that may be no checkpoint.
void note_unread(Checked& checked, const std::string& place, ByteView start);
/// Tells that one goes on there.
void note_cut(const CheckJob& job, const std::string& place);

/// The pickles of a stream by torch.save before 1.6, and its storages by their lengths.
void check_legacy(const CheckJob& job);
/// A pickle by itself, or what begins like one.
void check_pickle(const CheckJob& job);

/// A tar: its members are looked at, and what holds more is added.
void inspect_tar(const CheckJob& job, const Layer& layer);
/// The pickles at the start of a stretch of a layer.
void inspect_pickles(const CheckJob& job, torch::SafetyInspector& inspector, const Inside& part,
                     ByteView start, torch::Behind behind = torch::Behind::pickles);
/// Pickles with other bytes between them, if the first is a number, as in a tar of the first torch.
void inspect_counted_pickles(const CheckJob& job, torch::SafetyInspector& inspector,
                             const Inside& part);
/// How a stretch begins: what every test looks at.
Bytes read_start_of(const FileRange& range);

/// Pickles in a file of another kind, at its start or in a tar: told only if they do harm.
void check_disguise(const CheckJob& job);
/// A zip that something else stands in front of, as many programs accept.
void check_appended_zip(const CheckJob& job);

void append_safety(torch::Safety& all, torch::Safety more);
/// Adds a problem and the verdict that goes with it, unless a worse one is there.
void add_problem(Checked& checked, Verdict verdict, Problem problem);

}  // namespace ckpt::formats
