// ckpt hash: hashes the content of the tensors; container, order and strides do not matter.
#include "commands/commands.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/diff/content_hash.hpp"
#include "ckpt/diff/parallel.hpp"
#include "ckpt/render/json.hpp"
#include "cli/common_options.hpp"
#include "cli/progress_line.hpp"
#include "commands/hash/manifest.hpp"
#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_hash{
    cli::Example{"ckpt hash testdata/torch-2.13/plain.pt testdata/torch-1.13/plain.pt",
                 "the same tensors have the same hash"},
    cli::Example{"ckpt hash --per-tensor testdata/torch-2.13/plain.pt > plain.hashes",
                 "a manifest for ckpt hash --check plain.hashes"},
};

constexpr std::size_t sha256_digits = 64;

struct FileHashes {
  diff::Names names = {};
  std::vector<diff::NamedDigest> tensors = {};  ///< sorted by name
  diff::Digest all = {};
};

class Hash : public cli::Command {
 public:
  std::string_view name() const override { return "hash"; }
  std::string_view summary() const override { return "hash of the tensors, in any container"; }
  std::span<const cli::Example> examples() const override { return examples_of_hash; }

  void declare(cli::Options& options) override {
    options.positionals("FILE", files_, cli::Count::any, "checkpoints");
    options.flag("-a,--all", is_all_, "tensors of the whole file by path, not only of the root");
    options.flag("--per-tensor", is_per_tensor_, "a line for each tensor");
    options.flag("--sha256", kind_, diff::HashKind::sha256, "SHA-256 in place of XXH3-128");
    options.value("--check", manifest_, "compare with the lines that ckpt hash wrote", "MANIFEST");
    cli::declare_root(options, root_);
    cli::declare_threads(options, threads_);
    cli::declare_printing(options, print_);
    for (const std::string_view other : {"--per-tensor", "--sha256", "--json"})
      options.excludes("--check", other);
    options.check([this] {
      if (files_.empty() && !manifest_)
        throw Error(ErrorKind::usage, "expected a checkpoint, or --check MANIFEST");
      if (!files_.empty() && manifest_)
        throw Error(ErrorKind::usage, "--check takes the files from the manifest",
                    "leave out the files");
    });
  }

  cli::ExitCode run(cli::Console& console) override {
    if (manifest_) return check(console);
    return print_.is_json ? print_json(console) : print_lines(console);
  }

 private:
  FileHashes hash(const std::filesystem::path& file, diff::HashKind kind,
                  cli::Console& console) const {
    const Checkpoint checkpoint =
        is_all_ ? open_checkpoint(file, root_) : open_for_reading(file, root_);
    if (!is_all_) within(file.string(), [&] { require_tensors(checkpoint); });
    const auto optimizers = diff::positions_in_optimizers(checkpoint.tree());
    FileHashes hashes;
    const diff::Side side{file.string(), checkpoint.tree(), checkpoint.root, optimizers,
                          hashes.names};
    diff::Selection everything;
    match::Renaming as_they_are({});
    std::vector<diff::Leaf> leaves =
        within(file.string(), [&] { return collect_leaves(side, everything, as_they_are); });
    std::erase_if(leaves, [&](const diff::Leaf& leaf) {
      return !leaf.is_tensor || (!is_all_ && leaf.area != diff::Area::root);
    });
    cli::ProgressLine progress(
        console,
        model::storage_bytes_below(side.tree, is_all_ ? side.tree.root() : side.root.node));
    const diff::HashOptions options{
        .kind = kind,
        .thread_count = threads_.count_or(diff::usual_thread_count()),
        .on_progress = [&](std::uint64_t bytes) { progress.advance(bytes); }};
    hashes.tensors = within(file.string(), [&] { return hash_tensors(side, leaves, options); });
    if (is_all_)
      for (std::size_t i = 0; i < leaves.size(); ++i)
        if (leaves[i].area == diff::Area::root) hashes.tensors[i].name = leaves[i].path;
    sort_by_name(hashes.names, hashes.tensors);
    hashes.all = combine(hashes.names, hashes.tensors, kind);
    return hashes;
  }

  cli::ExitCode print_lines(cli::Console& console) const {
    cli::ExitCode code = cli::ExitCode::done;
    for (const std::filesystem::path& file : files_) {
      const std::optional<FileHashes> hashes = find_hashes(file, kind_, console);
      if (hashes) {
        print_file(file, *hashes, console);
      } else {
        code = cli::ExitCode::not_done;
      }
    }
    return code;
  }

  /// Nothing, after an error on stderr, for a file that cannot be read: the next files are still
  /// hashed.
  std::optional<FileHashes> find_hashes(const std::filesystem::path& file, diff::HashKind kind,
                                        cli::Console& console) const {
    try {
      return hash(file, kind, console);
    } catch (const Error& error) {
      console.report(error);
      return std::nullopt;
    }
  }

