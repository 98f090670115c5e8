// Figures of compared elements, by hand; every bit pattern and large sums are held against torch in
// tests/interop.
#include "ckpt/tensor/compare.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

using ckpt::ByteView;
using ckpt::model::DType;
using ckpt::tensor::Comparer;
using ckpt::tensor::Comparison;
using ckpt::tensor::Tolerance;

namespace {

template <class Number>
ByteView bytes_of(const std::vector<Number>& numbers) {
  return std::as_bytes(std::span(numbers));
}

template <class Number>
Comparison compare(DType dtype, const std::vector<Number>& a, const std::vector<Number>& b,
                   const Tolerance& tolerance = {}) {
  Comparer comparer(dtype, dtype, tolerance);
  comparer.add(bytes_of(a), bytes_of(b));
  return comparer.result();
}

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

}  // namespace

TEST_CASE("differences are counted, located and measured") {
  const Comparison figures = compare<float>(DType::float32, {3, 4, 0, 1}, {3, 6, 0, 0});
  CHECK(figures.element_count == 4);
  CHECK(figures.changed_count == 2);
  CHECK(figures.max_abs == 2);
  CHECK(figures.max_abs_index == 1);
  CHECK(figures.mean_abs == 0.75);
  CHECK(figures.max_relative == 2.0 / 6.0);  // of 1 => 0 there is none
  CHECK(figures.rms == std::sqrt(5.0 / 4.0));
  CHECK(figures.relative_norm == doctest::Approx(std::sqrt(5.0) / std::sqrt(26.0)));
  CHECK(figures.cosine == doctest::Approx(33.0 / std::sqrt(26.0 * 45.0)));
  CHECK(figures.first->index == 1);
}

TEST_CASE("a zero that changes its sign is changed and counted apart") {
  const Comparison figures = compare<float>(DType::float32, {0, 1}, {-0.0F, 1});
  CHECK(figures.changed_count == 1);
  CHECK(figures.zero_sign_count == 1);
  CHECK(figures.max_abs == 0);
}

TEST_CASE("what is not finite takes no part in the sums") {
  const Comparison figures =
      compare<float>(DType::float32, {1, 1, 1, not_a_number, infinity, 2},
                     {1, not_a_number, infinity, not_a_number, -infinity, 5});
  CHECK(figures.changed_count == 4);
  CHECK(figures.new_nan_count == 1);
  CHECK(figures.new_inf_count == 1);
  CHECK(figures.max_abs == 3);
  CHECK(figures.mean_abs == 1.5);
}

TEST_CASE("the largest relative change is found wherever it is") {
  // The fast path skips divisions where a product shows that no quotient can be larger.
  std::vector<double> a(5000, 1.0);
  std::vector<double> b(5000, 1.0);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += 1e-9 * static_cast<double>(i % 7);
  a[4321] = 1.5;
  b[4321] = 0.75;
  CHECK(compare<double>(DType::float64, a, b).max_relative == 1.0);
  CHECK(compare<double>(DType::float64, a, b).max_abs_index == 4321);
}

TEST_CASE("a largest relative change that is larger by the last bit of a double alone is found") {
  std::vector<float> a(5000, 1.0F);
  const std::vector<float> b(5000, 1.0F);
  a[0] = 0x1p53F;
  CHECK(compare<float>(DType::float32, a, b).max_relative == 0x1p53 - 1);
  a[4321] = -0x1p53F;
  CHECK(compare<float>(DType::float32, a, b).max_relative == 0x1p53);
}

TEST_CASE("squares too large for a double make no figure of what is before them wrong") {
  const Comparison figures = compare<double>(DType::float64, {1e200, 1}, {1e200, 3});
  CHECK(figures.changed_count == 1);
  CHECK(figures.max_abs == 2);
  CHECK(figures.mean_abs == 1);
}

TEST_CASE("a tolerance lets pass what is within it") {
  const std::vector<double> a{100, 200, 0};
  const std::vector<double> b{101, 200, 0.5};
  CHECK(compare(DType::float64, a, b, {.absolute = 1}).beyond_count == 0);
  CHECK(compare(DType::float64, a, b, {.absolute = 0.5}).beyond_count == 1);
  CHECK(compare(DType::float64, a, b, {.relative = 0.01}).beyond_count == 1);
  CHECK(compare(DType::float64, a, b, {.absolute = 0.5}).first->index == 0);
}

TEST_CASE("integers of 64 bits are subtracted exactly") {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK(compare<std::int64_t>(DType::int64, {most}, {most - 1}).max_abs == 1);
  CHECK(compare<std::int64_t>(DType::int64, {most}, {-most - 1}).max_abs == 18446744073709551615.0);
}

TEST_CASE("an integer and a float are compared as the numbers that they are") {
  const std::vector<std::int64_t> a{(std::int64_t{1} << 53) + 1};
  const std::vector<double> b{9007199254740992.0};
  Comparer comparer(DType::int64, DType::float64, {});
  comparer.add(bytes_of(a), bytes_of(b));
  CHECK(comparer.result().changed_count == 1);
  CHECK(comparer.result().max_abs == 1);
}

