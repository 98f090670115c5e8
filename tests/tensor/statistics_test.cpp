#include "ckpt/tensor/statistics.hpp"

#include <array>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "ckpt/base/error.hpp"
#include "ckpt/tensor/cast.hpp"
#include "tensor/patterns.hpp"
#include "tensor/sample_tensors.hpp"

using namespace ckpt;
using namespace samples;
using tensor::compute_statistics;
using tensor::RealNumber;
using tensor::Statistics;
using tensor::StatisticsAccumulator;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// n = torch.arange(100000); f = ((n * 7919) % 10007 - 5000).float() / 64
std::vector<float> spread_floats() {
  std::vector<float> numbers;
  for (std::int64_t n = 0; n < 100'000; ++n)
    numbers.push_back(static_cast<float>(n * 7919 % 10007 - 5000) / 64);
  return numbers;
}

template <class To, class From>
std::vector<To> converted(const std::vector<From>& from) {
  std::vector<To> to;
  for (const From number : from) to.push_back(static_cast<To>(number));
  return to;
}

Sample cast_to(DType dtype, const std::vector<float>& numbers) {
  Bytes bytes(numbers.size() * model::row_of(dtype).size_bytes);
  tensor::cast_elements(DType::float32, dtype, bytes_of(numbers), bytes);
  return flat(dtype, bytes);
}

Statistics of(const Sample& sample) {
  return compute_statistics(sample.tree.storage_of(sample.tensor), sample.tensor);
}

template <class Number>
Statistics of(DType dtype, const std::vector<Number>& numbers) {
  return of(flat(dtype, numbers));
}

struct Expected {
  RealNumber minimum;
  RealNumber maximum;
  double mean;
  double standard_deviation;
  double l2_norm;
  std::uint64_t zero_count;
};

void check_equal(const Statistics& seen, const Expected& expected) {
  CHECK(seen.minimum == expected.minimum);
  CHECK(seen.maximum == expected.maximum);
  CHECK(seen.mean.value() == doctest::Approx(expected.mean).epsilon(1e-13));
  CHECK(seen.standard_deviation.value() ==
        doctest::Approx(expected.standard_deviation).epsilon(1e-13));
  CHECK(seen.l2_norm == doctest::Approx(expected.l2_norm).epsilon(1e-13));
  CHECK(seen.zero_count == expected.zero_count);
}

}  // namespace

// d = f.to(dtype).double(); d.min(), d.max(), d.mean(), d.std(correction=0), d.norm(), (d ==
// 0).sum()
TEST_CASE("statistics of floats are those of torch in float64") {
  const std::vector<float> floats = spread_floats();
  const Expected exact{-78.125, 78.21875, 0.0476434375, 45.137483119234616, 14273.733401728954, 10};
  check_equal(of(DType::float32, floats), exact);
  check_equal(of(DType::float64, converted<double>(floats)), exact);
  check_equal(of(cast_to(DType::bfloat16, floats)),
              {-78.0, 78.0, 0.0475315625, 45.13726353358576, 14273.663925390021, 10});
  check_equal(of(cast_to(DType::float16, floats)),
              {-78.125, 78.25, 0.0476428125, 45.137483879887974, 14273.733642059902, 10});
}

struct ExpectedOfCodes {
  DType dtype;
  std::uint64_t nan_count;
  std::uint64_t infinity_count;
  Expected finite;
};

