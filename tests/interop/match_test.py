"""`ckpt match` on conversions whose true pairs are known: files as torch writes them, and the rules
of the answer applied to them by hand."""
import json
import os
import pathlib
import random
import re
import subprocess
import unittest

import common
import torch
from common import TestCase

CASES = pathlib.Path(os.environ.get(
    "CKPT_REMAP_CASES", common.HERE.parents[2] / "shared" / "cases" / "remap"))
DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
          "I64": torch.int64, "BOOL": torch.bool}
SURE = ("only", "name+")
MAY_BE_WRONG = ("order", "tie", "contested+", "contested")
COMPLETE = ("timm-resnet50__hf-resnet50", "torchvision-resnet50__detectron2-r50",
            "ldm-unet__diffusers-unet", "openai-clip__hf-clip",
            "fairseq-wav2vec2__hf-wav2vec2", "hf-llama__torchtune-llama")


def read_cases():
    paths = sorted(path for path in CASES.glob("*__*.json") if not path.match("*.rules.json"))
    return [json.loads(path.read_text()) for path in paths]


def tensors_of(entries):
    return {entry["key"]: torch.zeros(entry["shape"], dtype=DTYPES[entry["dtype"]])
            for entry in entries}


def shuffled(tensors, seed):
    keys = list(tensors)
    random.Random(seed).shuffle(keys)
    return {key: tensors[key] for key in keys}


def edges_of(pair):
    return {(a, b) for a in pair["a"] for b in pair["b"]}


class Judgement:
    def __init__(self, answer, truth):
        self.edges = set().union(*(edges_of(pair) for pair in answer["pairs"]))
        self.recall = len(self.edges & truth) / len(truth)
        self.wrong = [pair for pair in answer["pairs"] if not edges_of(pair) <= truth]
        self.order = [pair for pair in answer["pairs"] if pair["grade"] == "order"]


class Match(TestCase):
    def match(self, a, b, *options):
        folder = self.fresh_folder("files")
        torch.save(a, folder / "a.pt")
        torch.save(b, folder / "b.pt")
        run = subprocess.run(
            [common.CKPT, "match", folder / "a.pt", folder / "b.pt", "--json", *options],
            capture_output=True, check=False, timeout=common.SECONDS_PER_RUN)
        answer = json.loads(run.stdout)
        is_decided = answer["pairs"] and (not answer["open"] or "--accept-open" in options)
        self.assertEqual(run.returncode, 0 if is_decided else 1, run.stderr)
        self.assert_covers(answer, a, b)
        return answer

    def assert_covers(self, answer, a, b):
        """Every key of both sides is in one pair or on its own."""
        for side, keys in (("a", a), ("b", b)):
            named = [key for pair in answer["pairs"] for key in pair[side]]
            named += answer[f"only_{side}"]
            self.assertEqual(sorted(named), sorted(keys))

    @unittest.skipUnless(CASES.is_dir(), "no cases beside the project")
    def test_known_conversions(self):
        recalls, order, wrong_order = [], 0, 0
        for case in read_cases():
            with self.subTest(case["name"]):
                truth = {(a, b) for m in case["mapping"] for a in m["source"] for b in m["target"]}
                a, b = tensors_of(case["source"]), tensors_of(case["target"])
                judged = Judgement(self.match(a, b), truth)
                back = Judgement(self.match(b, a), {(y, x) for x, y in truth})
                self.assertEqual([p for p in judged.wrong if p["grade"] in SURE], [])
                self.assertLess(
                    len(judged.edges ^ {(x, y) for y, x in back.edges}), 0.02 * len(truth) + 1)
                if case["name"] in COMPLETE:
                    self.assertEqual((judged.recall, judged.wrong), (1, []))
                recalls.append(judged.recall)
                order += len(judged.order)
                wrong_order += sum(p["grade"] == "order" for p in judged.wrong)
        self.assertGreaterEqual(sum(recalls) / len(recalls), 0.95)
        self.assertLessEqual(wrong_order, 0.02 * order)

    @unittest.skipUnless(CASES.is_dir(), "no cases beside the project")
    def test_shuffled_files_give_no_false_certainty(self):
        for seed, case in enumerate(read_cases()):
            with self.subTest(case["name"]):
                truth = {(a, b) for m in case["mapping"] for a in m["source"] for b in m["target"]}
                answer = self.match(shuffled(tensors_of(case["source"]), seed),
                                    shuffled(tensors_of(case["target"]), seed + 100))
                wrong = Judgement(answer, truth).wrong
                self.assertEqual([pair for pair in wrong if pair["grade"] in SURE], [])

    def test_equal_values_find_what_names_and_order_hide(self):
        torch.manual_seed(0)
        parts = [torch.randn(8, 8) for _ in range(3)]
        a = {"x.q_proj.weight": parts[0], "x.k_proj.weight": parts[1], "x.v_proj.weight": parts[2],
             "one.weight": torch.randn(4, 6), "two.weight": torch.randn(4, 6)}
        b = {"one.weight": a["two.weight"].T.contiguous(), "two.weight": a["one.weight"],
             "attn.qkv.weight": torch.cat(parts)[torch.randperm(24)]}
        answer = self.match(a, b, "--by-value")
        self.assertEqual(
            {(*pair["a"], "=>", *pair["b"]) for pair in answer["pairs"]},
            {("x.q_proj.weight", "x.k_proj.weight", "x.v_proj.weight", "=>", "attn.qkv.weight"),
             ("one.weight", "=>", "two.weight"), ("two.weight", "=>", "one.weight")})
        self.assertEqual({pair["grade"] for pair in answer["pairs"]}, {"only"})

    def test_rules_take_every_key_of_their_pairs_and_no_other(self):
        a = {f"h.{i}.{name}.{part}": torch.zeros(4 + len(name))
             for i in range(4) for name in ("fc", "norm") for part in ("weight", "bias")}
        b = {f"layers.{i}.{name}.{part}": torch.zeros(4 + len(name))
             for i in range(3) for name in ("fc", "norm") for part in ("weight", "bias")}
        rules = self.folder / "out.remap"
        answer = self.match(a, b, "--rules", rules, "--accept-open")
        lines = [line for line in rules.read_text().splitlines() if "->" in line]
        self.assertEqual(len(lines), len(answer["rules"]))
        for line in lines:
            before, after = re.split(r"\s+->\s+", line)
            self.assertRegex(before, r"^h\.\{i:0\.\.2\}\.\{fc,norm\}\.\*$")
            self.assertRegex(after, r"^layers\.\{i\}\.\{fc,norm\}\.\*$")


if __name__ == "__main__":
    common.main()
