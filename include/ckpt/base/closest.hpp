// "Did you mean": the candidates nearest to a word that matched nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ckpt {

/// At most `most` candidates that differ from `word` by few edits (a third of its length), or end
/// with it; nearest first, ties in the order given.
std::vector<std::string> find_closest(std::string_view word,
                                      const std::vector<std::string>& candidates,
                                      std::size_t most = 3);

/// Of words that people type, not read: those that `word` misspells, by one letter in four at most
/// and with the same first letter, or the first two swapped; dashes in front do not count.
std::vector<std::string> find_misspelled(std::string_view word,
                                         const std::vector<std::string>& candidates);

/// "did you mean 'a', 'b' or 'c'?", or "" for none.
std::string did_you_mean(const std::vector<std::string>& closest);

}  // namespace ckpt
