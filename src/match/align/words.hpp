// Splits a key into words that are spelled the same whatever library wrote it, and tells the kind
// of parameter.
//
//   transformer.h.3.ln_1.weight     layer #3 pre norm weight, after "transformer"
//   encoder.layers.3.norm1.gamma    enc layer #3 pre norm weight
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ckpt::match {

enum class ParameterKind : std::uint8_t { weight, bias, running_mean, running_var, counter, other };

ParameterKind parameter_kind(std::string_view key);
/// Whether the kinds are equal, or one is unknown and the other a weight.
bool may_pair(ParameterKind a, ParameterKind b);

/// The words in the order of the key. A number is "#" and its digits. The letters Q, K, V, O
/// (attention), G, U, DN (gated feed-forward), QKV and GU (fused) stand for the parts that
/// libraries name most differently.
std::vector<std::string> words_of_key(std::string_view key);

/// Whether the word says no more than parameter_kind() does.
bool tells_kind(std::string_view word);

}  // namespace ckpt::match
