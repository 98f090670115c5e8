#include "cli/output_files.hpp"

#include <optional>

#include "ckpt/base/error.hpp"
#include "ckpt/base/file.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::cli {

void refuse_input_as_output(const std::filesystem::path& output,
                            const std::vector<std::filesystem::path>& inputs) {
  const std::optional<FileIdentity> identity = find_identity(output);
  if (!identity) return;
  for (const std::filesystem::path& input : inputs) {
    if (find_identity(input) != identity) continue;
    const std::string name = input == output ? "" : concat(' ', input.string());
    throw Error(ErrorKind::usage, concat(output.string(), ": is the input", name,
                                         "; the output must be another file"));
  }
}

void refuse_inputs_as_outputs(const Options& options) {
  const std::vector<std::filesystem::path> outputs = options.outputs();
  if (outputs.empty()) return;
  const std::vector<std::filesystem::path> inputs = options.inputs();
  for (const std::filesystem::path& output : outputs) refuse_input_as_output(output, inputs);
}

}  // namespace ckpt::cli