TEST_CASE("a tolerance counts in a long tensor what it counts in a short one, also across dtypes") {
  std::vector<float> a;
  std::vector<double> b;
  std::uint64_t changed_count = 0;
  std::uint64_t beyond_count = 0;
  for (int i = 0; i < 5003; ++i) {
    a.push_back(static_cast<float>(i) / 4);
    b.push_back(a.back() + (i % 7) * 0.5);  // sums of quarters: every figure is exact
    changed_count += i % 7 != 0 ? 1U : 0U;
    beyond_count += (i % 7) * 0.5 > 0.25 + 0.001 * b.back() ? 1U : 0U;
  }
  Comparer comparer(DType::float32, DType::float64, {.absolute = 0.25, .relative = 0.001});
  comparer.add(bytes_of(a), bytes_of(b));
  const Comparison figures = comparer.result();
  CHECK(figures.changed_count == changed_count);
  CHECK(figures.beyond_count == beyond_count);
  CHECK(figures.max_abs == 3);
  CHECK(figures.max_abs_index == 6);
  CHECK(figures.max_relative == 3 / b[6]);
  CHECK(figures.zero_sign_count == 0);
  CHECK(figures.first->index == 1);
}

TEST_CASE("neighbours within so many ulp pass in a long tensor") {
  std::vector<float> a(3000, 1);
  std::vector<float> b(3000, std::nextafter(1.0F, 2.0F));
  b[2000] = 1.5F;
  const Comparison figures = compare(DType::float32, a, b, {.ulp = 1});
  CHECK(figures.changed_count == 3000);
  CHECK(figures.beyond_count == 1);
  CHECK(figures.first->index == 2000);
}

TEST_CASE("one integer beyond 2^53 among small ones is subtracted exactly") {
  std::vector<std::int64_t> a(3000, 5);
  std::vector<std::int64_t> b(3000, 5);
  b[0] = 6;
  a[2000] = (std::int64_t{1} << 53) + 1;
  b[2000] = (std::int64_t{1} << 53) - 2;
  const Comparison figures = compare(DType::int64, a, b);
  CHECK(figures.changed_count == 2);
  CHECK(figures.max_abs == 3);
  CHECK(figures.max_abs_index == 2000);
}

TEST_CASE("parts that were compared apart give the figures of the whole") {
  std::vector<float> a(3000);
  std::vector<float> b(3000);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<float>(i);
    b[i] = a[i] + static_cast<float>(i % 5);
  }
  Comparer first(DType::float32, DType::float32, {});
  first.add(bytes_of(a).first(4000), bytes_of(b).first(4000));
  Comparer second(DType::float32, DType::float32, {}, 1000);
  second.add(bytes_of(a).subspan(4000), bytes_of(b).subspan(4000));
  first.merge(second);
  const Comparison whole = compare(DType::float32, a, b);
  CHECK(first.result().changed_count == whole.changed_count);
  CHECK(first.result().max_abs_index == whole.max_abs_index);
  CHECK(first.result().mean_abs == doctest::Approx(whole.mean_abs).epsilon(1e-14));
  CHECK(first.result().cosine == doctest::Approx(whole.cosine).epsilon(1e-14));
}

// With b = 2 a, whatever a is: |a - b| / |a| = 1, and the angle is 0.
TEST_CASE("numbers whose squares leave the range of doubles have their norms and their angle") {
  for (const double scale : {1e300, 1e160, 1.0, 1e-170, 5e-318}) {
    const Comparison figures =
        compare<double>(DType::float64, {scale, 0, -scale}, {2 * scale, 0, -2 * scale});
    CHECK(figures.relative_norm == doctest::Approx(1));
    CHECK(figures.cosine == doctest::Approx(1));
    CHECK(figures.rms / scale == doctest::Approx(std::sqrt(2.0 / 3)));
  }
  CHECK(compare<double>(DType::float64, {5e-318}, {0}).relative_norm == 1);
  CHECK(std::isinf(compare<double>(DType::float64, {0}, {5e-318}).relative_norm));
  // a = (3e300, 4e-300), b = (4e300, 3e-300): the second axis is nothing beside the first
  const Comparison mixed = compare<double>(DType::float64, {3e300, 4e-300}, {4e300, 3e-300});
  CHECK(mixed.cosine == doctest::Approx(1));
  CHECK(mixed.relative_norm == doctest::Approx(1.0 / 3));
}

TEST_CASE("chunks of large, common and small numbers are summed as one tensor is") {
  std::vector<double> a;
  std::vector<double> b;
  for (const double scale : {1e-200, 1.0, 1e200})
    for (int i = 0; i < 600; ++i) {
      a.push_back(scale);
      b.push_back(i % 2 == 0 ? scale : -scale);
    }
  const Comparison figures = compare<double>(DType::float64, a, b);
  CHECK(figures.cosine == doctest::Approx(0));
  CHECK(figures.relative_norm == doctest::Approx(std::sqrt(2.0)));
}
