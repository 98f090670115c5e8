// Why nothing fits, in words that name the first parameter that does not.
#pragma once

#include "ckpt/optim/resolve.hpp"
#include "optim/problem.hpp"

namespace ckpt::optim {

void describe_mismatch(const Problem& problem, Resolution& resolution);

}  // namespace ckpt::optim
