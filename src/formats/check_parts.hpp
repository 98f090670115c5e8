// The parts of checking a file, a family of formats each.
#pragma once

#include <memory>

#include "ckpt/base/file.hpp"
#include "ckpt/formats/check.hpp"
#include "ckpt/zip/archive.hpp"

namespace ckpt::formats {

/// What the kind alone says.
Verdict first_verdict(FileKind kind);
/// Whether the file is compressed as a whole.
bool is_packed(FileKind kind);

struct CheckJob {
  std::shared_ptr<const File> file;
  const CheckOptions& options;
  Checked& checked;
};

/// A zip with an object inside, whole or not: its pickles, its storages, every byte if asked.
void check_zip(const CheckJob& job);
/// What the pickles in a zip would do, added to what is known of the file; `archive` may be nullptr
/// for one whose directory cannot be read.
void inspect_zip(const CheckJob& job, const zip::Archive* archive);
/// Whether "data/0" holds the bytes of a storage.
bool is_storage_record(std::string_view record);
/// Of a .npy file that starts like this: where its elements begin, or 0 when it is none.
std::size_t npy_header_bytes(std::string_view start);

/// Whether data compressed like this is looked into; `compression` as zip::compression_of says.
bool can_unfold(std::string_view compression);
/// The pickle inside of such data, told only if it does harm.
void inspect_compressed(torch::SafetyInspector& inspector, ByteView packed,
                        const std::string& place);

/// The pickles of a stream by torch.save before 1.6, and its storages by their lengths.
void check_legacy(const CheckJob& job);
/// A pickle by itself, or what begins like one.
void check_pickle(const CheckJob& job);

/// Pickles in a file of another kind, at its start or in a tar: told only if they do harm.
void check_disguise(const CheckJob& job);
/// A zip that something else stands in front of, as many programs accept.
void check_appended_zip(const CheckJob& job);

void append_safety(torch::Safety& all, torch::Safety more);
/// Adds a problem and the verdict that goes with it, unless a worse one is there.
void add_problem(Checked& checked, Verdict verdict, Problem problem);

}  // namespace ckpt::formats
