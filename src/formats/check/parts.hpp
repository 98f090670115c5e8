// The functions that check a file; each family of formats has a .cpp of its own.
#pragma once

#include <functional>
#include <memory>

#include "ckpt/base/file.hpp"
#include "ckpt/formats/check.hpp"
#include "ckpt/zip/archive.hpp"
#include "ckpt/zip/audit.hpp"
#include "formats/check/insides.hpp"

namespace ckpt::formats {

/// The verdict that follows from the kind.
Verdict first_verdict(FileKind kind);
/// Whether the file is compressed as a whole.
bool is_packed(FileKind kind);

/// The file that is checked, and the result that every part adds to.
struct CheckJob {
  std::shared_ptr<const File> file;
  const CheckOptions& options;
  Checked& checked;
  Insides& insides;
};

/// Checks a zip of a format that ckpt does not read: its pickles, and every byte if asked.
void check_zip(const CheckJob& job);
/// The archive of the file; nullptr, after adding a problem, when it is cut off or damaged.
std::shared_ptr<const zip::Archive> open_archive(const CheckJob& job);
/// Reads every byte; returns the damages, and adds remarks on records that cannot be verified.
std::vector<zip::Damage> audit_bytes(const CheckJob& job, const zip::Archive& archive,
                                     std::uint64_t alignment_bytes);
/// Adds a damage as a problem; `tensors` are the tensors in the record.
void add_damage(Checked& checked, const zip::Damage& damage, std::vector<std::string> tensors);
/// Notes why torch.load refuses the file; the first reason counts.
void refuse_loading(Checked& checked, std::string reason);
/// "m/data.pkl" -> "data.pkl": records of an archive usually lie in one folder.
std::string_view without_folder(std::string_view name);
/// Adds what the pickles in a zip would do. `archive` is nullptr when the directory cannot be read.
void inspect_zip(const CheckJob& job, const Layer& layer, const zip::Archive* archive);
/// Opens and inspects a zip of which nothing is known.
void inspect_unopened_zip(const CheckJob& job, const Layer& layer);
/// Whether the last bytes contain an end record.
bool has_end_record(const File& file, std::uint64_t tail_bytes);
/// Whether the record, such as "data/0", holds the bytes of a storage.
bool is_storage_record(std::string_view record);
/// Whether the name ends in ".pkl", in any case.
bool is_pickle_name(std::string_view name);
/// The offset of the elements in a .npy file that starts like this; 0 for other files.
std::size_t npy_header_bytes(std::string_view start);

/// Adds gzip or zlib data to the worklist and returns true; records other compressed data as
/// unseen.
bool add_compressed(const CheckJob& job, const Inside& part, ByteView start);
/// Adds an archive (zip or tar) that starts like this.
bool add_archive(const CheckJob& job, const Inside& part, ByteView start);
/// Adds a zip that has other data in front of it.
bool add_hidden_zip(const CheckJob& job, const Inside& part);
/// Whether data with this compression is inflated. `compression` is a result of
/// zip::compression_of.
bool can_unfold(std::string_view compression);
/// Examines everything in the worklist, and what is found in it.
void inspect_insides(const CheckJob& job);

/// The pickles at the start of some bytes, one after the other, read up to their end.
struct PickleBytes {
  Bytes bytes = {};
  bool is_cut = false;  ///< they continue, but no more is read
};
/// `read_first` returns this many bytes from the start, or all there are.
PickleBytes read_pickles(const Insides& insides, std::uint64_t most_bytes,
                         const std::function<Bytes(std::uint64_t)>& read_first);
/// The same for a range whose strings and lines may be very long: those longer than 64 KiB are left
/// out, wherever they end.
PickleBytes read_without_long_values(const Insides& insides, const FileRange& range);
/// Whether a range of `size_bytes` that starts like this may begin with a pickle that does
/// something.
bool is_worth_reading(ByteView start, std::uint64_t size_bytes);
/// How much of a suspect is examined.
inline constexpr std::uint64_t most_suspect_bytes = std::uint64_t{1} << 24;
/// Counts a record that is not a pickle, in an archive that may not be a checkpoint.
void note_unread(Checked& checked, const std::string& place, ByteView start);
/// Reports that a pickle continues behind the examined bytes.
void note_cut(const CheckJob& job, const std::string& place);

/// Checks the pickles of a torch.save stream before 1.6, and the lengths of its storages.
void check_legacy(const CheckJob& job);
/// Checks a bare pickle, or data that starts like one.
void check_pickle(const CheckJob& job);

/// Examines the members of a tar and adds nested archives.
void inspect_tar(const CheckJob& job, const Layer& layer);
/// Examines the pickles at the start of a range of a layer.
void inspect_pickles(const CheckJob& job, torch::SafetyInspector& inspector, const Inside& part,
                     ByteView start, torch::Behind behind = torch::Behind::pickles);
/// Examines pickles with other bytes between them when the first is a number, as in the tar of the
/// first torch.save.
void inspect_counted_pickles(const CheckJob& job, torch::SafetyInspector& inspector,
                             const Inside& part);
/// The first bytes of a range, which all tests look at.
Bytes read_start_of(const FileRange& range);

/// Looks for pickles in a file of another kind, at its start or in a tar. Reports them only if they
/// do harm.
void check_disguise(const CheckJob& job);
/// Checks a zip that has other data in front of it, which many programs accept.
void check_appended_zip(const CheckJob& job);

void append_safety(torch::Safety& all, torch::Safety more);
/// Adds a problem and its verdict, unless the file has a worse verdict already.
void add_problem(Checked& checked, Verdict verdict, Problem problem);

}  // namespace ckpt::formats
