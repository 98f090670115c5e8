"""The rules that `ckpt match` writes, carried out by `ckpt remap`: every pair that match accepted
is there, with the elements that torch makes of its parts. On conversions whose true tensors are known,
those are judged by their digests too. And partial rules as hints."""
import json
import re
import subprocess

import common
import torch
from remap_rules_test import CASES, case_names, digest, needs_cases, state_dict

NUMBERS = re.compile(r"-?\d+")


def parts_of(op, whole, count):
    """The pieces of split(0) or split(0, [8, 4, 4])."""
    axis, *sizes = map(int, NUMBERS.findall(op))
    return whole.split(sizes or whole.shape[axis] // count, axis)


def expected_of(pair, tensors):
    """What the operations of a pair make of its tensors, by key of B."""
    values = [tensors[key] for key in pair["a"]]
    for op in filter(None, pair["ops"].split(" | ")):
        numbers = [int(number) for number in NUMBERS.findall(op)]
        if op.startswith("cat"):
            values = [torch.cat(values, numbers[0])]
        elif op.startswith("split"):
            values = list(parts_of(op, values[0], len(pair["b"])))
        elif op == "t":
            values = [value.transpose(-1, -2) for value in values]
        elif op.startswith("squeeze"):
            values = [value.squeeze(numbers) for value in values]
        elif op.startswith("unsqueeze"):
            for axis in numbers:
                values = [value.unsqueeze(axis) for value in values]
        else:
            raise AssertionError(f"an operation of {pair['a']} that is not known here: {op}")
    return dict(zip(pair["b"], values, strict=True))


class EmittedRules(common.TestCase):
    def save(self, name, tensors):
        path = self.folder / name
        torch.save(tensors, path)
        return path

    def match(self, a, b, *options):
        """The answer of match, and the rule file that it writes."""
        rules = self.folder / "out.remap"
        run = subprocess.run([common.CKPT, "match", a, b, "--json", "--rules", rules, "-f",
                              *map(str, options)], capture_output=True, text=True, check=False)
        self.assertIn(run.returncode, (0, 1), run.stderr)
        return json.loads(run.stdout), rules

    def remap(self, source, rules, *options):
        out = self.folder / "remapped.pt"
        self.run_ckpt("remap", source, "-f", "-o", out, "--rules", rules, *options)
        return torch.load(out, weights_only=True)

    def assert_reproduced(self, answer, tensors, made):
        """Every accepted pair, and nothing besides."""
        expected = {}
        for pair in answer["pairs"]:
            if not pair["open"]:
                expected |= expected_of(pair, tensors)
        self.assertEqual(sorted(made), sorted(expected))
        for key, value in expected.items():
            self.assertEqual((made[key].dtype, made[key].shape), (value.dtype, value.shape), key)
            self.assertTrue(torch.equal(made[key], value), key)

    @needs_cases
    def test_known_conversions(self):
        for name in case_names():
            with self.subTest(name):
                case = json.loads((CASES / f"{name}.json").read_text())
                tensors = state_dict(case["source"])
                a = self.save("a.pt", tensors)
                b = self.save("b.pt", state_dict(case["target"]))
                answer, rules = self.match(a, b)
                made = self.remap(a, rules)
                self.assert_reproduced(answer, tensors, made)
                self.assert_digests(case, answer, made)

    def assert_digests(self, case, answer, made):
        """Where the true conversion does what the pair does, its very bytes come out."""
        digests = {entry["key"]: entry["sha256"] for entry in case["target"]}
        truth = {tuple(m["target"]): m for m in case["mapping"]}
        judged = 0
        for pair in answer["pairs"]:
            true = truth.get(tuple(pair["b"]))
            if pair["open"] or not true or sorted(true["source"]) != sorted(pair["a"]):
                continue
            if " | ".join(true["ops"]) != pair["ops"]:
                continue
            for key in pair["b"]:
                self.assertEqual(digest(made[key]), digests[key], key)
                judged += 1
        self.assertGreater(judged, 0.4 * len(case["target"]))

    # --- partial rules ---------------------------------------------------------------------------

    def rule_file(self, text):
        path = self.folder / "partial.remap"
        path.write_text(text)
        return path

    def llama(self):
        torch.manual_seed(0)
        a, b = {"tok.weight": torch.randn(9, 8)}, {}
        for i in range(3):
            for part in ("wq", "wk", "wv", "wo"):
                a[f"layers.{i}.{part}.weight"] = torch.randn(8, 8)
            for part in ("norm1", "norm2"):
                a[f"layers.{i}.{part}.weight"] = torch.randn(8)
        a["rope"] = torch.randn(5)
        for i in range(3):
            for part in ("input_layernorm", "post_layernorm"):
                b[f"model.{i}.{part}.weight"] = torch.randn(8)
            for part in ("q_proj", "k_proj", "v_proj", "o_proj"):
                b[f"model.{i}.attn.{part}.weight"] = torch.randn(8, 8)
        b["model.embed.weight"], b["inv"] = torch.randn(9, 8), torch.randn(2)
        return a, b

    def test_partial_rules_settle_their_keys_and_are_written_with_the_others(self):
        a, b = self.llama()
        paths = self.save("a.pt", a), self.save("b.pt", b)
        partial = self.rule_file("param head_dim\n"
                                 "[layers.{i}. -> model.{i}.]\n"
                                 "w{q,k}.weight -> attn.{q,k}_proj.weight | rope_half(head_dim)\n"
                                 "norm1.* -> post_layernorm.*\nnorm2.* -> input_layernorm.*\n"
                                 "[]\ndrop rope\nnew inv = ones(2)\n")
        options = ("-D", "head_dim=4")
        answer, rules = self.match(*paths, "--rules-in", partial, *options)
        self.assertEqual((answer["open"], answer["only_a"], answer["only_b"]), (0, [], []))
        given = [pair for pair in answer["pairs"] if pair["grade"] == "given"]
        self.assertEqual(sorted(pair["a"] for pair in given), sorted(
            [f"layers.{i}.{part}.weight"] for i in range(3)
            for part in ("wq", "wk", "norm1", "norm2")))
        made = self.remap(paths[0], rules, *options)
        self.assertEqual(sorted(made), sorted(b))
        halves = lambda x: x.reshape(2, 2, 2, 8).transpose(1, 2).reshape(8, 8)
        for i in range(3):
            for old, new, ops in (("wq", "attn.q_proj", halves), ("wk", "attn.k_proj", halves),
                                  ("wv", "attn.v_proj", None), ("wo", "attn.o_proj", None),
                                  ("norm1", "post_layernorm", None),
                                  ("norm2", "input_layernorm", None)):
                value = a[f"layers.{i}.{old}.weight"]
                self.assertTrue(torch.equal(made[f"model.{i}.{new}.weight"],
                                            ops(value) if ops else value), (i, new))
        self.assertTrue(torch.equal(made["model.embed.weight"], a["tok.weight"]))
        self.assertTrue(torch.equal(made["inv"], torch.ones(2)))

    def test_one_tensor_for_several_is_one_pair(self):
        a = {"qkv": torch.randn(6, 2), "up": torch.randn(3, 2), "gate": torch.randn(3, 2),
             "emb": torch.randn(4), "other": torch.randn(7)}
        b = {"q": torch.zeros(2, 2), "k": torch.zeros(2, 2), "v": torch.zeros(2, 2),
             "fused": torch.zeros(6, 2), "in": torch.zeros(4), "out": torch.zeros(4),
             "rest": torch.zeros(7)}
        partial = self.rule_file("qkv -> {q,k,v} | split(0)\n{gate,up} -> fused | cat(0)\n"
                                 "emb -> {in,out} | copy\n")
        answer, rules = self.match(self.save("a.pt", a), self.save("b.pt", b),
                                   "--rules-in", partial)
        self.assertEqual([(pair["a"], pair["b"], pair["grade"]) for pair in answer["pairs"]],
                         [(["qkv"], ["q", "k", "v"], "given"), (["gate", "up"], ["fused"], "given"),
                          (["emb"], ["in", "out"], "given"), (["other"], ["rest"], "order")])
        self.assertEqual([rule["ops"] for rule in answer["rules"]],
                         ["split(0)", "cat(0)", "copy", ""])
        made = self.remap(self.folder / "a.pt", rules)
        self.assertTrue(torch.equal(made["fused"], torch.cat([a["gate"], a["up"]])))
        self.assertTrue(torch.equal(made["rest"], a["other"]))

    def test_partial_rules_that_do_not_fit_are_refused(self):
        a, b = self.llama()
        paths = self.save("a.pt", a), self.save("b.pt", b)
        for text, told in (("tok.weight -> model.embd.weight", "'model.embd.weight' is not in B"),
                           ("tok.weight -> inv", "'inv' is 9x8, B has 2"),
                           ("no.such -> inv", "D14"), ("tok.weight ->", "E01"),
                           ("new inv = ones(3)", "'inv' is 3, B has 2")):
            with self.subTest(text):
                run = subprocess.run([common.CKPT, "match", *paths, "--rules-in",
                                      self.rule_file(text)], capture_output=True, text=True,
                                     check=False)
                self.assertEqual((run.returncode, run.stdout), (2, ""))
                self.assertIn(told, run.stderr)


if __name__ == "__main__":
    common.main()
