"""Names and patterns: characters beyond ASCII, keys that ls prints in quotes, colons in keys. What is
written is asked of torch: it loads, and its keys are those that Python's own str gives."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import torch

import common


class Names(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def save(self, content, name="a.pt"):
        torch.save(content, self.folder / name)

    def run_ckpt(self, *words):
        return subprocess.run([common.CKPT, *words], cwd=self.folder, capture_output=True,
                              timeout=common.SECONDS_PER_RUN)

    def edited_keys(self, *words):
        done = self.run_ckpt(words[0], "a.pt", "-f", "-o", "b.pt", *words[1:])
        self.assertEqual(done.returncode, 0, done.stderr)
        return list(torch.load(self.folder / "b.pt", weights_only=True))

    def listed(self, *patterns):
        done = self.run_ckpt("ls", "a.pt", "--json", *patterns)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [row["key"] for row in json.loads(done.stdout)["tensors"]]

    def test_a_question_mark_is_one_character(self):
        for name in ("e", "\u00e9", "\u5934", "\U0001f600"):
            self.save({name + ".w": torch.ones(1)})
            with self.subTest(name):
                self.assertEqual(self.edited_keys("remap", "--map", "?*.w=>x*.w"),
                                 ["x" + name + ".w"])
                self.assertEqual(self.edited_keys("remap", "--map", "?.w=>?.v"), [name + ".v"])
                self.assertEqual(self.edited_keys("remap", "-e", "*.w -> x*.w"), ["x" + name + ".w"])
                for pattern in ("?.w", r"re:^.\.w$", "*.w", "**w", name):
                    self.assertEqual(len(self.listed(pattern)), 1, pattern)

    def test_half_of_a_surrogate_pair_is_one_character(self):
        self.save({"\ud800.w": torch.ones(1)})
        self.assertEqual(self.edited_keys("remap", "--map", "?.w=>x?.v"), ["x\ud800.v"])
        self.assertEqual(self.edited_keys("remap", "-e", "*.w -> *.v"), ["\ud800.v"])

    def test_what_is_no_utf8_does_not_get_into_a_file(self):
        self.save({"\u5934.w": torch.ones(1), "t": "text", "n": 1})
        start = b"\xe5"
        for words in (["remap", "--add-prefix", start], ["remap", "--strip-prefix", start],
                      ["remap", "--map", b"*.w=>" + start], ["remap", "--map", b"\xe5*=>x*"],
                      ["remap", "-e", b"** -> " + start + b"**"], ["set", b"t=" + start]):
            with self.subTest(words):
                done = self.run_ckpt(words[0], "a.pt", "-f", "-o", "b.pt", *words[1:])
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertFalse((self.folder / "b.pt").exists())
        (self.folder / "bad.remap").write_bytes(b"** -> " + start + b"**\n")
        done = self.run_ckpt("remap", "a.pt", "-o", "b.pt", "--rules", "bad.remap")
        self.assertEqual(done.returncode, 2)
        done = self.run_ckpt("optim", "merge", start + b".=a.pt", "b.=a.pt", "-o", "b.pt")
        self.assertEqual(done.returncode, 2)
        self.assertFalse((self.folder / "b.pt").exists())

    def test_keys_are_taken_as_ls_prints_them(self):
        names = ["0", "", "-1", "\"q\"", "a:b.w", "w"]
        self.save({name: torch.full((1,), float(i)) for i, name in enumerate(names)})
        shown = self.listed()
        for name, pattern in zip(names, shown):
            with self.subTest(name):
                self.assertEqual(self.listed(pattern), [pattern])
                left = self.edited_keys("filter", "--drop", pattern)
                self.assertEqual(left, [other for other in names if other != name])
                done = self.run_ckpt("show", "a.pt", pattern)
                self.assertEqual(done.stdout.split()[-1], b"[%d.0]" % names.index(name))

    def test_the_number_and_the_text_of_it(self):
        self.save({0: torch.zeros(1), "0": torch.ones(2), "w": torch.ones(1)})
        shape = lambda path: json.loads(self.run_ckpt("show", "--json", "a.pt", path).stdout)[
            "values"][0]["shape"]
        self.assertEqual(shape("0"), [1])
        self.assertEqual(shape('"0"'), [2])
        self.assertEqual(self.listed('"0"'), ['"0"'])
        self.assertEqual(self.edited_keys("filter", "--drop", '"0"'), [0, "w"])

    def test_a_colon_within_a_key(self):
        self.save({"a:b.w": torch.ones(1), "c": torch.ones(1)})
        self.assertEqual(self.listed("a*.w"), ['"a:b.w"'])
        self.assertEqual(self.edited_keys("remap", "--map", "a*=>q*"), ["q:b.w", "c"])
        self.assertEqual(self.edited_keys("remap", "-e", "a*.w -> q*.w", "-e", "keep **"),
                         ["q:b.w", "c"])

    def test_json_has_the_keys_that_the_dict_has(self):
        value = {"0": 1, "": 2, "-1": {"a:b": 3}, "big": 2 ** 70}
        self.save({"w": torch.ones(1), "d": value, "n": 1})
        done = self.run_ckpt("show", "--json", "a.pt", "d")
        shown = json.loads(done.stdout)["values"][0]["value"]
        self.assertEqual(shown, {**value, "big": str(2 ** 70)})
        self.save({"w": torch.ones(1), "d": {0: 1, "0": 2}, "n": 1})
        shown = json.loads(self.run_ckpt("show", "--json", "a.pt", "d").stdout)
        self.assertEqual(shown["values"][0]["value"], {"0": 1, '"0"': 2})

    def test_stars_of_rules_and_of_maps_mean_the_same(self):
        self.save({"norm_f.w": torch.ones(1), "a.norm": torch.ones(1), "norm": torch.ones(1)})
        by_map = self.edited_keys("remap", "--map", "**norm**=>**NORM**")
        self.assertEqual(by_map, ["NORM_f.w", "a.NORM", "NORM"])
        self.assertEqual(self.edited_keys("remap", "-e", "**norm** -> **NORM**"), by_map)

    def test_patterns_of_diff_are_about_the_names_that_are_compared(self):
        x, y, z = torch.ones(2), torch.ones(3), torch.zeros(3)
        self.save({"net.a.w": x, "net.fc.w": y})
        self.save({"a.w": x, "fc.w": z}, "b.pt")
        self.save({"model": {"a.w": x, "fc.w": y}, "other": {"w": z}, "epoch": 3}, "c.pt")
        for words, code in ((["a.pt", "b.pt", "--strip-prefix", "net."], 1),
                            (["a.pt", "b.pt", "--strip-prefix", "net.", "--ignore", "fc"], 0),
                            (["a.pt", "b.pt", "a", "--strip-prefix", "net."], 0),
                            (["a.pt", "b.pt", "fc", "--map", "net.*=>*"], 1),
                            (["a.pt", "b.pt", "--strip-prefix", "net.", "--tol", "fc.*=2,0"], 0),
                            (["c.pt:model", "a.pt", "--map", "net.*=>*"], 0),
                            (["c.pt:model", "c.pt:other"], 1)):
            with self.subTest(words):
                done = self.run_ckpt("diff", *words)
                self.assertEqual(done.returncode, code, done.stdout + done.stderr)

    def test_lists_come_through_pipes_and_with_dashes(self):
        self.save({"a": torch.ones(1), "b": torch.ones(2)})
        (self.folder / "keys.txt").write_text("a\nb\u2014c\n")
        done = self.run_ckpt("remap", "check", "-e", "keep **", "--keys", "keys.txt")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        script = f"{common.CKPT} remap a.pt -f -o b.pt --order <(printf 'b\\na\\n')"
        done = subprocess.run(["bash", "-c", script], cwd=self.folder, capture_output=True,
                              timeout=common.SECONDS_PER_RUN)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"2 keys at another place", done.stderr)
        self.assertEqual(list(torch.load(self.folder / "b.pt", weights_only=True)), ["b", "a"])


if __name__ == "__main__":
    common.main()
