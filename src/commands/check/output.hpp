// The output formats of `ckpt check`.
#pragma once

#include <span>
#include <string>

#include "ckpt/render/color.hpp"
#include "ckpt/render/escaping.hpp"
#include "commands/check/report.hpp"

namespace ckpt::commands {

enum class Detail : std::uint8_t {
  reasons,  ///< why a file is not ok
  globals   ///< also every callable, and whether weights_only allows it
};

struct TextOptions {
  Detail detail = Detail::reasons;
  bool is_verbose = false;  ///< also remarks, and how torch would load the file
  render::Escaping escaping = render::Escaping::none;
  render::Palette palette = {};
};

/// One line, with the reasons indented below it.
std::string to_text(const FileReport& report, const TextOptions& options);
/// Schema ckpt.check/1.
std::string to_json(std::span<const FileReport> reports);
/// JUnit XML, which CI systems display: a test case per file, a failure for a file that is not ok,
/// an error for a file that could not be read.
std::string to_junit(std::span<const FileReport> reports);

}  // namespace ckpt::commands