// x: the patterns of the dtype up to five eighths of all, which has few of the negative ones, so
// that the mean is no rounding error; d = x.double(); l = d[isfinite(d)].tolist() * 29; sums by
// math.fsum, because torch's own of so many are off by up to 2e-12
TEST_CASE("statistics of the codes of narrow floats are those of torch") {
  const std::array expected{
      ExpectedOfCodes{DType::float16,
                      29667,
                      29,
                      {-0.007808685302734375, 65504.0, 2519.7945714119155, 8902.330395081022,
                       9956812.348780243, 58}},
      ExpectedOfCodes{DType::bfloat16,
                      3683,
                      29,
                      {-1.0799670077492329e-19, 3.3895313892515355e+38, 1.59590696672609e+36,
                       1.668405715633976e+37, 1.8238067320151986e+40, 58}},
      ExpectedOfCodes{
          DType::float8_e5m2,
          87,
          29,
          {-0.0068359375, 57344.0, 2310.5638271233975, 8181.221125753918, 571799.2527172492, 58}},
      ExpectedOfCodes{
          DType::float8_e4m3fn,
          29,
          0,
          {-0.1171875, 448.0, 34.00353773584906, 82.70674504467101, 6072.276004861063, 58}},
      ExpectedOfCodes{
          DType::float8_e5m2fnuz,
          29,
          0,
          {-0.00341796875, 57344.0, 2266.968418337264, 8109.7677607720625, 571799.2527172462, 29}},
      ExpectedOfCodes{
          DType::float8_e4m3fnuz,
          29,
          0,
          {-0.05859375, 240.0, 18.51120283018868, 44.930625238609714, 3299.7778667363136, 29}}};
  for (const ExpectedOfCodes& codes : expected) {
    CAPTURE(model::row_of(codes.dtype).name);
    const Bytes all = patterns::patterns_of(codes.dtype);
    const ByteView used = ByteView(all).first(all.size() / 8 * 5);
    const std::size_t width = patterns::size_of(codes.dtype);
    Bytes repeated;
    Bytes finite;
    for (int i = 0; i < 29; ++i) {
      repeated.insert(repeated.end(), used.begin(), used.end());
      for (std::size_t at = 0; at < used.size(); at += width) {
        const ByteView code = used.subspan(at, width);
        if (std::isfinite(tensor::decode_real(codes.dtype, code)))
          finite.insert(finite.end(), code.begin(), code.end());
      }
    }
    check_equal(of(flat(codes.dtype, finite)), codes.finite);
    const Statistics seen = of(flat(codes.dtype, repeated));
    check_equal(seen, codes.finite);
    CHECK(seen.nan_count == codes.nan_count);
    CHECK(seen.positive_infinity_count == codes.infinity_count);
  }
}

// f.double() + 1e8
TEST_CASE("a mean far from zero does not drown the deviation") {
  std::vector<double> numbers = converted<double>(spread_floats());
  for (double& number : numbers) number += 1e8;
  const Statistics seen = of(DType::float64, numbers);
  CHECK(seen.standard_deviation.value() == doctest::Approx(45.137483119236684).epsilon(1e-10));
  CHECK(seen.mean.value() == doctest::Approx(100000000.04764344).epsilon(1e-15));
  CHECK(seen.l2_norm == doctest::Approx(31622776616.75319).epsilon(1e-14));
}

