"""`ckpt diff` and `ckpt hash` against the same questions asked of torch.

Figures are computed by torch in float64. Sums are added in another order there, so they agree to
nearly the last digit of a double, not to the bit.
"""
import collections
import copy
import hashlib
import json
import math
import os
import shutil
import struct
import subprocess
import unittest

import common
import torch

FLOATS = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
SMALL_FLOATS = [getattr(torch, name) for name in (
    "float8_e5m2", "float8_e4m3fn", "float8_e5m2fnuz", "float8_e4m3fnuz", "float8_e8m0fnu")
    if hasattr(torch, name)]
INTEGERS = [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8]
COMPLEX = [torch.complex128, torch.complex64]
SUM_TOLERANCE = 1e-12


def bits_of(tensor):
    """One integer an element; two for a complex number."""
    tensor = tensor.contiguous()
    if tensor.dtype.is_complex:
        return torch.view_as_real(tensor).view(
            {8: torch.int32, 16: torch.int64}[tensor.element_size()]).flatten(0, -2)
    width = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
    return tensor.view(width[tensor.element_size()]).flatten().unsqueeze(-1)


def widened(tensor):
    tensor = tensor.flatten()
    return tensor.to(torch.complex128 if tensor.dtype.is_complex else torch.float64)


def figures(a, b):
    """What diff --json must say of two tensors of one dtype."""
    changed = (bits_of(a) != bits_of(b)).any(-1)
    a, b = widened(a), widened(b)
    finite = torch.isfinite(a) & torch.isfinite(b)
    result = {"elements": a.numel(), "changed": int(changed.sum()),
              "new_nan": int((torch.isnan(b) & ~torch.isnan(a)).sum()),
              "new_inf": int((torch.isinf(b) & ~torch.isinf(a)).sum()),
              "zero_signs": int((changed & (a == b)).sum())}
    a, b = a[finite], b[finite]
    distance = (a - b).abs()
    norm_a, norm_b = a.norm().item(), b.norm().item()
    not_zero = b.abs() > 0
    result.update(
        max_abs=distance.max().item(), mean_abs=distance.mean().item(),
        max_relative=(distance[not_zero] / b[not_zero].abs()).max().item() if not_zero.any() else 0,
        rms=math.sqrt((distance ** 2).mean().item()),
        relative_norm=distance.norm().item() / norm_a if norm_a else math.inf,
        cosine=(torch.vdot(a, b).real.item() / (norm_a * norm_b)) if norm_a and norm_b else "nan")
    return result


def sample(dtype, shape=(7, 31)):
    count = math.prod(shape)
    if dtype == torch.bool:
        return (torch.arange(count) % 3 == 0).reshape(shape)
    if dtype in INTEGERS:
        return (torch.arange(count) % 100).to(dtype).reshape(shape)
    if dtype.is_complex:
        return torch.complex(torch.linspace(-3, 3, count), torch.linspace(1, 2, count)) \
            .to(dtype).reshape(shape)
    return torch.linspace(0.01, 3, count, dtype=torch.float32).to(dtype).reshape(shape)


class DiffCase(common.TestCase):
    def save(self, name, value):
        path = self.folder / name
        torch.save(value, path)
        return path

    def diff(self, a, b, *options, exit_code=1):
        a = a if not isinstance(a, dict) else self.save("a.pt", a)
        b = b if not isinstance(b, dict) else self.save("b.pt", b)
        report = json.loads(self.run_ckpt("diff", "--json", a, b, *options, exit_code=exit_code))
        self.assertEqual(report["schema"], "ckpt.diff/1")
        self.assertEqual(report["same"], exit_code == 0)
        return report

    def assert_figures(self, row, a, b):
        for name, expected in figures(a, b).items():
            with self.subTest(dtype=str(a.dtype), figure=name):
                if isinstance(expected, float) and math.isfinite(expected):
                    self.assertTrue(math.isclose(row[name], expected, rel_tol=SUM_TOLERANCE,
                                                 abs_tol=0), (row[name], expected))
                else:
                    self.assertEqual(row[name], "inf" if expected == math.inf else expected)


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


def make_model():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4),
                               torch.nn.Flatten(), torch.nn.Linear(144, 2))


