"""Rules: conversions between libraries, judged element by element by what their own converters gave,
and the codes of rules that are wrong. Operations are judged by torch."""
import hashlib
import json
import os
import pathlib
import subprocess
import unittest

import common
import torch

CASES = pathlib.Path(os.environ.get("CKPT_REMAP_CASES", common.CORPUS.parent / "cases" / "remap"))
needs_cases = unittest.skipUnless(CASES.is_dir(), "no cases beside the project")

DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "F64": torch.float64,
          "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
          "U8": torch.uint8, "BOOL": torch.bool}

# The codes that the cases of wrong rules stand for.
CODES = {
    "unmatched source key": "D11", "unused rule": "D14", "two sources to one target": "E05",
    "two rules to one target": "D12", "incomplete group": "D13", "gap in a stacked index": "D13",
    "index of both lists differ in length": "E03", "variable only on the right": "E05",
    "variable only on the left": "E05", "star count": "E04", "not divisible": "D15",
    "sizes do not add up": "D15", "unknown op": "E02", "missing parameter": "E02",
    "unknown name": "E02", "copies differ": "D15", "parts of unequal shape": "D15",
    "unnamed lists ambiguous": "E04", "not affine": "E06", "negative index": "E06",
}


def case_names():
    return sorted(path.stem for path in CASES.glob("*__*.json") if ".rules" not in path.name)


def filled(position, entry):
    shape = entry["shape"]
    count = 1
    for size in shape:
        count *= size
    values = (torch.arange(count, dtype=torch.int64) + position * 52429) % 16777213
    return values.to(DTYPES[entry.get("dtype", "F32")]).reshape(shape)


def state_dict(entries):
    tensors = {}
    for position, entry in enumerate(entries):
        same = entry.get("same_values_as")
        tensors[entry["key"]] = tensors[same] if same else filled(position, entry)
    return tensors


def digest(tensor):
    data = tensor.contiguous().flatten().view(torch.uint8).numpy().tobytes()
    return hashlib.sha256(data).hexdigest()


def definitions(case):
    return [word for name, value in case["params"].items() for word in ("-D", f"{name}={value}")]


@needs_cases
class Conversions(common.TestCase):
    def convert(self, case, source, *options):
        out = self.folder / f"{len(list(self.folder.iterdir()))}.pt"
        self.run_ckpt("remap", source, "-o", out, *options, *definitions(case))
        return out

    def assert_target(self, case, path):
        tensors = torch.load(path, weights_only=True)
        self.assertEqual(sorted(tensors), sorted(entry["key"] for entry in case["target"]))
        for entry in case["target"]:
            tensor = tensors[entry["key"]]
            self.assertEqual(list(tensor.shape), entry["shape"], entry["key"])
            self.assertEqual(tensor.dtype, DTYPES[entry["dtype"]], entry["key"])
            self.assertTrue(tensor.is_contiguous(), entry["key"])
            self.assertEqual(digest(tensor), entry["sha256"], entry["key"])

    def test_conversions(self):
        for name in case_names():
            with self.subTest(name):
                case = json.loads((CASES / f"{name}.json").read_text())
                source = self.folder / f"{name}.pt"
                original = state_dict(case["source"])
                torch.save(original, source)
                rules = CASES / f"{name}.remap"
                target = self.convert(case, source, "--rules", rules)
                self.assert_target(case, target)
                self.assert_target(case, self.convert(case, source, "--rules",
                                                      CASES / f"{name}.rules.json"))
                self.assert_target(case, self.convert(case, source, "--preset",
                                                      name.replace("__", "/")))
                self.assert_restored(case, original, self.convert(
                    case, target, "--rules", rules, "--reverse"))

    def assert_restored(self, case, original, path):
        restored = torch.load(path, weights_only=True)
        expected = {key: value for key, value in original.items()
                    if key not in case["reverse"]["not_restored"]}
        self.assertEqual(sorted(restored), sorted(expected))
        for key, value in expected.items():
            self.assertTrue(torch.equal(restored[key], value), key)
            self.assertEqual(restored[key].dtype, value.dtype)

    def test_wrong_rules(self):
        for case in json.loads((CASES / "_errors.json").read_text()):
            with self.subTest(case["name"]):
                source = self.folder / "in.pt"
                torch.save(state_dict(case["source"]), source)
                rules = self.folder / "wrong.remap"
                rules.write_text(case["rules"])
                out = self.folder / "out.pt"
                run = subprocess.run([common.CKPT, "remap", source, "-o", out, "--rules", rules],
                                     capture_output=True, text=True, check=False)
                self.assertEqual(run.returncode, 2, run.stderr)
                self.assertIn(f" {CODES[case['name']]}: ", run.stderr)
                self.assertFalse(out.exists())


