// The exception of the rule language: an Error with a problem code and the keys concerned. The
// loops over lines and rules catch it and turn it into a Problem.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ckpt/base/error.hpp"
#include "ckpt/match/rules.hpp"

namespace ckpt::match {

class RuleError : public Error {
 public:
  RuleError(std::string_view code, std::string message, std::string hint = {})
      : Error(ErrorKind::usage, std::move(message), std::move(hint)), code_(code) {}

  std::string_view code() const { return code_; }
  std::vector<std::string> keys = {};
  std::string place = {};  ///< when it is known: "line 4"

  Problem problem_at(std::string outer_place) const {
    return {.code = code_,
            .place = place.empty() ? std::move(outer_place) : place,
            .keys = keys,
            .message = message(),
            .hint = hint()};
  }

 private:
  std::string_view code_;
};

}  // namespace ckpt::match
