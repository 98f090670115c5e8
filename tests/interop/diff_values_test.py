"""`ckpt diff`: the figures of changed tensors, and tolerances, against torch."""
import copy
import math
import subprocess

import common
import torch
from diff_cases import COMPLEX, FLOATS, INTEGERS, SMALL_FLOATS, DiffCase, sample


class Values(DiffCase):
    def test_one_changed_element_of_every_dtype(self):
        dtypes = FLOATS + SMALL_FLOATS + INTEGERS + COMPLEX + [torch.bool]
        a = {str(dtype): sample(dtype) for dtype in dtypes}
        b = copy.deepcopy(a)
        for dtype in dtypes:
            changed = b[str(dtype)].view(torch.uint8) if dtype in SMALL_FLOATS else b[str(dtype)]
            changed[3, 5] = changed[4, 9] if dtype != torch.bool else ~changed[3, 5]
        report = self.diff(a, b)
        rows = {row["name"]: row for row in report["differences"]}
        self.assertEqual(set(rows), set(a))
        for dtype in dtypes:
            row = rows[str(dtype)]
            self.assertEqual(row["max_abs_index"], [3, 5])
            self.assertEqual(row["first"]["index"], [3, 5])
            self.assertEqual(row["changed"], 1)
            self.assert_figures(row, a[str(dtype)], b[str(dtype)])

    def test_every_bit_pattern_of_the_short_floats(self):
        """Each pattern against a shuffle of all patterns."""
        generator = torch.Generator().manual_seed(0)
        for dtype in [torch.float16, torch.bfloat16] + SMALL_FLOATS:
            bits, width = (torch.uint8, 8) if dtype in SMALL_FLOATS else (torch.int16, 16)
            patterns = torch.arange(2 ** width).to(bits)
            shuffle = torch.randperm(2 ** width, generator=generator)
            a, b = patterns.view(dtype), patterns[shuffle].view(dtype)
            row, = self.diff({"all": a}, {"all": b})["differences"]
            self.assert_figures(row, a, b)

    def test_large_random_tensors_strided_and_not(self):
        generator = torch.Generator().manual_seed(1)
        a = torch.randn(1000, 1200, generator=generator)
        b = a + 1e-3 * torch.randn(1000, 1200, generator=generator)
        row, = self.diff({"w": a}, {"w": b})["differences"]
        self.assert_figures(row, a, b)
        row, = self.diff({"w": a.t()}, {"w": b.t().contiguous()})["differences"]
        self.assert_figures(row, a.t(), b.t())

    def test_equal_runs_before_a_change_count_in_the_norms(self):
        a = torch.randn(6_000_000, generator=torch.Generator().manual_seed(2))
        b = a.clone()
        b[5_500_000] += 1
        row, = self.diff({"w": a}, {"w": b}, "-j", "2")["differences"]
        self.assert_figures(row, a, b)
        self.assertEqual(row["max_abs_index"], [5_500_000])

    def test_nan_inf_and_signs_of_zero(self):
        a = torch.tensor([1.0, 0.0, math.nan, math.inf, 2.0, 3.0])
        b = torch.tensor([1.0, -0.0, math.nan, -math.inf, math.nan, math.inf])
        row, = self.diff({"w": a}, {"w": b})["differences"]
        self.assertEqual((row["changed"], row["zero_signs"], row["new_nan"], row["new_inf"]),
                         (4, 1, 1, 1))

    def test_64_bit_integers_differ_exactly(self):
        a = torch.tensor([2 ** 60, -2 ** 63])
        b = torch.tensor([2 ** 60 + 1, -2 ** 63])
        row, = self.diff({"n": a}, {"n": b})["differences"]
        self.assertEqual((row["changed"], row["max_abs"]), (1, 1.0))


