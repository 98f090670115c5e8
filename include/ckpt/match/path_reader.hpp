// The patterns of a set held against the paths of a tree step by step, from the top: a path costs
// what its last step costs, however deep it lies. For patterns about keys, what they say of a key
// is remembered for all that lies below it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/match/pattern.hpp"
#include "ckpt/model/key_path.hpp"

namespace ckpt::match {

/// How far the patterns have read a path.
enum class ReadPath : std::uint32_t {};

class PathReader {
 public:
  /// The path without steps.
  static constexpr ReadPath top{0};

  explicit PathReader(const PatternSet& patterns);
  ~PathReader();
  PathReader(PathReader&&) noexcept;

  /// `step` as paths show it.
  ReadPath below(ReadPath above, std::string_view step);
  ReadPath below(ReadPath above, const model::Tree& tree, const model::PathStep& step);
  /// By pattern; false for one that is not held against paths. Valid until below() is called.
  const std::vector<bool>& matches(ReadPath path) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What the patterns of a set that are held against keys say of one key after the other.
class KeyReader {
 public:
  /// `patterns` must outlive this.
  explicit KeyReader(const PatternSet& patterns) : patterns_(patterns) {}

  /// The value below the entry of the root at `step`. Valid until the next call.
  Subject below(const model::Tree& tree, const model::PathStep& step);
  Subject of(std::string_view key, bool key_is_text = true);

 private:
  Subject read();

  const PatternSet& patterns_;
  std::optional<model::PathStep> step_;
  std::string key_;
  bool key_is_text_ = true;
  std::vector<bool> matches_;
};

}  // namespace ckpt::match