class Operations(common.TestCase):
    """Each operation against what it is in torch."""

    def remap(self, tensors, *rules, options=()):
        source, out = self.folder / "in.pt", self.folder / "out.pt"
        torch.save(tensors, source)
        words = [word for rule in rules for word in ("-e", rule)]
        self.run_ckpt("remap", source, "-f", "-o", out, *words, *options)
        return torch.load(out, weights_only=True)

    def assert_becomes(self, tensor, ops, expected):
        got = self.remap({"a": tensor}, f"a -> b | {ops}")["b"]
        self.assertEqual(got.dtype, expected.dtype, ops)
        self.assertEqual(got.shape, expected.shape, ops)
        self.assertEqual(got.stride(), expected.contiguous().stride(), ops)
        self.assertTrue(torch.equal(got.contiguous().view(torch.uint8) if got.dim() else got,
                                    expected.contiguous().view(torch.uint8) if got.dim()
                                    else expected), ops)
        self.assertEqual(got.untyped_storage().nbytes(), expected.numel() * expected.element_size())

    def test_operations_that_move(self):
        x = torch.arange(8 * 6 * 4, dtype=torch.bfloat16).reshape(8, 6, 4)
        halves = x.reshape(2, 2, 2, 6, 4).transpose(1, 2).reshape(8, 6, 4)
        partly = torch.cat([x.reshape(2, 4, 6, 4)[:, :2].reshape(2, 1, 2, 6, 4).transpose(1, 2)
                            .reshape(2, 2, 6, 4), x.reshape(2, 4, 6, 4)[:, 2:]], 1).reshape(8, 6, 4)
        for ops, expected in [
                ("t", x.transpose(-1, -2)), ("permute(2, 0, 1)", x.permute(2, 0, 1)),
                ("rope_half(4)", halves), ("rope_half(4) | rope_pair(4)", x),
                ("rope_half(4, 2)", partly),
                ("unsqueeze(0, 2)", x.unsqueeze(0).unsqueeze(2)),
                ("unsqueeze(-1) | squeeze(3)", x),
                ("reorder(1, [2, 0, 1])", torch.cat([x[:, 4:], x[:, :2], x[:, 2:4]], 1)),
                ("roll(0, -1)", x.roll(-1, 0)), ("roll(2, 3)", x.roll(3, 2)),
                ("slice(1, 1:4)", x[:, 1:4]), ("slice(-1, 2:)", x[..., 2:]),
                ("pad(0, 8 to 11)", torch.cat([x, x.new_zeros(3, 6, 4)])),
                ("pad(2, 4 to 5)", torch.cat([x, x.new_zeros(8, 6, 1)], 2)),
                ("crop(1, 6 to 5)", x[:, :5]),
                ('rearrange("(h p d) ... -> (p h d) ...", h=2, p=2)',
                 x.reshape(2, 2, 2, 6, 4).transpose(0, 1).reshape(8, 6, 4)),
                ('rearrange("a b c -> (a b) 1 c")', x.reshape(48, 1, 4)),
                ('rearrange("... c -> c ...")', x.permute(2, 0, 1)),
                ('t | rearrange("a b c -> (b a) c")', x.permute(2, 0, 1).reshape(32, 6)),
        ]:
            with self.subTest(ops):
                self.assert_becomes(x, ops, expected)

    def test_operations_that_compute(self):
        for dtype in (torch.float32, torch.float64, torch.float16):
            x = torch.randn(7, 5, dtype=dtype)
            self.assert_becomes(x, "add(1.5)", x + 1.5)
            self.assert_becomes(x, "mul(sqrt(4)/8)", x * 0.25)
        torch.manual_seed(0)
        for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
            x = torch.cat([torch.randn(1000), torch.tensor([0., -0., 6e4, 1e-8])]).to(dtype)
            for number in (0.1, 128 ** -0.5, -0.3, 3e-6, 1e5, 1 / 3):
                self.assert_becomes(x, f"mul({number!r})", x * number)
                self.assert_becomes(x, f"add({number!r})", x + number)
            self.assert_becomes(x[0], "mul(0.1)", x[0] * 0.1)
        for dtype in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64):
            x = torch.arange(-100, 100).to(dtype)
            self.assert_becomes(x, "mul(-7)", x * -7)
            self.assert_becomes(x, "add(300)", x + 300)
        whole = torch.arange(-5, 5, dtype=torch.int16)
        self.assert_becomes(whole, "mul(32767)", whole * 32767)
        self.assert_becomes(whole, "cast(f32)", whole.float())
        self.assert_becomes(whole, "cast(bool)", whole.bool())
        x = torch.randn(33) * 3
        for name, dtype in [("bf16", torch.bfloat16), ("f64", torch.float64), ("i64", torch.int64),
                            ("u8", None), ("i8", torch.int8)]:
            if dtype:
                self.assert_becomes(x, f"cast({name})", x.to(dtype))

    def test_joins_and_splits(self):
        x = torch.arange(48.).reshape(4, 6, 2)
        y = torch.arange(100., 148.).reshape(4, 6, 2)
        for dim in range(3):
            got = self.remap({"x": x, "y": y}, f"{{x,y}} -> c | cat({dim})")["c"]
            self.assertTrue(torch.equal(got, torch.cat([x, y], dim)))
            parts = self.remap({"c": got}, f"c -> {{x,y}} | split({dim})")
            self.assertTrue(torch.equal(parts["x"], x) and torch.equal(parts["y"], y))
            self.assertEqual(parts["x"].untyped_storage().nbytes(), x.numel() * 4)
        for dim in range(4):
            got = self.remap({"x": x, "y": y}, f"{{x,y}} -> c | stack({dim})")["c"]
            self.assertTrue(torch.equal(got, torch.stack([x, y], dim)))
            parts = self.remap({"c": got}, f"c -> p.{{i}} | unstack({dim})")
            self.assertTrue(torch.equal(parts["p.0"], x) and torch.equal(parts["p.1"], y))

    def test_strided_sources_and_tied_outputs(self):
        x = torch.arange(24.).reshape(4, 6)
        out = self.remap({"view": x.t()[1:5, ::2], "tied.a": x, "tied.b": x},
                         "view -> v | t", "tied.{k:a,b} -> t.{k:a,b} | t")
        self.assertTrue(torch.equal(out["v"], x.t()[1:5, ::2].t()))
        self.assertTrue(torch.equal(out["t.a"], x.t()))
        self.assertEqual(out["t.a"].data_ptr(), out["t.b"].data_ptr())
        copies = self.remap({"a": x}, "a -> {b,c} | copy")
        self.assertEqual(copies["b"].data_ptr(), copies["c"].data_ptr())
        one = self.remap({"a": x, "b": x.clone()}, "{a,b} -> c | same")
        self.assertTrue(torch.equal(one["c"], x))

    def test_what_joins_tied_tensors_stays_tied_to_others(self):
        x = torch.randn(3)
        out = self.remap({"a": x, "b": x, "c": x, "d": x.clone()}, "{a,b} -> x | same", "keep **")
        self.assertEqual(out["x"].data_ptr(), out["c"].data_ptr())
        self.assertNotEqual(out["x"].data_ptr(), out["d"].data_ptr())
        out = self.remap({"x": x, "y": x, "z": x}, "a -> {x,y} | copy", "keep **",
                         options=("--reverse",))
        self.assertEqual(sorted(out), ["a", "z"])
        self.assertEqual(out["a"].data_ptr(), out["z"].data_ptr())

    def test_copies_that_differ_in_a_value(self):
        source, out = self.folder / "in.pt", self.folder / "out.pt"
        torch.save({"a": torch.zeros(3), "b": torch.tensor([0., 0., 1.])}, source)
        run = subprocess.run([common.CKPT, "remap", source, "-o", out, "-e", "{a,b} -> c | same"],
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 2)
        self.assertIn("D15: the copies differ", run.stderr)

    def test_packed_types_are_renamed_and_not_rearranged(self):
        packed = torch.arange(8, dtype=torch.uint8).reshape(2, 4).view(torch.float4_e2m1fn_x2)
        source, out = self.folder / "in.pt", self.folder / "out.pt"
        torch.save({"a": packed}, source)
        run = subprocess.run([common.CKPT, "remap", source, "-o", out, "-e", "a -> b | t"],
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 2)
        self.assertIn("-e 1: D15: t on 'a' 2x4: 'a': float4_e2m1fn_x2 packs several elements into",
                      run.stderr)
        self.run_ckpt("remap", source, "-o", out, "-e", "a -> {b,c} | copy")
        got = torch.load(out, weights_only=True)
        self.assertTrue(torch.equal(got["b"].view(torch.uint8), packed.view(torch.uint8)))
        self.assertEqual(got["b"].data_ptr(), got["c"].data_ptr())

    def test_new_tensors(self):
        out = self.remap(
            {"l.0.w": torch.zeros(1), "l.1.w": torch.zeros(1)}, "keep **",
            "new z = zeros(2, 3) f16", "new o = ones(2) i64", "new f = full(2, 2, 0.5)",
            "new s = scalar(7) i64", "new r = arange(6, 1, 6) i64", "new m = tril(3) bool",
            "new l.{i}.f = inv_freq(8, 10000) for l.{i}.w")
        self.assertEqual(list(out)[:4], ["l.0.w", "l.0.f", "l.1.w", "l.1.f"])
        inv_freq = 1.0 / (10000 ** (torch.arange(0, 8, 2, dtype=torch.float32) / 8))
        for key, expected in {
                "z": torch.zeros(2, 3, dtype=torch.float16), "o": torch.ones(2, dtype=torch.int64),
                "f": torch.full((2, 2), 0.5), "s": torch.tensor(7), "l.1.f": inv_freq,
                "r": torch.arange(6).reshape(1, 6),
                "m": torch.ones(1, 1, 3, 3, dtype=torch.bool).tril()}.items():
            self.assertTrue(torch.equal(out[key], expected), key)
            self.assertEqual(out[key].dtype, expected.dtype, key)

    def test_shards(self):
        whole = torch.arange(32.).reshape(8, 4)
        files = []
        for rank in range(2):
            files.append(self.folder / f"consolidated.0{rank}.pth")
            torch.save({"wq": whole[rank * 4:rank * 4 + 4].clone(), "norm": torch.ones(4),
                        "wo": whole[:, rank * 2:rank * 2 + 2].clone()}, files[-1])
        out = self.folder / "joined.pt"
        self.run_ckpt("remap", *files, "-o", out, "-D", "n=2", "--rules", self.rule_file(
            "param n\nrank{r:0..n-1}/wq -> q | cat(r, 0)\nrank{r:0..n-1}/wo -> o | cat(r, 1)\n"
            "rank{r:0..n-1}/norm -> norm | same\n"))
        tensors = torch.load(out, weights_only=True)
        self.assertTrue(torch.equal(tensors["q"], whole) and torch.equal(tensors["o"], whole))
        torch.save({"other": torch.ones(2)}, files[1])
        self.run_ckpt("remap", *files, "-f", "-o", out, "-e", "keep **")
        self.assertEqual(list(torch.load(out, weights_only=True)), ["wq", "norm", "wo", "other"])

    def rule_file(self, text):
        path = self.folder / "rules.remap"
        path.write_text(text)
        return path


if __name__ == "__main__":
    common.main()
