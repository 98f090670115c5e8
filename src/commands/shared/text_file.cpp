#include "commands/shared/text_file.hpp"

#include <fstream>

#include "ckpt/base/error.hpp"
#include "ckpt/base/file.hpp"
#include "ckpt/base/text.hpp"
#include "cli/held_signals.hpp"

namespace ckpt::commands {

namespace {
constexpr std::uint64_t most_bytes = std::uint64_t{256} << 20;

[[noreturn]] void throw_too_large(const std::filesystem::path& path) {
  throw Error(ErrorKind::limit,
              concat(path.string(), ": too large for a text: more than ", most_bytes, " bytes"));
}

std::string read_stream(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw Error(ErrorKind::io, concat(path.string(), ": cannot be opened"));
  std::string text;
  std::string block(std::size_t{64} << 10, '\0');
  while (stream.read(block.data(), static_cast<std::streamsize>(block.size())) ||
         stream.gcount() > 0) {
    text.append(block, 0, static_cast<std::size_t>(stream.gcount()));
    if (text.size() > most_bytes) throw_too_large(path);
  }
  return text;
}

std::string read_file(const std::filesystem::path& path) {
  const auto file = File::open(path);
  if (file->size_bytes() > most_bytes) throw_too_large(path);
  const Bytes bytes = file->read_bytes(0, file->size_bytes());
  return std::string(as_text(bytes));
}

}  // namespace

bool is_stream(const std::filesystem::path& path) {
  std::error_code ignored;
  const std::filesystem::file_type type = std::filesystem::status(path, ignored).type();
  return type == std::filesystem::file_type::fifo || type == std::filesystem::file_type::character;
}

std::string read_text_file(const std::filesystem::path& path) {
  std::string text = is_stream(path) ? read_stream(path) : read_file(path);
  if (text.find('\0') != std::string_view::npos)
    throw Error(ErrorKind::usage, concat(path.string(), ": is no text, but a file of bytes"));
  return text;
}

void write_text_file(const std::filesystem::path& path, std::string_view text,
                     Overwrite overwrite) {
  const cli::HeldSignals held;
  AtomicFile file(path, overwrite);
  file.write(as_bytes(text));
  file.commit();
}

}  // namespace ckpt::commands