  void print_file(const std::filesystem::path& file, const FileHashes& hashes,
                  cli::Console& console) const {
    if (!is_per_tensor_) return print_line({hashes.all.text(), file.string()}, console);
    for (const diff::NamedDigest& tensor : hashes.tensors)
      print_line({tensor.digest.text(), file.string(), hashes.names.text(tensor.name)}, console);
  }

  static void print_line(const ManifestLine& line, cli::Console& console) {
    // The tab between file and name must not be shown as an escaped control character.
    const std::string text = manifest_text(line);
    std::string shown;
    for (const std::string_view part : split(text, '\t'))
      shown += concat(shown.empty() ? "" : "\t", render::escaped(part, console.escaping()));
    console.out(concat(shown, "\n"));
  }

  cli::ExitCode print_json(cli::Console& console) const {
    render::JsonWriter json;
    json.begin_object();
    json.member("schema", "ckpt.hash/1");
    json.member("algorithm", kind_ == diff::HashKind::sha256 ? "sha256" : "xxh3_128");
    json.key("files");
    json.begin_array();
    for (const std::filesystem::path& file : files_) {
      const FileHashes hashes = hash(file, kind_, console);
      json.begin_object();
      json.member("file", file.string());
      json.member("hash", hashes.all.text());
      json.key("tensors");
      json.begin_array();
      for (const diff::NamedDigest& tensor : hashes.tensors) {
        json.begin_object();
        json.member("name", hashes.names.text(tensor.name));
        json.member("hash", tensor.digest.text());
        json.end_object();
      }
      json.end_array();
      json.end_object();
    }
    json.end_array();
    json.end_object();
    console.out(json.take_text());
    return cli::ExitCode::done;
  }

  cli::ExitCode check(cli::Console& console) const {
    const std::shared_ptr<const File> manifest = File::open(*manifest_);
    const Bytes bytes = manifest->read_bytes(0, manifest->size_bytes());
    const std::vector<ManifestLine> lines =
        within(manifest_->string(), [&] { return parse_manifest(as_text(bytes)); });
    std::map<std::pair<std::string, diff::HashKind>, std::optional<FileHashes>> known;
    std::uint64_t failures = 0;
    bool is_unread = false;
    for (const ManifestLine& line : lines) {
      const diff::HashKind kind =
          line.hash.size() == sha256_digits ? diff::HashKind::sha256 : diff::HashKind::xxh3_128;
      auto found = known.find({line.file, kind});
      if (found == known.end())
        found =
            known.emplace(std::pair(line.file, kind), find_hashes(line.file, kind, console)).first;
      is_unread = is_unread || !found->second;
      const std::string_view verdict =
          found->second ? verdict_on(line, *found->second) : "FAILED open or read";
      if (verdict != "OK") ++failures;
      print_verdict(line, verdict, console);
    }
    if (failures > 0)
      console.say(
          concat(failures, " of ", counted(lines.size(), "hash", "hashes"), " did not match"));
    if (is_unread) return cli::ExitCode::not_done;
    return failures == 0 ? cli::ExitCode::done : cli::ExitCode::no;
  }

  static std::string_view verdict_on(const ManifestLine& line, const FileHashes& hashes) {
    if (!line.tensor) return hashes.all.text() == line.hash ? "OK" : "FAILED";
    const auto name_of = [&](const diff::NamedDigest& tensor) {
      return hashes.names.text(tensor.name);
    };
    const auto found = std::ranges::lower_bound(hashes.tensors, *line.tensor, {}, name_of);
    if (found == hashes.tensors.end() || name_of(*found) != *line.tensor) return "MISSING";
    return found->digest.text() == line.hash ? "OK" : "FAILED";
  }

  static void print_verdict(const ManifestLine& line, std::string_view verdict,
                            cli::Console& console) {
    if (console.verbosity() == cli::Verbosity::quiet) return;
    const std::string name = line.tensor ? concat(line.file, ": ", *line.tensor) : line.file;
    console.out(concat(render::escaped(name, console.escaping()), ": ", verdict, "\n"));
  }

  std::vector<std::filesystem::path> files_;
  std::optional<std::filesystem::path> manifest_;
  std::optional<std::string> root_;
  cli::ThreadOptions threads_;
  cli::PrintOptions print_;
  diff::HashKind kind_ = diff::HashKind::xxh3_128;
  bool is_all_ = false;
  bool is_per_tensor_ = false;
};

}  // namespace

std::unique_ptr<cli::Command> make_hash() { return std::make_unique<Hash>(); }

}  // namespace ckpt::commands
