#include "commands/check/salvage.hpp"

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/formats/endings.hpp"
#include "ckpt/formats/salvage.hpp"
#include "ckpt/render/json.hpp"
#include "ckpt/render/size_text.hpp"
#include "cli/held_signals.hpp"

namespace ckpt::commands {

namespace {

void print_lines(const formats::Fates& fates, cli::Console& console) {
  const auto line = [&](std::string_view fate, const formats::TensorFate& tensor) {
    const std::string reason = tensor.reason.empty() ? "" : concat(": ", tensor.reason);
    console.out(concat(fate, ' ', render::escaped(tensor.path, console.escaping()), reason, "\n"));
  };
  for (const formats::TensorFate& tensor : fates.saved) line("saved", tensor);
  for (const formats::TensorFate& tensor : fates.filled) line("filled", tensor);
  for (const formats::TensorFate& tensor : fates.lost) line("lost", tensor);
}

void write_fates(render::JsonWriter& json, std::string_view key,
                 const std::vector<formats::TensorFate>& tensors) {
  json.key(key);
  json.begin_array();
  for (const formats::TensorFate& tensor : tensors) {
    json.begin_object();
    json.member("path", tensor.path);
    if (!tensor.reason.empty()) json.member("reason", tensor.reason);
    json.end_object();
  }
  json.end_array();
}

std::string to_json(const std::filesystem::path& file, const formats::Fates& fates) {
  render::JsonWriter json;
  json.begin_object();
  json.member("schema", "ckpt.salvage/1");
  json.member("file", file.string());
  write_fates(json, "saved", fates.saved);
  write_fates(json, "filled", fates.filled);
  write_fates(json, "lost", fates.lost);
  json.end_object();
  return json.take_text();
}

formats::SaveReport save(const formats::Document& document, const SalvageOptions& options) {
  const cli::HeldSignals held;
  return formats::save_document(
      document, *options.output,
      {.overwrite = options.overwrite, .format = &formats::format_of_output(*options.output)});
}

}  // namespace

cli::ExitCode salvage(const std::filesystem::path& file, const SalvageOptions& options,
                      const cli::PrintOptions& print, cli::Console& console) {
  formats::Salvaged salvaged = formats::open_salvaged(file, formats::Verify::checksums);
  std::optional<formats::Document> older;
  if (options.older) older = formats::open_document(*options.older);
  const formats::Fates fates =
      within(file.string(), [&] { return formats::settle(salvaged, older ? &*older : nullptr); });
  if (fates.saved.empty() && fates.filled.empty() && !fates.lost.empty())
    throw Error(ErrorKind::malformed, concat(file.string(), ": no tensor is left of ",
                                             counted(fates.lost.size(), "tensor")));
  const formats::SaveReport report = save(salvaged.document, options);
  if (print.is_json)
    console.out(to_json(file, fates));
  else
    print_lines(fates, console);
  console.say(concat(counted(fates.saved.size(), "tensor"), " saved, ", fates.filled.size(),
                     " filled, ", fates.lost.size(), " lost, ",
                     render::human_bytes(report.written_bytes), " written"));
  return fates.lost.empty() ? cli::ExitCode::done : cli::ExitCode::no;
}

}  // namespace ckpt::commands
