"""`ckpt ls --stats --json` says of every tensor what torch says in float64: of every dtype, of views,
ties, empty and scalar tensors, of numbers that are large beside their deviation, whatever the
number of threads. min, max, mean, std and norm are of the finite elements.
"""
import json
import math

import common
import torch

FLOATS = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn,
          torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz, torch.float8_e8m0fnu]
INTEGERS = [torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8, torch.uint16,
            torch.uint32, torch.uint64]
COMPLEX = [torch.complex32, torch.complex64, torch.complex128]
RELATIVE = 1e-12


def expected(tensor):
    """What torch says; Python's integers of minimum and maximum, which float64 cannot hold."""
    tensor = tensor.detach().resolve_conj().resolve_neg()
    if tensor.is_complex():
        return expected_of_complex(tensor.to(torch.complex128).flatten())
    wide = tensor.to(torch.float64).flatten()
    finite = wide[torch.isfinite(wide)]
    is_integral = not tensor.is_floating_point()
    order = [int(number) for number in tensor.flatten().tolist()] if is_integral \
        else finite.tolist()
    if tensor.dtype == torch.bool:
        order = [bool(number) for number in order]
    some = len(order) > 0
    return {"min": min(order) if some else None, "max": max(order) if some else None,
            "mean": finite.mean().item() if some else None,
            "std": finite.std(correction=0).item() if some else None,
            "norm": torch.linalg.vector_norm(finite).item(),
            "zeros": int((wide == 0).sum()), "nan": int(wide.isnan().sum()),
            "inf": int(wide.isinf().sum())}


def expected_of_complex(wide):
    finite = wide[torch.isfinite(wide)]
    nan = wide.real.isnan() | wide.imag.isnan()
    return {"min": None, "max": None, "mean": None, "std": None,
            "norm": torch.linalg.vector_norm(finite).item(), "zeros": int((wide == 0).sum()),
            "nan": int(nan.sum()), "inf": int((~torch.isfinite(wide) & ~nan).sum())}


def every_bit_pattern(dtype):
    """Of a float of up to 16 bits all it has, Inf and NaN too; of a wider one a sample."""
    torch.manual_seed(7)
    if dtype.itemsize == 1:
        return torch.arange(256, dtype=torch.int16).to(torch.uint8).view(dtype)
    if dtype.itemsize == 2:
        return torch.arange(65536, dtype=torch.int32).to(torch.uint16).view(dtype)
    numbers = torch.randn(100_003, dtype=dtype)
    numbers[::1000], numbers[1::1000], numbers[2::1000] = math.nan, math.inf, -math.inf
    numbers[3::500] = 0
    return numbers


