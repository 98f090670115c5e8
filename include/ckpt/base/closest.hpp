// Suggestions for mistyped names: "did you mean 'fc.weight'?". Used for keys from files as well as
// for commands and options, so the cost per candidate is limited.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ckpt {

/// At most `most` candidates for `word`, nearest first, equal ones in the order given. A candidate
/// qualifies when its edit distance from `word` is at most a third of the length of `word`, or when
/// it ends with `word` ("weight" finds "fc.weight").
std::vector<std::string> find_closest(std::string_view word,
                                      const std::vector<std::string>& candidates,
                                      std::size_t most = 3);

/// Like find_closest, but stricter, for short words such as commands and options: at most one edit
/// per four letters, and the first letter is right or swapped with the second. Leading dashes are
/// ignored.
std::vector<std::string> find_misspelled(std::string_view word,
                                         const std::vector<std::string>& candidates);

/// "did you mean 'a', 'b' or 'c'?"; "" for an empty list.
std::string did_you_mean(const std::vector<std::string>& closest);

}  // namespace ckpt
