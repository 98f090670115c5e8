"""Averages beside the model: what torch gives when the same edit is made to both dicts by hand."""
import collections
import copy
import pathlib
import subprocess
import tempfile
import unittest

import torch
from torch import nn

import common


def edited(state_dict, rename, modules=None):
    """`rename` gives each key its new name or None; `modules` those of `_metadata`."""
    out = collections.OrderedDict()
    for key, value in state_dict.items():
        if rename(key) is not None:
            out[rename(key)] = value
    if hasattr(state_dict, "_metadata"):
        named = modules or (lambda module: module)
        out._metadata = collections.OrderedDict(
            (named(module), value) for module, value in state_dict._metadata.items())
    return out


class Averages(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def edit(self, content, command, *words):
        torch.save(content, self.folder / "a.pt")
        done = subprocess.run([common.CKPT, command, "a.pt", "-f", "-o", "b.pt", *words],
                              cwd=self.folder, capture_output=True, text=True,
                              timeout=common.SECONDS_PER_RUN)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.remarks = done.stderr
        return torch.load(self.folder / "b.pt", weights_only=True)

    def compare(self, got, want):
        self.assertEqual(list(got), list(want))
        self.assertEqual(getattr(got, "_metadata", None), getattr(want, "_metadata", None))
        for key in want:
            self.assertTrue(torch.equal(got[key], want[key]), key)

    def model(self):
        return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 1))

    def checkpoint(self, model=None):
        state = (model or self.model()).state_dict()
        other = copy.deepcopy(state)
        for value in other.values():
            value.add_(1)
        return {"model": state, "ema": other, "step": 1, "lr": 0.1}

    def test_modules_in_metadata_follow(self):
        content = self.checkpoint()
        rename = lambda key: "bn" + key[1:] if key.split(".")[0] == "1" else key
        out = self.edit(content, "remap", "--map", "1=>bn")
        for name in ("model", "ema"):
            self.compare(out[name], edited(content[name], rename, rename))
        out = self.edit(content, "remap", "-e", "1.* -> bn.*", "-e", "keep **")
        for name in ("model", "ema"):
            self.compare(out[name], edited(content[name], rename, rename))

    def test_an_average_in_a_wrapper_follows_too(self):
        content = self.checkpoint()
        wrapped = collections.OrderedDict(n_averaged=torch.tensor(5))
        wrapped.update(("module." + key, value) for key, value in content["ema"].items())
        wrapped._metadata = collections.OrderedDict([("", {"version": 1})])
        wrapped._metadata.update(
            (("module." + module).rstrip("."), value)
            for module, value in content["ema"]._metadata.items())
        content["ema"] = wrapped
        inner = lambda key: "bn" + key[1:] if key.split(".")[0] == "1" else key
        rename = lambda key: "module." + inner(key[7:]) if key.startswith("module.") else key
        for words in (["--map", "1=>bn"], ["-e", "1.* -> bn.*", "-e", "keep **"]):
            with self.subTest(words):
                out = self.edit(content, "remap", *words)
                self.compare(out["ema"], edited(wrapped, rename, rename))

    def test_metadata_that_is_shared_is_renamed_once(self):
        content = self.checkpoint()
        shared = copy.copy(content["model"])
        for key in shared:
            shared[key] = content["ema"][key]
        content["ema"] = shared
        rename = lambda key: "bn." + key if key.split(".")[0] == "1" else key
        out = self.edit(content, "remap", "-e", "1.* -> bn.1.*", "-e", "keep **")
        self.assertEqual(list(out["ema"]), [rename(key) for key in shared])
        self.assertNotIn("bn.bn.1", out["ema"]._metadata)
        self.assertNotIn("bn.bn.1", out["model"]._metadata)

    def test_a_drop_of_buffers_is_followed(self):
        content = self.checkpoint()
        out = self.edit(content, "filter", "--drop", "**.num_batches_tracked")
        keep = lambda key: None if key.endswith("num_batches_tracked") else key
        for name in ("model", "ema"):
            self.compare(out[name], edited(content[name], keep))
        self.assertIn("edited like the model", self.remarks)

    def test_a_drop_of_a_tied_name_is_followed(self):
        weight = torch.ones(3)
        state = collections.OrderedDict(
            [("embed.weight", weight), ("fc.weight", torch.ones(2)), ("head.weight", weight)])
        average = collections.OrderedDict((key, value.clone()) for key, value in state.items())
        content = {"model": state, "ema": average, "step": 1}
        out = self.edit(content, "filter", "--drop", "head")
        for name in ("model", "ema"):
            self.assertEqual(list(out[name]), ["embed.weight", "fc.weight"])
        out = self.edit(content, "filter", "--drop", "head", "--optimizer", "drop")
        self.assertEqual(list(out["ema"]), ["embed.weight", "fc.weight"])

    def test_a_drop_of_a_sparse_tensor_is_followed(self):
        sparse = torch.eye(2).to_sparse()
        state = collections.OrderedDict(w=torch.ones(2), mask=sparse)
        out = self.edit({"model": state, "ema": copy.deepcopy(state), "n": 1}, "filter", "--drop",
                        "mask")
        self.assertEqual((list(out["model"]), list(out["ema"])), (["w"], ["w"]))

    def test_a_rename_leaves_the_average_in_its_own_order(self):
        state = collections.OrderedDict(a=torch.ones(1), b=torch.ones(2))
        average = collections.OrderedDict(b=torch.ones(2), x=torch.ones(3), a=torch.ones(1))
        content = {"model": state, "ema": average, "n": 1, "m": 2}
        out = self.edit(content, "remap", "--map", "a=>z")
        self.assertEqual(list(out["ema"]), ["b", "x", "z"])
        (self.folder / "order").write_text("b\nz\n")
        out = self.edit(content, "remap", "--map", "a=>z", "--order", "order")
        self.assertEqual(list(out["model"]), ["b", "z"])
        self.assertEqual(list(out["ema"]), ["x", "b", "z"])

    def test_a_rule_computes_an_average_as_it_computes_the_model(self):
        content = self.checkpoint()
        out = self.edit(content, "remap", "-e", "0.weight -> 0.weight | mul(2)", "-e",
                        "3.weight -> 3.weight | cast(f16)", "-e", "keep **")
        for name in ("model", "ema"):
            want = copy.copy(content[name])
            want["0.weight"] = want["0.weight"] * 2
            want["3.weight"] = want["3.weight"].half()
            self.compare(out[name], want)
            self.assertEqual({key: value.dtype for key, value in out[name].items()},
                             {key: value.dtype for key, value in want.items()})

    def test_an_average_that_lacks_a_name_stays_whole(self):
        state = collections.OrderedDict(a=torch.ones(1), b=torch.ones(2))
        content = {"model": state, "ema": collections.OrderedDict(a=torch.ones(1)), "n": 1}
        out = self.edit(content, "remap", "--add-prefix", "m.")
        self.assertEqual(list(out["ema"]), ["a"])
        self.assertIn("'ema': an average of other names; left as it is", self.remarks)


if __name__ == "__main__":
    common.main()
