#include <algorithm>

#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"
#include "commands/check/output.hpp"

namespace ckpt::commands {

namespace {

/// XML 1.0 cannot represent most control characters at all: they are written as \x1b.
std::string xml(std::string_view text) {
  std::string out;
  for (const char letter : escape_controls(text)) {
    switch (letter) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += letter;
    }
  }
  return out;
}

std::string test_case(const FileReport& report) {
  const std::string open =
      concat("    <testcase classname=\"ckpt.check\" name=\"", xml(report.path.string()), '"');
  if (report.is_good()) return concat(open, "/>\n");
  const std::string_view element =
      report.is_unreadable() || report.is_unchecked() ? "error" : "failure";
  std::string lines;
  for (const std::string& reason : report.reasons()) lines += concat(xml(reason), "\n");
  return concat(open, ">\n      <", element, " type=\"", xml(report.verdict()), "\" message=\"",
                xml(report.verdict()), "\">", lines, "</", element, ">\n    </testcase>\n");
}

}  // namespace

std::string to_junit(std::span<const FileReport> reports) {
  const auto errors = std::ranges::count_if(reports, [](const FileReport& report) {
    return report.is_unreadable() || report.is_unchecked();
  });
  const auto good = std::ranges::count_if(reports, &FileReport::is_good);
  const auto failures = std::ssize(reports) - errors - good;
  const std::string counts =
      concat("tests=\"", reports.size(), "\" failures=\"", failures, "\" errors=\"", errors, '"');
  std::string text = concat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites ", counts,
                            ">\n  <testsuite name=\"ckpt check\" ", counts, ">\n");
  for (const FileReport& report : reports) text += test_case(report);
  return concat(text, "  </testsuite>\n</testsuites>\n");
}

}  // namespace ckpt::commands
