"""Conversions between the names and layouts of model families, as their converters do them: each is
rules, a source, and the target written by hand in torch. The output is held against the bytes that
torch.save writes of the target; the reverse, the JSON form and --like against the same tensors; the
executable model of the language joins in where it is there.
"""
import importlib.util
import os
import pathlib
import subprocess
import unittest

import common
import torch

import conversion_language  # noqa: F401 (fills CASES)
import conversion_vision  # noqa: F401
from conversion_kit import CASES, halves

MODEL = pathlib.Path(os.environ.get(
    "CKPT_REMAP_MODEL", common.CORPUS.parent / "cases" / "remap" / "model" / "remap.py"))


def load_model():
    if not MODEL.is_file():
        return None
    spec = importlib.util.spec_from_file_location("remap_model", MODEL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def definitions(case):
    return [word for name, value in case.params.items() for word in ("-D", f"{name}={value}")]


class Conversions(common.TestCase):
    def setUp(self):
        super().setUp()
        self.model = load_model()

    def save(self, tensors, folder):
        path = self.fresh_folder(folder) / "model.pt"
        torch.save(tensors, path)
        return path

    def assert_equal_tensors(self, got, expected):
        self.assertEqual(list(got), list(expected))
        for key, value in expected.items():
            self.assertEqual((got[key].dtype, got[key].shape), (value.dtype, value.shape), key)
            self.assertTrue(torch.equal(got[key], value), key)

    def assert_restored(self, case, path):
        got = torch.load(path, weights_only=True)
        expected = {key: value for key, value in case.source.items() if key not in case.lost}
        self.assertEqual(sorted(set(got) - case.lost), sorted(expected))
        for key, value in expected.items():
            self.assertTrue(torch.equal(got[key], value), key)

    def convert(self, case, source, rules, folder, *options):
        out = self.fresh_folder(folder) / "model.pt"
        self.run_ckpt("remap", source, "-o", out, "--rules", rules, *definitions(case), *options)
        return out

    def check(self, case):
        rules = self.folder / "rules.remap"
        rules.write_text(case.rules)
        source, target = self.save(case.source, "source"), self.save(case.target, "target")
        out = self.convert(case, source, rules, "out")
        self.assert_equal_tensors(torch.load(out, weights_only=True), case.target)
        self.assert_same_file(out, target)
        self.assert_restored(case, self.convert(case, out, rules, "back", "--reverse"))
        json_rules = self.folder / "rules.json"
        as_json = self.run_ckpt("remap", "check", rules, "--as-json", *definitions(case))
        json_rules.write_bytes(as_json)
        again = self.convert(case, source, json_rules, "json", "--like", target)
        self.assert_same_file(again, target)
        if self.model and not case.skips_model:
            self.check_with_model(case)

    def check_with_model(self, case):
        arrays = {key: value.numpy() for key, value in case.source.items()}
        shapes = {key: list(value.shape) for key, value in case.source.items()}
        rules = self.model.parse(case.rules, dict(case.params), list(arrays), shapes)
        made, report = self.model.run(rules, arrays)
        self.assertEqual(report["unused"], [])
        self.assertEqual(sorted(made), sorted(case.target))
        for key, value in case.target.items():
            self.assertTrue(torch.equal(torch.from_numpy(made[key].copy()), value), key)


class Shards(common.TestCase):
    """Tensor-parallel ranks: rows, columns and what all ranks have."""

    def make_ranks(self):
        whole = {"wq": torch.randn(16, 6), "wo": torch.randn(6, 16), "norm": torch.randn(6)}
        for rank in range(2):
            torch.save({"layers.0.wq": whole["wq"][rank * 8:rank * 8 + 8].clone(),
                        "layers.0.wo": whole["wo"][:, rank * 8:rank * 8 + 8].clone(),
                        "norm": whole["norm"]}, self.folder / f"rank.{rank:02}.pth")
        return whole

    def join(self, *options):
        out = self.fresh_folder("out") / "model.pt"
        rules = self.folder / "shards.remap"
        rules.write_text("""
            param n = 2
            rank{r:0..n-1}/layers.{i}.wq -> model.{i}.q.weight | cat(r, 0) | rope_half(4)
            rank{r:0..n-1}/layers.{i}.wo -> model.{i}.o.weight | cat(r, 1) | t
            rank{r:0..n-1}/norm -> model.norm.weight | same
            """)
        self.run_ckpt("remap", *options, "-f", "-o", out, "--rules", rules)
        return out

    def test_ranks_are_joined(self):
        whole = self.make_ranks()
        target = self.fresh_folder("target") / "model.pt"
        torch.save({"model.0.q.weight": halves(whole["wq"], 4),
                    "model.0.o.weight": whole["wo"].t().contiguous(),
                    "model.norm.weight": whole["norm"]}, target)
        files = [self.folder / "rank.00.pth", self.folder / "rank.01.pth"]
        self.assert_same_file(self.join(*files), target)
        pattern = f"rank{{r}}/={self.folder}/rank.{{r:02}}.pth"
        self.assert_same_file(self.join("--in", pattern), target)

    def test_joined_shards_are_gathered_from_their_files(self):
        size = 1536  # more than the buffer that small tensors are read into
        whole = torch.randn(2 * size, 2 * size)
        for rank in range(2):
            torch.save({"a": whole[rank * size:(rank + 1) * size].clone(),
                        "b": whole[:, rank * size:(rank + 1) * size].clone()},
                       self.folder / f"rank.{rank:02}.pth")
        out = self.folder / "joined.pt"
        environment = dict(os.environ, TMPDIR=str(self.folder / "no such folder"))
        subprocess.run([common.CKPT, "remap", self.folder / "rank.00.pth",
                        self.folder / "rank.01.pth", "-q", "-o", out,
                        "-e", "rank{r:0..1}/a -> a | cat(r, 0) | t",
                        "-e", "rank{r:0..1}/b -> b | cat(r, 1) | rope_half(4)"],
                       check=True, env=environment)
        got = torch.load(out, weights_only=True)
        self.assertTrue(torch.equal(got["a"], whole.t()))
        self.assertTrue(torch.equal(got["b"], halves(whole, 4)))


def add_tests():
    for make in CASES:
        setattr(Conversions, f"test_{make.__name__}", lambda self, make=make: self.check(make()))


add_tests()

if __name__ == "__main__":
    common.main()