def train(model, optimizer, steps, first=0):
    for step in range(first, first + steps):
        torch.manual_seed(100 + step)
        loss = model(torch.randn(8, 3, 8, 8)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def checkpoint(model, optimizer, epoch):
    return {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}


class Training(DiffCase):
    def test_a_fine_tune_step(self):
        model = make_model()
        before = copy.deepcopy(model.state_dict())
        train(model, torch.optim.SGD(model.parameters(), lr=0.1), 1)
        after = model.state_dict()
        rows = {row["name"]: row for row in self.diff(before, after)["differences"]}
        self.assertEqual(set(rows), {key for key in before
                                     if not torch.equal(before[key], after[key])})
        for key, row in rows.items():
            self.assert_figures(row, before[key], after[key])

    def test_a_frozen_backbone_with_moving_statistics(self):
        model = make_model()
        before = copy.deepcopy(model.state_dict())
        model(torch.randn(8, 3, 8, 8))
        a, b = self.save("before.pt", before), self.save("after.pt", model.state_dict())
        names = {row["name"] for row in self.diff(a, b)["differences"]}
        self.assertEqual(names, {"1.running_mean", "1.running_var", "1.num_batches_tracked"})
        self.run_ckpt("diff", a, b, "--ignore", "**running_*", "--ignore",
                      "**num_batches_tracked")

    def test_ten_steps_against_five_and_five(self):
        def run(restores_optimizer, splits):
            model = make_model()
            optimizer = torch.optim.Adam(model.parameters())
            if splits:
                train(model, optimizer, 5)
                state = copy.deepcopy(optimizer.state_dict())
                optimizer = torch.optim.Adam(model.parameters())
                if restores_optimizer:
                    optimizer.load_state_dict(state)
                train(model, optimizer, 5, first=5)
            else:
                train(model, optimizer, 10)
            return checkpoint(model, optimizer, 10)
        straight = self.save("straight.pt", run(True, False))
        resumed = self.save("resumed.pt", run(True, True))
        reset = self.save("reset.pt", run(False, True))
        self.diff(straight, resumed, exit_code=0)
        hashes = self.run_ckpt("hash", "--all", straight, resumed, reset).split()[::2]
        self.assertEqual(hashes[0], hashes[1])
        self.assertNotEqual(hashes[0], hashes[2])
        names = {row["name"] for row in self.diff(straight, reset)["differences"]}
        self.assertIn("optimizer: state of 0.weight: step", names)
        self.assertIn("0.weight", names)
        first = self.run_ckpt("diff", "--first", straight, reset, exit_code=1).decode()
        self.assertTrue(first.startswith("~ 0.weight["), first)

    def test_values_that_are_no_tensors(self):
        model = make_model()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        a = checkpoint(model, optimizer, 3)
        optimizer.param_groups[0]["lr"] = 0.01
        b = checkpoint(model, optimizer, 4)
        rows = {row["name"]: row for row in self.diff(a, b)["differences"]}
        self.assertEqual(set(rows), {"epoch", "optimizer:param_groups:0:lr"})
        self.assertEqual((rows["epoch"]["a"]["value"], rows["epoch"]["b"]["value"]), (3, 4))

    def test_old_optimizers_with_addresses_for_ids(self):
        model = make_model()
        optimizer = torch.optim.Adam(model.parameters())
        train(model, optimizer, 1)
        a = checkpoint(model, optimizer, 1)
        b = copy.deepcopy(a)
        addresses = {i: 140_000_000_000 + 8 * (17 * i % 5) + 1000 * i for i in range(6)}
        state = b["optimizer"]["state"]
        b["optimizer"]["state"] = {addresses[i]: state[i] for i in reversed(list(state))}
        b["optimizer"]["param_groups"][0]["params"] = [addresses[i] for i in range(6)]
        self.diff(a, b, exit_code=0)


class Names(DiffCase):
    def test_renamed_tensors_are_found_by_content(self):
        state = make_model().state_dict()
        renamed = {key.replace("3.", "head."): value for key, value in state.items()}
        report = self.diff(dict(state), renamed)
        pairs = {(row["a"]["path"], row["b"]["path"]) for row in report["differences"]
                 if row["change"] == "renamed"}
        self.assertEqual(pairs, {("3.weight", "head.weight"), ("3.bias", "head.bias")})

    def test_tied_and_equal_tensors_keep_their_names_apart(self):
        shared = torch.randn(4, 4)
        a = {"encoder.weight": shared, "decoder.weight": shared,
             "encoder.bias": torch.zeros(4), "decoder.bias": torch.zeros(4)}
        b = {f"module.{key}": value for key, value in a.items()}
        report = self.diff(a, b)
        pairs = {row["a"]["path"]: row["b"]["path"] for row in report["differences"]}
        self.assertEqual(pairs, {key: f"module.{key}" for key in a})
        self.assertEqual(report["hint"]["option"], "--strip-wrappers")
        self.diff(a, b, "--strip-wrappers", exit_code=0)

    def test_data_parallel_metadata_is_stripped_too(self):
        model = make_model()
        wrapped = torch.nn.DataParallel(model)
        self.diff(self.save("plain.pt", model.state_dict()),
                  self.save("wrapped.pt", wrapped.state_dict()), "--strip-wrappers", exit_code=0)

    def test_a_prefix_is_suggested(self):
        a = make_model().state_dict()
        b = {f"backbone.{key}": value for key, value in a.items()}
        report = self.diff(dict(a), b)
        self.assertEqual(report["hint"],
                         {"option": "--strip-prefix backbone.", "matching": len(a),
                          "tensors": len(a)})
        self.diff(dict(a), b, "--strip-prefix", "backbone.", exit_code=0)
        self.diff(dict(a), b, "--map", "backbone.**=>**", exit_code=0)


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

    def test_how_it_is_stored_counts_only_when_asked(self):
        shared = torch.arange(6.0).view(2, 3)
        pairs = {"untied": ({"a": shared, "b": shared}, {"a": shared, "b": shared.clone()}),
                 "strides": ({"a": shared}, {"a": shared.t().contiguous().t()}),
                 "expanded": ({"a": torch.ones(1).expand(4)}, {"a": torch.ones(4)}),
                 "parameter": ({"a": torch.nn.Parameter(shared)}, {"a": shared})}
        for name, (a, b) in pairs.items():
            with self.subTest(name):
                self.diff(a, b, exit_code=0)
                self.assertEqual(self.run_ckpt("diff", "-q", self.folder / "a.pt",
                                               self.folder / "b.pt"), b"")
                rows = self.diff(a, b, "--container")["container"]
                self.assertTrue(any(row["what"].startswith("tensor ") for row in rows), rows)

    def test_attributes_of_tensors_count(self):
        a, b = torch.nn.Parameter(torch.ones(2)), torch.nn.Parameter(torch.ones(2))
        a.tag, b.tag = "x", "y"
        self.assertEqual(self.changes({"w": a}, {"w": b}), [("value", "w:args:3:tag")])

    def test_types_of_values_and_containers(self):
        w = torch.ones(1)
        self.assertEqual(self.changes({"w": w, "x": (1, 2)}, {"w": w, "x": [1, 2]}), [("type", "x")])
        self.diff({"w": w, "x": {"a": 1}}, {"w": w, "x": collections.OrderedDict(a=1)}, exit_code=0)
        self.assertEqual(self.changes({"w": w, "x": 1, "y": True, "z": None},
                                      {"w": w, "x": 1.0, "y": 1, "z": 0}),
                         [("type", "x"), ("type", "y"), ("type", "z")])
        self.diff({"w": w, "x": math.nan}, {"w": w, "x": math.nan}, exit_code=0)
        self.assertEqual(self.changes({"w": w, "x": -0.0}, {"w": w, "x": 0.0}), [("value", "x")])
        self.assertEqual(self.changes({"v": w, "w": w}, {"v": w, "w": 3}), [("type", "w")])
        a, b = {0: w, "0": w * 2}, {0: w, "0": w * 3}
        self.assertEqual(self.changes(a, b), [("values", '"0"')])

    def test_a_tensor_that_moved_to_another_section(self):
        a = {"model": {"a": torch.ones(3), "b": torch.zeros(2)}, "extra": {}}
        b = {"model": {"a": torch.ones(3)}, "extra": {"b": torch.zeros(2)}}
        row, = [row for row in self.diff(a, b)["differences"] if row["is_tensor"]]
        self.assertEqual((row["change"], row["a"]["path"], row["b"]["path"]),
                         ("renamed", "b", "extra:b"))

    def test_thousands_of_equal_tensors_under_new_names(self):
        a = {f"a.{i}": torch.zeros(1) for i in range(20000)}
        b = {f"b.{i}": torch.zeros(1) for i in range(20000)}
        report = self.diff(a, b)
        self.assertEqual(report["tensors"]["renamed"], 20000)


class Optimizers(DiffCase):
    """Entries of optimizers are compared by parameter."""

    def trained(self, order):
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
        named = dict(model.named_parameters())
        optimizer = torch.optim.AdamW([(name, named[name]) for name in order], lr=1e-3)
        for _ in range(3):
            torch.manual_seed(1)
            model(torch.randn(5, 4)).square().mean().backward()
            optimizer.step()
            optimizer.zero_grad()
        return checkpoint(model, optimizer, 3)

    names = ["0.weight", "0.bias", "2.weight", "2.bias"]

    def test_ids_in_another_order(self):
        a, b = self.trained(self.names), self.trained(self.names[::-1])
        report = self.diff(a, b, exit_code=0)
        self.assertEqual(report["optimizers"][0]["matched_by"], "name")

    def test_names_are_inferred_where_the_file_has_none(self):
        a, b = self.trained(self.names), self.trained(self.names[::-1])
        for group in a["optimizer"]["param_groups"] + b["optimizer"]["param_groups"]:
            group.pop("param_names")
        b["optimizer"]["state"][0]["exp_avg"][0] += 1  # 2.bias
        report = self.diff(a, b)
        match, = report["optimizers"]
        rows = {row["name"]: row for row in report["differences"]}
        if match["matched_by"] == "name":
            row = rows["optimizer: state of 2.bias: exp_avg"]
            self.assertEqual((row["a"]["path"], row["b"]["path"], row["a"]["parameter"]),
                             ("optimizer:state:3:exp_avg", "optimizer:state:0:exp_avg", "2.bias"))
        else:
            self.assertIn(match["level"], ("ambiguous", "none"))

    def test_without_a_model_positions_are_compared_and_said(self):
        a, b = self.trained(self.names)["optimizer"], self.trained(self.names)["optimizer"]
        for group in a["param_groups"] + b["param_groups"]:
            group.pop("param_names")
        b["state"][2]["exp_avg"][1, 3] += 1
        report = self.diff(a, b)
        self.assertEqual(report["optimizers"][0]["matched_by"], "position")
        row, = report["differences"]
        self.assertEqual((row["name"], row["max_abs_index"]), ("state:2:exp_avg", [1, 3]))
        said = subprocess.run([common.CKPT, "diff", self.folder / "a.pt", self.folder / "b.pt"],
                              capture_output=True, text=True, check=False).stderr
        self.assertIn("parameters matched by position", said)

    def test_renamed_layers_take_their_state_along(self):
        a, b = self.trained(self.names), self.trained(self.names)
        b["model"] = {f"module.{key}": value for key, value in b["model"].items()}
        group = b["optimizer"]["param_groups"][0]
        group["param_names"] = [f"module.{name}" for name in group["param_names"]]
        self.diff(a, b, "--strip-wrappers", "--ignore", "model:_metadata", exit_code=0)
        rows = [row for row in self.diff(a, b)["differences"] if row["area"] == "optimizer"]
        self.assertIn(("renamed", "optimizer:state:0:exp_avg"),
                      [(row["change"], row["a"] and row["a"]["path"]) for row in rows])

    def test_the_optimizer_under_another_key(self):
        a, b = self.trained(self.names), self.trained(self.names)
        b["optimizer_state_dict"] = b.pop("optimizer")
        report = self.diff(a, b, exit_code=0)
        self.assertEqual(report["optimizers"][0]["b"], "optimizer_state_dict")

    def test_groups_that_differ(self):
        a = self.trained(self.names)
        b = copy.deepcopy(a)
        one, = b["optimizer"]["param_groups"]
        other = {**one, "lr": 0.5, "params": one["params"][2:],
                 "param_names": one["param_names"][2:]}
        one["params"], one["param_names"] = one["params"][:2], one["param_names"][:2]
        b["optimizer"]["param_groups"].append(other)
        names = {(row["change"], row["name"]) for row in self.diff(a, b)["differences"]}
        self.assertIn(("removed", "optimizer: params of group 0: 2.weight"), names)
        self.assertIn(("added", "optimizer: params of group 1: 2.weight"), names)
        self.assertIn(("added", "optimizer:param_groups:1:lr"), names)
        self.assertFalse([name for _, name in names if "state of" in name])


class Reading(DiffCase):
    def bytes_read(self, *arguments, exit_code):
        trace = self.folder / "trace"
        run = subprocess.run(
            ["strace", "-f", "-y", "-s", "0", "-o", trace, "-e",
             "trace=read,pread64,readv,preadv,preadv2,mmap", common.CKPT, *map(str, arguments)],
            capture_output=True, check=False)
        self.assertEqual(run.returncode, exit_code, run.stderr)
        calls = [line for line in trace.read_text().splitlines() if ".pt>" in line]
        self.assertFalse([call for call in calls if "mmap(" in call])
        return sum(int(call.rsplit("= ", 1)[1]) for call in calls if call.rsplit("= ", 1)[1].isdigit())

    @unittest.skipUnless(shutil.which("strace"), "no strace")
    def test_what_is_decided_without_reading_is_not_read(self):
        a = {f"layer{i}.weight": torch.randn(250_000) for i in range(8)}
        b = {key: value.clone() for key, value in a.items()}
        b["layer5.weight"][7] += 1
        one, two = self.save("one.pt", a), self.save("two.pt", b)
        few = 400_000  # the directories and the pickles
        self.assertLess(self.bytes_read("diff", "-q", one, two, exit_code=1), few)
        self.assertLess(self.bytes_read("diff", "-q", one, one, exit_code=0), few)
        self.assertLess(self.bytes_read("diff", one, one, exit_code=0), few)
        self.assertLess(self.bytes_read("diff", "--keys", one, two, exit_code=0), few)
        everything = one.stat().st_size + two.stat().st_size
        self.assertLess(self.bytes_read("diff", one, two, exit_code=1), everything + few + 1_000_000)

    @unittest.skipUnless(shutil.which("strace"), "no strace")
    def test_shared_storages_are_read_once(self):
        w = torch.randn(1_000_000)
        tied = self.save("one.pt", {f"w{i}": w for i in range(4)})
        other = self.save("two.pt", {f"w{i}": w for i in range(4)})
        self.assertLess(self.bytes_read("diff", tied, other, exit_code=0),
                        tied.stat().st_size + other.stat().st_size + 400_000)

    @unittest.skipUnless(os.access("/usr/bin/time", os.X_OK), "no /usr/bin/time")
    def test_memory_does_not_grow_with_the_file(self):
        a = {"w": torch.zeros(40_000_000), "t": torch.zeros(2000, 4000).t()}
        one, two = self.save("one.pt", a), self.save("two.pt", {k: v + 1 for k, v in a.items()})
        for arguments in (["diff", "-j4", one, two], ["hash", one], ["ls", "--hash", two]):
            report = self.folder / "time"
            subprocess.run(["/usr/bin/time", "-f", "%M", "-o", report, common.CKPT,
                            *map(str, arguments)], capture_output=True, check=False)
            self.assertLess(int(report.read_text().split()[-1]), 64 * 1024, arguments)


class Hashes(DiffCase):
    def hash(self, path, *options):
        return self.run_ckpt("hash", path, *options).split()[0]

    def test_container_order_strides_and_sharing_do_not_matter(self):
        a, b = torch.randn(3, 4), torch.randn(5)
        expected = self.hash(self.save("plain.pt", {"a": a, "b": b}))
        wide = torch.zeros(10)
        wide[::2] = b
        others = {"order": {"b": b, "a": a}, "strides": {"a": a.t().contiguous().t(), "b": wide[::2]},
                  "nested": {"state_dict": {"a": a, "b": b}, "epoch": 3}}
        for name, state in others.items():
            self.assertEqual(self.hash(self.save(f"{name}.pt", state)), expected, name)

    def test_the_hash_is_of_what_the_documentation_says(self):
        def number(value):
            return struct.pack("<Q", value)

        def text(value):
            return number(len(value)) + value.encode()

        state = {"w": torch.randn(3, 4), "half": torch.randn(5).half(), "n": torch.tensor(7)}
        expected = {}
        for key, tensor in state.items():
            content = text(str(tensor.dtype).removeprefix("torch.")) + number(tensor.dim())
            content += b"".join(map(number, tensor.shape)) + tensor.numpy().tobytes()
            expected[key] = hashlib.sha256(content).digest()
        path = self.save("m.pt", state)
        lines = self.run_ckpt("hash", "--sha256", "--per-tensor", path).decode().splitlines()
        self.assertEqual({line.split("\t")[1]: line.split()[0] for line in lines},
                         {key: digest.hex() for key, digest in expected.items()})
        everything = b"".join(text(key) + expected[key] for key in sorted(expected))
        self.assertEqual(self.hash(path, "--sha256").decode(), hashlib.sha256(everything).hexdigest())

    def test_files_of_old_and_new_torch_have_the_hashes_that_their_tensors_have(self):
        folders = [common.TESTDATA / "torch-1.13", common.TESTDATA / "torch-2.13"]
        compared = 0
        for old in common.zip_files(folders[0]):
            new = folders[1] / old.relative_to(folders[0])
            if not new.exists():
                continue
            rows = [[(row["path"], row["dtype"], row["shape"], row["sha256"]) for row in
                     json.loads(file.with_name(file.name + ".json").read_text())["tensors"]]
                    for file in (old, new)]
            if any("sparse" in str(row) for row in rows[0]):
                continue
            same = sorted(map(str, rows[0])) == sorted(map(str, rows[1]))
            hashes = self.run_ckpt("hash", "--all", old, new).split()[::2]
            self.assertEqual(hashes[0] == hashes[1], same, old)
            compared += 1
        self.assertGreater(compared, 30)

    def test_names_dtypes_shapes_and_bytes_do(self):
        a = torch.arange(6, dtype=torch.int32)
        hashes = {self.hash(self.save("x.pt", state)) for state in (
            {"a": a}, {"b": a}, {"a": a.view(torch.float32)}, {"a": a.view(2, 3)},
            {"a": a + 1}, {"a": a, "b": a})}
        self.assertEqual(len(hashes), 6)

    def test_manifests_check(self):
        path = self.save("m.pt", {"w": torch.ones(3), "b": torch.zeros(2)})
        for options in ([], ["--per-tensor"], ["--sha256"], ["--sha256", "--per-tensor"]):
            manifest = self.folder / "manifest"
            manifest.write_bytes(self.run_ckpt("hash", path, *options))
            self.save("m.pt", {"w": torch.ones(3), "b": torch.zeros(2)})
            self.run_ckpt("hash", "--check", manifest)
            self.save("m.pt", {"w": torch.ones(3), "b": torch.ones(2)})
            self.run_ckpt("hash", "--check", manifest, exit_code=1)
            self.save("m.pt", {"w": torch.ones(3), "b": torch.zeros(2)})
        path.unlink()
        self.run_ckpt("hash", "--check", manifest, exit_code=2)


class Git(DiffCase):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]

    def git(self, *arguments):
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
                       "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_PAGER": "cat",
                       "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
        run = subprocess.run(["git", *arguments], cwd=self.folder, capture_output=True, text=True,
                             check=False, env=environment)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def test_git_diff_shows_what_changed(self):
        self.git("init", "-q")
        self.git("config", "diff.ckpt.command", f"'{common.CKPT}' diff")
        (self.folder / ".gitattributes").write_text("*.pt diff=ckpt\n")
        self.save("model.pt", {"w": torch.ones(3), "b": torch.zeros(2)})
        self.git("add", ".")
        self.git("commit", "-qm", "first")
        self.save("model.pt", {"w": torch.tensor([1.0, 1.0, 1.5]), "b": torch.zeros(2)})
        shown = self.git("diff")
        self.assertIn("~ w  f32 3  1 of 3 (33.3 %)  max 0.5 at [2]", shown)
        self.assertIn("tensors: 1 same, 1 changed", shown)
        self.git("commit", "-qam", "second")
        self.assertIn("~ w  f32 3", self.git("log", "-p", "--ext-diff", "-1"))

    def test_git_diff_with_textconv(self):
        self.git("init", "-q")
        self.git("config", "diff.ckpt.textconv", f"'{common.CKPT}' ls --hash")
        (self.folder / ".gitattributes").write_text("*.pt diff=ckpt\n")
        self.save("model.pt", {"w": torch.ones(3), "b": torch.zeros(2)})
        self.git("add", ".")
        self.git("commit", "-qm", "first")
        self.save("model.pt", {"w": torch.ones(3) * 2, "b": torch.zeros(2)})
        shown = self.git("diff")
        lines = shown.splitlines()
        self.assertEqual([line[0] for line in lines if "w  f32 3  " in line], ["-", "+"], shown)
        self.assertEqual([line[0] for line in lines if "b  f32 2  " in line], [" "], shown)

    def test_git_gives_added_deleted_renamed_and_unmerged_files(self):
        self.git("init", "-q")
        self.git("config", "diff.ckpt.command", f"'{common.CKPT}' diff")
        (self.folder / ".gitattributes").write_text("*.pt diff=ckpt\n")
        self.git("add", ".")
        self.git("commit", "-qm", "attributes")
        big = torch.arange(1000.0)
        self.save("model.pt", {"w": big})
        self.git("add", ".")
        self.assertIn("+ w  f32 1000", self.git("diff", "--cached"))
        self.git("commit", "-qm", "first")
        self.git("mv", "model.pt", "moved.pt")
        big[7] += 1
        torch.save({"w": big}, self.folder / "moved.pt")
        self.git("add", ".")
        shown = self.git("diff", "--cached", "-M10%")
        self.assertIn("ckpt diff model.pt => moved.pt\n", shown)
        self.assertIn("~ w  f32 1000  1 of 1000", shown)
        self.git("commit", "-qm", "moved")
        (self.folder / "moved.pt").unlink()
        self.assertIn("- w  f32 1000", self.git("diff"))

        self.git("checkout", "-q", ".")
        self.git("checkout", "-qb", "other", "HEAD")
        self.save("moved.pt", {"w": big * 2})
        self.git("commit", "-qam", "doubled")
        self.git("checkout", "-q", "-")
        self.save("moved.pt", {"w": big * 3})
        self.git("commit", "-qam", "tripled")
        subprocess.run(["git", *self.identity, "merge", "-q", "other"], cwd=self.folder,
                       capture_output=True, check=False)
        self.assertIn("ckpt diff moved.pt: unmerged\n", self.git("diff", "--cached"))

    def test_git_without_attributes_and_through_the_environment(self):
        self.git("init", "-q")
        self.save("a.pt", {"w": torch.zeros(2)})
        self.git("add", ".")
        self.git("commit", "-qm", "first")
        self.save("a.pt", {"w": torch.ones(2)})
        self.assertIn("~ w  f32 2", self.git("-c", f"diff.external='{common.CKPT}' diff", "diff"))
        old, new = self.save("old.pt", {"w": torch.zeros(2)}), self.folder / "a.pt"
        shown = self.run_ckpt("diff", "a.pt", old, "0" * 40, "100644", new, "1" * 40, "100644")
        self.assertTrue(shown.decode().startswith("ckpt diff a.pt\n~ w  f32 2"), shown)

    def test_git_tells_of_a_version_that_is_no_checkpoint(self):
        self.git("init", "-q")
        self.git("config", "diff.external", f"'{common.CKPT}' diff")
        (self.folder / "a.pt").write_text("no checkpoint\n")
        self.git("add", ".")
        self.git("commit", "-qm", "first")
        self.save("a.pt", {"w": torch.ones(2)})
        run = subprocess.run(["git", "diff"], cwd=self.folder, capture_output=True, check=False)
        self.assertEqual(run.returncode, 128)
        self.assertIn(b"ckpt: error", run.stderr)


if __name__ == "__main__":
    common.main()