// d = (n % 8 + 1000).half().double()
TEST_CASE("a mean far from zero does not drown the deviation of codes") {
  std::vector<float> numbers;
  for (int n = 0; n < 100'000; ++n) numbers.push_back(static_cast<float>(n % 8 + 1000));
  const Statistics seen = of(cast_to(DType::float16, numbers));
  CHECK(seen.standard_deviation.value() == doctest::Approx(2.29128784747792).epsilon(1e-14));
  CHECK(seen.mean == 1003.5);
}

// f.view(250, 400).t()[3:200:7, 5:]
TEST_CASE("a strided view has the statistics of its own elements") {
  const Sample view =
      sample_of(bytes_of(spread_floats()), DType::float32, {{29, 245}, {7, 400}, 3 + 5 * 400});
  check_equal(of(view), {-78.078125, 78.203125, 0.6796666080225193, 45.261114422383216,
                         3815.5420549184832, 0});
}

// ((n * 7919) % 256).to(torch.uint8), - 128 .to(torch.int8); ((n * 7919) % 251 > 100);
// ((n * 7919) % 65536 - 32768).to(torch.int16);
// ((n * 7919) % 10007 * 400000 - 2000000000).to(torch.int32)
TEST_CASE("statistics of integers over their whole range are those of torch") {
  std::vector<std::uint8_t> unsigned_bytes;
  std::vector<std::int8_t> signed_bytes;
  std::vector<std::uint8_t> truths;
  std::vector<std::int16_t> halves;
  std::vector<std::int32_t> words;
  for (std::int64_t n = 0; n < 100'000; ++n) {
    unsigned_bytes.push_back(static_cast<std::uint8_t>(n * 7919 % 256));
    signed_bytes.push_back(static_cast<std::int8_t>(n * 7919 % 256 - 128));
    truths.push_back(n * 7919 % 251 > 100 ? 1 : 0);
    halves.push_back(static_cast<std::int16_t>(n * 7919 % 65536 - 32768));
    words.push_back(static_cast<std::int32_t>(n * 7919 % 10007 * 400'000 - 2'000'000'000));
  }
  check_equal(of(DType::uint8, unsigned_bytes), {std::uint64_t{0}, std::uint64_t{255}, 127.49904,
                                                 73.90009092740249, 46601.74743504797, 391});
  check_equal(of(DType::int8, signed_bytes), {std::int64_t{-128}, std::int64_t{127}, -0.50096,
                                              73.90009092740249, 23369.797602889077, 391});
  check_equal(of(DType::boolean, truths),
              {false, true, 0.59761, 0.490379738468019, 244.4606307772276, 40239});
  check_equal(of(DType::int16, halves), {std::int64_t{-32768}, std::int64_t{32767}, -1.82704,
                                         18918.79965224022, 5982649.777646022, 2});
  check_equal(of(DType::int32, words), {std::int64_t{-2'000'000'000}, std::int64_t{2'002'400'000},
                                        1219672.0, 1155519567.8524077, 365407575084.2697, 10});
}

// ((n * 7919) % 251 - 125).to(torch.int8); ((n * 7919) % 10007 - 5000)
TEST_CASE("statistics of integers are those of torch and their extremes exact") {
  std::vector<std::int8_t> bytes;
  std::vector<std::int64_t> longs;
  for (std::int64_t n = 0; n < 100'000; ++n) {
    bytes.push_back(static_cast<std::int8_t>(n * 7919 % 251 - 125));
    longs.push_back(n * 7919 % 10007 - 5000);
  }
  check_equal(of(DType::int8, bytes), {std::int64_t{-125}, std::int64_t{125}, 0.00308,
                                       72.45721931259558, 22912.98461571517, 399});
  check_equal(of(DType::int64, longs), {std::int64_t{-5000}, std::int64_t{5006}, 3.04918,
                                        2888.7989196310155, 913518.9377106531, 10});
  const auto unsigned_seen = of(DType::uint64, std::vector<std::uint64_t>{~0ULL, ~0ULL - 1});
  CHECK(unsigned_seen.maximum == RealNumber{~std::uint64_t{0}});
  CHECK(unsigned_seen.minimum == RealNumber{~std::uint64_t{0} - 1});
  CHECK(of(DType::quint8, std::vector<std::uint8_t>{3, 200}).maximum ==
        RealNumber{std::uint64_t{200}});
}

TEST_CASE("booleans count as 0 and 1, whatever the byte") {
  const Statistics seen = of(DType::boolean, std::vector<std::uint8_t>{0, 1, 255, 0});
  CHECK(seen.minimum == RealNumber{false});
  CHECK(seen.maximum == RealNumber{true});
  CHECK(seen.mean == 0.5);
  CHECK(seen.zero_count == 2);
  CHECK(of(DType::boolean, std::vector<std::uint8_t>{1, 2}).is_constant);
}

TEST_CASE("what is not finite is counted apart") {
  for (const DType dtype : {DType::float32, DType::float64}) {
    const std::vector<double> numbers{1, not_a_number, infinite, -infinite, -not_a_number,
                                      3, infinite,     -0.0};
    const Statistics seen =
        dtype == DType::float64 ? of(dtype, numbers) : of(dtype, converted<float>(numbers));
    CHECK(seen.element_count == 8);
    CHECK(seen.nan_count == 2);
    CHECK(seen.positive_infinity_count == 2);
    CHECK(seen.negative_infinity_count == 1);
    CHECK(seen.finite_count() == 3);
    CHECK(seen.zero_count == 1);
    CHECK(!seen.is_constant);
    check_equal(seen, {0.0, 3.0, 4.0 / 3, std::sqrt(14.0) / 3, std::sqrt(10.0), 1});
  }
}

TEST_CASE("without finite elements there are no figures") {
  const Statistics seen = of(DType::float32, std::vector<float>{NAN, NAN});
  CHECK(!seen.minimum);
  CHECK(!seen.mean);
  CHECK(!seen.standard_deviation);
  CHECK(seen.l2_norm == 0);
  CHECK(seen.is_constant);
  const Statistics empty = of(DType::float32, std::vector<float>{});
  CHECK(empty.element_count == 0);
  CHECK(!empty.is_constant);
  CHECK(!empty.maximum);
}

TEST_CASE("a tensor is constant when all elements are equal") {
  CHECK(of(DType::float32, std::vector<float>(5000, 2.5F)).is_constant);
  CHECK(of(DType::float32, std::vector<float>{0, -0.0F}).is_constant);
  CHECK(of(DType::float32, std::vector<float>{7}).is_constant);
  CHECK(!of(DType::float32, std::vector<float>{1, NAN}).is_constant);
  CHECK(!of(DType::int64, std::vector<std::int64_t>{1LL << 60, (1LL << 60) + 1}).is_constant);
  CHECK(of(DType::complex64, std::vector<float>{1, 2, 1, 2, 1, 2}).is_constant);
  CHECK(!of(DType::complex64, std::vector<float>{1, 2, 2, 1}).is_constant);
}

// torch.tensor([3+4j, 0, nan+1j, inf+0j]): norm of the finite ones is 5
TEST_CASE("complex numbers are counted whole and have a norm but no order") {
  const Statistics seen =
      of(DType::complex64, std::vector<float>{3, 4, 0, -0.0F, NAN, 1, INFINITY, 0});
  CHECK(seen.element_count == 4);
  CHECK(seen.nan_count == 1);
  CHECK(seen.positive_infinity_count == 1);
  CHECK(seen.zero_count == 1);
  CHECK(seen.l2_norm == 5);
  CHECK(!seen.minimum);
  CHECK(!seen.mean);
}

TEST_CASE("parts seen by several accumulators merge into the whole") {
  const std::vector<float> floats = spread_floats();
  const Bytes bytes = bytes_of(floats);
  for (const std::size_t cut : {0UL, 4UL, 4096UL, 200'004UL, bytes.size()}) {
    StatisticsAccumulator first(DType::float32);
    StatisticsAccumulator second(DType::float32);
    first.add(ByteView(bytes).first(cut));
    second.add(ByteView(bytes).subspan(cut));
    first.merge(second);
    CAPTURE(cut);
    CHECK(first.result().element_count == 100'000);
    check_equal(first.result(),
                {-78.125, 78.21875, 0.0476434375, 45.137483119234616, 14273.733401728954, 10});
  }
}

TEST_CASE("constancy survives merging only where the parts agree") {
  const auto merged = [](std::vector<float> a, std::vector<float> b) {
    StatisticsAccumulator first(DType::complex64);
    StatisticsAccumulator second(DType::complex64);
    first.add(bytes_of(a));
    second.add(bytes_of(b));
    first.merge(second);
    return first.result().is_constant;
  };
  CHECK(merged({1, 2}, {1, 2, 1, 2}));
  CHECK(merged({}, {1, 2}));
  CHECK(!merged({1, 2}, {2, 1}));
}

TEST_CASE("statistics of what are no numbers are refused by name") {
  CHECK_THROWS_WITH_AS(StatisticsAccumulator{DType::bits8},
                       "statistics of bits8, whose elements are no numbers", Error);
  CHECK(!tensor::has_statistics(DType::quint4x2));
  CHECK(tensor::has_statistics(DType::float8_e8m0fnu));
}

// numpy and torch say inf as well where squares leave the range of doubles, never nan.
TEST_CASE("squares beyond doubles leave a mean, and a norm that is infinite") {
  const Statistics two = of(DType::float64, std::vector<double>{1e300, 1});
  CHECK(*two.mean == 5e299);
  CHECK(*two.standard_deviation == infinite);
  CHECK(two.l2_norm == infinite);
  const Statistics equal = of(DType::float64, std::vector<double>{1e200, 1e200, 1e200});
  CHECK(*equal.mean == 1e200);
  CHECK(*equal.standard_deviation == 0);
  const Statistics apart = of(DType::float64, std::vector<double>{1.5e308, -1.5e308});
  CHECK(*apart.mean == 0);
}
