"""Which state dict is meant when none is named, and what `filter` leaves of sections, of shared dicts and
of dicts that lose their last entry: what the same edit of the loaded object leaves."""
import copy
import json
import subprocess
from collections import OrderedDict

import torch
from torch import nn

import common


def trained():
    model = nn.Linear(2, 2)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    return model.state_dict(), optimizer.state_dict()


def keys(value):
    if isinstance(value, dict):
        return {key: keys(inner) for key, inner in value.items()}
    return [keys(item) for item in value] if isinstance(value, (list, tuple)) else None


class Sections(common.TestCase):
    def setUp(self):
        super().setUp()
        self.file, self.out = self.folder / "a.pt", self.folder / "b.pt"

    def edited(self, value, *arguments):
        torch.save(value, self.file)
        self.run_ckpt(arguments[0], self.file, "-f", "-o", self.out, *arguments[1:])
        return torch.load(self.out, weights_only=False)

    def refused(self, value, *arguments):
        torch.save(value, self.file)
        run = subprocess.run([common.CKPT, arguments[0], str(self.file), "-f", "-o", str(self.out),
                              *arguments[1:]], capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 2, run.stderr)
        return run.stderr

    def root_of(self, value):
        torch.save(value, self.file)
        return json.loads(self.run_ckpt("info", "--json", self.file))["files"][0]["root"]

    def test_a_usual_name_wins_over_tensors_beside_it(self):
        state_dict, optimizer = trained()
        state, mean = torch.get_rng_state(), torch.ones(3)
        for value, root in [
                ({"model": state_dict, "optimizer": optimizer, "rng_state": state,
                  "cuda_rng_state": state}, "model"),
                ({"state_dict": state_dict, "mean": mean, "std": mean}, "state_dict"),
                ({"state_dict": {"w": mean}, "mean": mean, "std": mean}, "state_dict"),
                ({"model": state_dict, "loss": mean}, "model"),
                ({"weights": state_dict, "loss": mean}, "weights"),
                ({"run": {"model": state_dict, "loss": mean}, "epoch": 1}, "run:model"),
                ({"model": nn.Linear(2, 2), "loss": mean}, "model"),
                ({"w": mean, "fc._extra_state": {"a": mean, "b": mean}}, "")]:
            self.assertEqual(self.root_of(value), root)

    def test_sections_at_any_depth(self):
        state_dict, optimizer = trained()
        best = {"model": copy.deepcopy(state_dict), "optimizer": optimizer, "acc": .5}
        value = {"model": state_dict, "epoch": 1, "best": best}
        out = self.edited(value, "filter", "--sections", "model,rest")
        del best["optimizer"]
        self.assertEqual(keys(out), keys(value))
        value = {"epoch": 1, "train": {"model": state_dict, "optimizer": optimizer}}
        self.assertEqual(keys(self.edited(value, "filter", "--sections", "model")),
                         {"train": {"model": keys(state_dict)}})
        self.assertEqual(keys(self.edited(value, "filter", "--sections", "rest")), {"epoch": None})
        value = {"state_dict": state_dict, "optimizer_states": [optimizer, optimizer], "epoch": 1}
        self.assertEqual(list(self.edited(value, "filter", "--sections", "model,rest")),
                         ["state_dict", "epoch"])

    def test_every_state_dict_is_model_unless_the_root_is_given(self):
        gan = {"g_state": {"w": torch.ones(2, 2)}, "d_state": {"w": torch.ones(9, 9)}, "epoch": 3}
        self.assertEqual(list(self.edited(gan, "filter", "--sections", "model")),
                         ["g_state", "d_state"])
        self.assertEqual(list(self.edited(gan, "filter", "--sections", "model", "--root",
                                          "g_state")), ["g_state"])
        self.assertEqual(list(self.edited(gan, "filter", "--sections", "rest")), ["epoch"])

    def test_sections_of_which_nothing_would_be_left(self):
        state_dict, optimizer = trained()
        for value, sections in [(state_dict, "rest"), (state_dict, "optimizer,rest"),
                                (optimizer, "model"), (torch.ones(2), "model"),
                                ([torch.ones(2)], "model")]:
            self.assertIn("nothing of the file would be left",
                          self.refused(value, "filter", "--sections", sections))
        whole = self.refused(nn.Sequential(nn.Linear(2, 2)), "filter", "--sections", "model")
        self.assertIn("--state-dict", whole)
        self.assertIn("'states:1' lies in a list or an object that stays",
                      self.refused({"states": [state_dict, optimizer]}, "filter", "--sections",
                                   "model"))

    def test_a_dict_that_lies_in_two_places(self):
        state_dict = OrderedDict(w=torch.ones(2), b=torch.ones(2))
        for other in (state_dict, {"model": state_dict, "acc": .5}, [state_dict],
                      {"a": [{"b": state_dict}]}):
            for value in ({"model": state_dict, "other": other, "epoch": 1},
                          {"other": other, "model": state_dict, "epoch": 1}):
                out = self.edited(value, "filter", "--drop", ":other")
                self.assertEqual(keys(out), {"model": {"w": None, "b": None}, "epoch": None})
                self.assertIn("no tensor of the state dict would be left",
                              self.refused(value, "filter", "--drop", "w", "--drop", "b"))
        value = {"model": state_dict, "best": {"model": state_dict}, "epoch": 1}
        out = self.edited(value, "filter", "--drop", "best:model:w")
        self.assertEqual(keys(out), {"model": {"w": None, "b": None},
                                     "best": {"model": {"b": None}}, "epoch": None})
        out = self.edited(value, "filter", "--drop", "w")
        self.assertEqual(keys(out), {"model": {"b": None},
                                     "best": {"model": {"w": None, "b": None}}, "epoch": None})

    def test_an_optimizer_follows_the_root_and_no_other_place_of_its_dict(self):
        state_dict, optimizer = trained()
        value = {"model": state_dict, "best": {"model": state_dict}, "optimizer": optimizer}
        out = self.edited(value, "filter", "--drop", "best:model:bias")
        self.assertEqual(keys(out["optimizer"]), keys(optimizer))
        self.assertEqual(list(out["model"]), ["weight", "bias"])
        out = self.edited(value, "filter", "--drop", "bias")
        self.assertEqual(list(out["optimizer"]["state"]), [0])
        self.assertEqual(list(out["best"]["model"]), ["weight", "bias"])

    def test_a_dict_stays_when_its_entries_go_by_name(self):
        value = {"model": {"w": torch.ones(1)}, "meta": {"a": 1}, "list": [{"a": 1}]}
        out = self.edited(value, "filter", "--drop", ":meta:a", "--drop", "list:0:a")
        self.assertEqual(keys(out), {"model": {"w": None}, "meta": {}, "list": [{}]})
        for pattern in (":meta", "meta:*", "meta:**"):
            self.assertNotIn("meta", self.edited(value, "filter", "--drop", pattern))

    def test_metadata_that_two_dicts_share(self):
        state_dict = nn.Sequential(nn.BatchNorm1d(2)).state_dict()
        other = copy.copy(state_dict)
        for key in other:
            other[key] = torch.ones(1)
        for edit in (["--map", "0=>bn"], ["-e", "0.* -> bn.*"]):
            out = self.edited({"model": state_dict, "other": other, "a": 1}, "remap", *edit)
            self.assertEqual(list(out["model"]._metadata), ["", "bn"])
            self.assertEqual(list(out["other"]._metadata), ["", "0"])

    def test_names_are_edited_in_a_state_dict_alone(self):
        state_dict, optimizer = trained()
        torch.save(state_dict, self.folder / "model.pt")
        for value in (optimizer, {"epoch": 3, "optimizer": optimizer}):
            torch.save(value, self.file)
            for words in (["remap", self.file, "--add-prefix", "m."],
                          ["remap", self.file, "-e", "** -> m.**"],
                          ["remap", self.file, self.folder / "model.pt", "-e", "keep **"],
                          ["copy", self.folder / "model.pt", self.file],
                          ["copy", self.file, self.folder / "model.pt"],
                          ["optim", "merge", "--average", self.file, self.file],
                          ["optim", "merge", f"a.={self.file}", f"b.={self.file}"],
                          ["optim", "merge", self.file, self.file, "--replace", "state"]):
                run = subprocess.run([common.CKPT, *map(str, words), "-n"], capture_output=True,
                                     text=True, check=False)
                self.assertEqual(run.returncode, 2, words)
                self.assertIn("a.pt: holds no state dict", run.stderr)


if __name__ == "__main__":
    common.main()
