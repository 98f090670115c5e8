#include "commands/text_file.hpp"

#include "ckpt/base/error.hpp"
#include "ckpt/base/file.hpp"
#include "ckpt/base/text.hpp"
#include "cli/held_signals.hpp"

namespace ckpt::commands {

namespace {
constexpr std::uint64_t most_bytes = std::uint64_t{256} << 20;
}  // namespace

std::string read_text_file(const std::filesystem::path& path) {
  const auto file = File::open(path);
  if (file->size_bytes() > most_bytes)
    throw Error(ErrorKind::limit,
                concat(path.string(), ": too large for a text: ", file->size_bytes(), " bytes"));
  const Bytes bytes = file->read_bytes(0, file->size_bytes());
  const std::string_view text = as_text(bytes);
  if (text.find('\0') != std::string_view::npos)
    throw Error(ErrorKind::usage, concat(path.string(), ": is no text, but a file of bytes"));
  return std::string(text);
}

void write_text_file(const std::filesystem::path& path, std::string_view text,
                     Overwrite overwrite) {
  const cli::HeldSignals held;
  AtomicFile file(path, overwrite);
  file.write(as_bytes(text));
  file.commit();
}

}  // namespace ckpt::commands