class Tolerances(DiffCase):
    def verdict(self, a, b, *options):
        code = subprocess.run([common.CKPT, "diff", "-q", self.save("a.pt", {"w": a}),
                               self.save("b.pt", {"w": b}), *options], check=False).returncode
        self.assertIn(code, (0, 1))
        return code == 0

    def test_atol_and_rtol_are_those_of_allclose(self):
        generator = torch.Generator().manual_seed(3)
        a = torch.randn(500, generator=generator, dtype=torch.float64)
        b = a * (1 + 1e-4 * torch.randn(500, generator=generator, dtype=torch.float64))
        for atol, rtol in [(0, 1e-3), (0, 1e-4), (1e-4, 0), (1e-3, 0), (1e-5, 1e-4), (1e-6, 3e-4)]:
            self.assertEqual(self.verdict(a, b, "--atol", str(atol), "--rtol", str(rtol)),
                             torch.allclose(a, b, rtol=rtol, atol=atol), (atol, rtol))

    def test_ulp_counts_neighbours(self):
        for dtype in (torch.float64, torch.float32):
            a = torch.tensor([1.0, -1.0, 0.0], dtype=dtype)
            b = torch.nextafter(a, torch.tensor(2.0, dtype=dtype))
            self.assertFalse(self.verdict(a, b))
            self.assertTrue(self.verdict(a, b, "--ulp", "1"))
            self.assertFalse(self.verdict(a, torch.nextafter(b, a + 1), "--ulp", "1"))

    def test_cast_compares_numbers(self):
        a = torch.tensor([1.0, 0.5, -2.0])
        self.diff({"w": a}, {"w": a.bfloat16()})
        self.diff({"w": a}, {"w": a.bfloat16()}, "--cast", exit_code=0)
        row, = self.diff({"w": a + 0.001}, {"w": a.bfloat16()}, "--cast")["differences"]
        self.assertEqual(row["changed"], 3)
        expected = ((a + 0.001).double() - a.double()).abs().max().item()
        self.assertEqual(row["max_abs"], expected)
        self.assertTrue(self.verdict(a + 0.001, a.bfloat16(), "--cast", "--atol", "0.01"))


