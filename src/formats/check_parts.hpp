// The parts of checking a file, a family of formats each.
#pragma once

#include <memory>

#include "ckpt/base/file.hpp"
#include "ckpt/formats/check.hpp"

namespace ckpt::formats {

/// What the kind alone says.
Verdict first_verdict(FileKind kind);

struct CheckJob {
  std::shared_ptr<const File> file;
  const CheckOptions& options;
  Checked& checked;
};

/// A zip with an object inside, whole or not: its pickles, its storages, every byte if asked.
void check_zip(const CheckJob& job);
/// The pickles of a stream by torch.save before 1.6, and its storages by their lengths.
void check_legacy(const CheckJob& job);
/// A pickle by itself, or what begins like one.
void check_pickle(const CheckJob& job);

/// Adds a problem and the verdict that goes with it, unless a worse one is there.
void add_problem(Checked& checked, Verdict verdict, Problem problem);

}  // namespace ckpt::formats
