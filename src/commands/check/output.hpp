// The forms in which `ckpt check` says what it found.
#pragma once

#include <span>
#include <string>

#include "ckpt/render/color.hpp"
#include "ckpt/render/escaping.hpp"
#include "commands/check/report.hpp"

namespace ckpt::commands {

enum class Detail : std::uint8_t {
  reasons,  ///< why it is not ok
  globals   ///< and every callable, with whether weights_only allows it
};

struct TextOptions {
  Detail detail = Detail::reasons;
  bool is_verbose = false;  ///< remarks, and how torch would load it
  render::Escaping escaping = render::Escaping::none;
  render::Palette palette = {};
};

/// A line, and the reasons indented below it.
std::string to_text(const FileReport& report, const TextOptions& options);
/// Schema ckpt.check/1.
std::string to_json(std::span<const FileReport> reports);
/// As JUnit writes it and CI systems show it: a test case a file, a failure for each that is not
/// ok, an error for each that could not be looked at.
std::string to_junit(std::span<const FileReport> reports);

}  // namespace ckpt::commands
