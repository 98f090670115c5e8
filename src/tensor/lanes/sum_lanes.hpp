// Sums of numbers and of their squares in four lanes, for the loops of statistics.
#pragma once

#include "tensor/lanes/double_vectors.hpp"

namespace ckpt::tensor {

/// Sums of the distances from one number. Two objects take every other four numbers each, so that
/// an addition does not wait for the previous one.
struct SumLanes {
  Doubles distances = {};
  Doubles squares = {};

  [[gnu::always_inline]] void add(const Doubles& distance) {
    distances += distance;
    squares += distance * distance;
  }
};

struct Sums {
  double distances = 0;
  double squares = 0;

  [[gnu::always_inline]] void add(double distance) {
    distances += distance;
    squares += distance * distance;
  }
};

[[gnu::always_inline]] inline Sums merged(const SumLanes& low, const SumLanes& high) {
  return {sum_of(low.distances + high.distances), sum_of(low.squares + high.squares)};
}

}  // namespace ckpt::tensor
