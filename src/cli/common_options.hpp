// Options that several commands have, declared once so that they mean the same everywhere. run()
// declares --help, --color, --quiet and --verbose for all commands.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/base/atomic_file.hpp"
#include "cli/options.hpp"

namespace ckpt::cli {

/// -j/--threads N, from 1 to 1024.
struct ThreadOptions {
  std::optional<std::uint64_t> count;  ///< nothing: as many as suit the work

  unsigned count_or(unsigned usual) const { return count ? static_cast<unsigned>(*count) : usual; }
};
void declare_threads(Options& options, ThreadOptions& threads);

/// -o/--output FILE, -f/--force, -n/--dry-run, -j/--threads, and --in-place where offered. A
/// command line without an output, an edit in place or a dry run is refused.
struct OutputOptions {
  std::optional<std::filesystem::path> path;
  bool is_in_place = false;
  Overwrite overwrite = Overwrite::no;
  Flush flush = Flush::yes;
  bool is_dry_run = false;  ///< print the plan, write nothing; `path` may be missing
  ThreadOptions threads = {};
};
enum class InPlace { refused, offered };
void declare_output(Options& options, OutputOptions& output, InPlace in_place = InPlace::refused);

/// --json
struct PrintOptions {
  bool is_json = false;
};
void declare_printing(Options& options, PrintOptions& print);

/// --root PATH: the dict of the file that is the state dict.
void declare_root(Options& options, std::optional<std::string>& root);

/// --keep and --drop (aliases --include and --exclude), each repeatable; --drop wins.
struct SelectionOptions {
  std::vector<std::string> keep;
  std::vector<std::string> drop;
};
void declare_selection(Options& options, SelectionOptions& selection);

}  // namespace ckpt::cli