class Stats(common.TestCase):
    def listed(self, values, *options):
        path = self.folder / "model.pt"
        torch.save(values, path)
        answer = json.loads(self.run_ckpt("ls", "--json", "--stats", *options, path))
        return {row["key"]: row["stats"] for row in answer["tensors"]}

    def assert_alike(self, stats, tensor, name):
        want = expected(tensor)
        for field in ("min", "max", "zeros", "nan", "inf"):
            self.assertEqual(stats[field], want[field], f"{name}: {field}")
            self.assertIs(type(stats[field]), type(want[field]), f"{name}: {field}")
        for field in ("mean", "std", "norm"):
            if want[field] is None:
                self.assertIsNone(stats[field], f"{name}: {field}")
                continue
            # A mean is as exact as the numbers it is of, which may cancel.
            size = want["norm"] if field == "mean" else want[field]
            self.assertLessEqual(abs(stats[field] - want[field]), RELATIVE * abs(size) + 1e-300,
                                 f"{name}: {field} {stats[field]}, torch {want[field]}")

    def assert_all_alike(self, tensors, *options):
        stats = self.listed(tensors, *options)
        self.assertEqual(list(stats), list(tensors))
        for name, tensor in tensors.items():
            self.assert_alike(stats[name], tensor, name)

    def test_floats_of_every_dtype(self):
        self.assert_all_alike({str(dtype): every_bit_pattern(dtype) for dtype in FLOATS
                               if dtype != torch.float64} |
                              {"float64": every_bit_pattern(torch.float64)})

    def test_integers_of_every_dtype_at_their_limits(self):
        tensors = {}
        for dtype in INTEGERS:
            limits = torch.iinfo(dtype)
            numbers = torch.randint(0, 100, (5003,)).to(dtype)
            numbers[17:18] = torch.tensor([limits.max], dtype=dtype)
            tensors[f"{dtype} to max"] = numbers
            tensors[f"{dtype} from min"] = torch.tensor([limits.min, 5], dtype=dtype)
        self.assert_all_alike(tensors)

    def test_booleans_and_complex_numbers(self):
        tensors = {"bool": torch.tensor([True, False, True]), "all": torch.ones(9, dtype=torch.bool)}
        for dtype in COMPLEX:
            numbers = torch.randn(3000, dtype=torch.complex64).to(dtype)
            numbers[5], numbers[6], numbers[7] = complex(math.nan, 1), complex(0, math.inf), 0
            tensors[str(dtype)] = numbers
        self.assert_all_alike(tensors)

    def test_views_are_read_through_their_strides(self):
        whole = torch.arange(6_000.0).reshape(60, 100)
        self.assert_all_alike({
            "whole": whole, "transposed": whole.t(), "column": whole[:, 3], "part": whole[5:9, ::7],
            "expanded": whole[:1].expand(50, 100),
            "conjugated": torch.randn(9, dtype=torch.cfloat).conj(),
            "negated": torch.randn(9, dtype=torch.cfloat).conj().imag})

    def test_repeated_elements_count_as_often_as_they_are_there(self):
        few = torch.tensor([0.0, 3.0, -math.inf, math.nan, 0.5])
        stats = self.listed({"many": few.expand(3, 2**40, 5)})["many"]
        count = 3 * 2**40
        self.assertEqual([stats[name] for name in ("min", "max", "zeros", "nan", "inf")],
                         [0, 3, count, count, count])
        finite = torch.tensor([0.0, 3.0, 0.5], dtype=torch.float64)
        self.assertAlmostEqual(stats["mean"], finite.mean().item(), places=12)
        self.assertAlmostEqual(stats["std"], finite.std(correction=0).item(), places=12)
        self.assertAlmostEqual(stats["norm"] / (finite.norm().item() * math.sqrt(count)), 1,
                               places=12)

    def test_no_elements_one_element_and_nothing_finite(self):
        self.assert_all_alike({
            "empty": torch.empty(0, 3), "scalar": torch.tensor(-2.5), "zero": torch.tensor(-0.0),
            "nan": torch.full((4,), math.nan), "inf": torch.tensor([math.inf, -math.inf])})

    def test_a_large_mean_does_not_drown_the_deviation(self):
        torch.manual_seed(3)
        self.assert_all_alike({"far": torch.randn(300_000, dtype=torch.float64) * 1e-3 + 1e6,
                               "large": torch.full((9,), 3e38), "small": torch.full((9,), 1e-45)})

    def test_tensors_of_several_units_are_the_same_on_any_number_of_threads(self):
        torch.manual_seed(4)
        large = torch.randn(3000, 3001)  # 36 MB
        tensors = {"large": large, "transposed": large.t(), "tied": large}
        self.assert_all_alike(tensors)
        one = self.listed(tensors, "-j", 1)
        self.assertEqual(self.listed(tensors, "-j", 7), one)
        self.assertEqual(one["tied"], one["large"])

    def test_what_has_no_numbers_has_no_statistics(self):
        stats = self.listed({"meta": torch.empty(3, device="meta"),
                             "bits": torch.zeros(4, dtype=torch.uint8).view(torch.bits8)})
        self.assertEqual(stats, {"meta": None, "bits": None})


if __name__ == "__main__":
    common.main()
