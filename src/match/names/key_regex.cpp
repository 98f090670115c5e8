// Two compiled forms: one over UTF-8 characters, one over bytes (Latin-1), which is compiled only
// when a key is not UTF-8.

#include "match/names/key_regex.hpp"

#include <algorithm>
#include <mutex>

#include <re2/re2.h>
#include <re2/set.h>

#include "ckpt/base/utf8.hpp"

namespace ckpt::match {

namespace {

using re2::RE2;
using re2::StringPiece;

RE2::Options options_for(RE2::Options::Encoding encoding) {
  RE2::Options options;
  options.set_encoding(encoding);
  options.set_log_errors(false);
  options.set_max_mem(std::int64_t{64} << 20);
  return options;
}

}  // namespace

struct KeyRegex::Compiled {
  explicit Compiled(const std::string& pattern)
      : by_characters(pattern, options_for(RE2::Options::EncodingUTF8)) {}

  /// Compiled for the first key that needs it; most files have none.
  const RE2& by_bytes() const {
    std::call_once(once, [this] {
      bytes =
          std::make_unique<RE2>(by_characters.pattern(), options_for(RE2::Options::EncodingLatin1));
    });
    return *bytes;
  }

  bool match(std::string_view key, RE2::Anchor anchor, std::vector<StringPiece>& groups) const {
    const StringPiece text(key.data(), key.size());
    const auto matches = [&](const RE2& regex) {
      return regex.Match(text, 0, key.size(), anchor, groups.data(),
                         static_cast<int>(groups.size()));
    };
    return matches(by_characters) || (!is_utf8(key) && matches(by_bytes()));
  }

  RE2 by_characters;
  mutable std::once_flag once;
  mutable std::unique_ptr<RE2> bytes;
};

KeyRegex::KeyRegex(const std::string& pattern) : compiled_(std::make_unique<Compiled>(pattern)) {}
KeyRegex::~KeyRegex() = default;
KeyRegex::KeyRegex(KeyRegex&&) noexcept = default;

std::string KeyRegex::error() const { return compiled_->by_characters.error(); }

int KeyRegex::group_count() const { return compiled_->by_characters.NumberOfCapturingGroups(); }

bool KeyRegex::matches_whole(std::string_view key) const {
  std::vector<StringPiece> none;
  return compiled_->match(key, RE2::ANCHOR_BOTH, none);
}

bool KeyRegex::matches_part(std::string_view key) const {
  std::vector<StringPiece> none;
  return compiled_->match(key, RE2::UNANCHORED, none);
}

std::optional<std::vector<std::string_view>> KeyRegex::find_groups(std::string_view key) const {
  std::vector<StringPiece> pieces(static_cast<std::size_t>(group_count()) + 1);
  if (!compiled_->match(key, RE2::ANCHOR_BOTH, pieces)) return std::nullopt;
  std::vector<std::string_view> groups;
  groups.reserve(pieces.size() - 1);
  for (std::size_t i = 1; i < pieces.size(); ++i)
    groups.push_back(pieces[i].data() == nullptr
                         ? std::string_view()
                         : std::string_view(pieces[i].data(), pieces[i].size()));
  return groups;
}

struct KeyRegexSet::Compiled {
  RE2::Set set{options_for(RE2::Options::EncodingUTF8), RE2::ANCHOR_BOTH};
};

KeyRegexSet::KeyRegexSet() : compiled_(std::make_unique<Compiled>()) {}
KeyRegexSet::~KeyRegexSet() = default;

bool KeyRegexSet::add(const std::string& pattern) {
  return compiled_->set.Add(pattern, nullptr) >= 0;
}

bool KeyRegexSet::compile() { return compiled_->set.Compile(); }

std::optional<std::vector<std::size_t>> KeyRegexSet::find(std::string_view key) const {
  if (!is_utf8(key)) return std::nullopt;
  std::vector<int> found;
  RE2::Set::ErrorInfo failure{};
  if (!compiled_->set.Match(StringPiece(key.data(), key.size()), &found, &failure) &&
      failure.kind != RE2::Set::kNoError)
    return std::nullopt;
  std::vector<std::size_t> places(found.begin(), found.end());
  std::ranges::sort(places);
  return places;
}

}  // namespace ckpt::match