class OddPairs(DiffCase):
    """Pairs that a comparison easily gets wrong."""

    def changes(self, a, b, *options, exit_code=1):
        report = self.diff(a, b, *options, exit_code=exit_code)
        return [(row["change"], row["name"]) for row in report["differences"]]

    def row(self, a, b, *options):
        row, = self.diff({"w": a}, {"w": b}, *options)["differences"]
        return row

    def test_nans_are_compared_by_their_bits(self):
        a = torch.tensor([0x7fc00000, 0x7fc00001], dtype=torch.int32).view(torch.float32)
        b = torch.tensor([0x7fc00001, 0x7fc00001], dtype=torch.int32).view(torch.float32)
        self.diff({"w": a}, {"w": a.clone()}, exit_code=0)
        row = self.row(a, b)
        self.assertEqual((row["changed"], row["new_nan"], row["max_abs"]), (1, 0, 0.0))

    def test_infinities_are_no_distance_apart_but_another_number(self):
        a, b = torch.tensor([math.inf, 1.0]), torch.tensor([-math.inf, 3.0])
        row = self.row(a, b, "--atol", "1e300")
        self.assertEqual((row["changed"], row["beyond_tolerance"], row["max_abs"], row["new_inf"]),
                         (2, 1, 2.0, 0))

    def test_integers_at_the_ends_of_their_types(self):
        for dtype in (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8):
            info = torch.iinfo(dtype)
            a, b = torch.tensor([info.max, 0], dtype=dtype), torch.tensor([info.min, 0], dtype=dtype)
            self.assertEqual(self.row(a, b)["max_abs"], float(info.max - info.min), dtype)
            self.assertEqual(self.row(a, a - torch.tensor([1, 0], dtype=dtype))["max_abs"], 1.0)
        ones = torch.tensor([-1, 0])
        for dtype, top in ((torch.uint64, 2 ** 64), (torch.uint32, 2 ** 32), (torch.uint16, 2 ** 16)):
            width = {torch.uint64: torch.int64, torch.uint32: torch.int32,
                     torch.uint16: torch.int16}[dtype]
            row = self.row(ones.to(width).view(dtype), torch.zeros(2, dtype=width).view(dtype))
            self.assertEqual((row["max_abs"], row["first"]["a"]), (float(top - 1), str(top - 1)))

    def test_integers_beyond_what_doubles_hold_against_floats(self):
        for number in (2 ** 53 + 1, 2 ** 62 + 3, -2 ** 60 - 7, 2 ** 63 - 1, -2 ** 63 + 1):
            b = torch.tensor([float(number)], dtype=torch.float64)
            row = self.row(torch.tensor([number]), b, "--cast")
            self.assertEqual(row["max_abs"], float(abs(number - int(b.item()))), number)
        exact = torch.tensor([2 ** 62, -2 ** 63])
        self.diff({"w": exact}, {"w": exact.double()}, "--cast", exit_code=0)

    def test_complex_numbers_of_every_width(self):
        for dtype in (torch.complex128, torch.complex64, torch.complex32):
            a = torch.tensor([1 + 2j, 3 - 4j]).to(dtype)
            b = torch.tensor([1 + 2j, 3 + 4j]).to(dtype)
            row = self.row(a, b)
            self.assertEqual((row["changed"], row["max_abs"], row["max_relative"]), (1, 8.0, 1.6))
        lazily, actually = torch.tensor([1 + 2j, 3 - 4j]).conj(), torch.tensor([1 - 2j, 3 + 4j])
        self.diff({"w": lazily}, {"w": actually}, exit_code=0)
        self.diff({"w": torch._neg_view(torch.arange(3.0))}, {"w": -torch.arange(3.0)}, exit_code=0)

    def test_empty_scalar_and_meta_tensors(self):
        self.diff({"w": torch.zeros(0, 3)}, {"w": torch.zeros(0, 3)}, exit_code=0)
        self.assertEqual(self.changes({"w": torch.zeros(0, 3)}, {"w": torch.zeros(0, 4)}),
                         [("shape", "w")])
        self.assertEqual(self.row(torch.tensor(1.0), torch.tensor(1.5))["max_abs_index"], [])
        meta = torch.zeros(3, device="meta")
        self.diff({"w": meta}, {"w": meta.clone()}, exit_code=0)
        self.assertIn(("type", "w"), self.changes({"w": meta}, {"w": torch.zeros(3)}))

    def test_sparse_and_quantized_tensors(self):
        index = torch.tensor([[0, 1], [2, 0]])
        coo = [torch.sparse_coo_tensor(index, torch.tensor([3.0, x]), (2, 3)) for x in (4.0, 5.0)]
        self.diff({"w": coo[0]}, {"w": coo[0].clone()}, exit_code=0)
        self.assertEqual(self.changes({"w": coo[0]}, {"w": coo[1]}), [("values", "w:args:1:1")])
        codes = torch.tensor([[1, 2], [3, 4]], dtype=torch.int8)

        def quantized(scale, zero_point):
            return torch._make_per_tensor_quantized_tensor(codes, scale, zero_point)

        def by_channel(*scales):
            return torch._make_per_channel_quantized_tensor(codes, torch.tensor(scales),
                                                            torch.tensor([0, 0]), 0)
        self.diff({"w": quantized(.1, 0)}, {"w": quantized(.1, 0)}, exit_code=0)
        self.assertEqual(len(self.changes({"w": quantized(.1, 0)}, {"w": quantized(.2, 0)})), 1)
        self.assertEqual(len(self.changes({"w": quantized(.1, 0)}, {"w": quantized(.1, 1)})), 1)
        self.diff({"w": by_channel(.1, .2)}, {"w": by_channel(.1, .2)}, exit_code=0)
        self.assertEqual(len(self.changes({"w": by_channel(.1, .2)}, {"w": by_channel(.1, .3)})), 1)


if __name__ == "__main__":
    common.main()
