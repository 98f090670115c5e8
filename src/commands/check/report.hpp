// The result of `ckpt check` for one file, before it is printed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/base/error.hpp"
#include "ckpt/formats/check.hpp"

namespace ckpt::commands {

/// A tensor with NaN or infinite elements, or with equal elements only.
struct Oddity {
  std::string path = {};
  std::uint64_t element_count = 0;
  std::uint64_t nan_count = 0;
  std::uint64_t infinity_count = 0;
  std::string first_index = {};  ///< "[3, 0]" of the first element that is not finite
  bool is_zero = false;          ///< all elements are 0
  bool is_constant = false;      ///< all elements are equal

  bool is_finite() const { return nan_count + infinity_count == 0; }
};

/// What is reported about one file.
struct FileReport {
  std::filesystem::path path = {};
  std::optional<Error> error = {};                 ///< it could not be examined
  std::optional<Error> tensors_error = {};         ///< its tensors could not be counted or read
  formats::Checked checked = {};                   ///< without its document, which is closed
  std::optional<std::uint64_t> tensor_count = {};  ///< if it can be opened
  formats::Depth depth = formats::Depth::structure;
  bool has_finite_check = false;
  std::vector<Oddity> oddities = {};

  bool is_finite() const;
  bool is_unchecked() const {
    return !error && !tensors_error && checked.verdict == formats::Verdict::unchecked &&
           is_finite();
  }
  bool is_good() const {
    return !is_unreadable() && checked.verdict == formats::Verdict::ok && is_finite();
  }
  /// Whether nothing is known because the file could not be read.
  bool is_unreadable() const {
    return error || (tensors_error && checked.verdict == formats::Verdict::ok);
  }
  /// "every byte", "structure" or "pickles"
  std::string_view looked_at() const;
  /// "ok", "unsafe", ..., "not finite", "unreadable"
  std::string_view verdict() const;
  /// Why it is not ok, one line per reason.
  std::vector<std::string> reasons() const;
};

/// "calls builtins.eval('1'), written __builtin__.eval"
std::string callable_text(const torch::Callable& callable);
std::string oddity_text(const Oddity& oddity);

}  // namespace ckpt::commands
