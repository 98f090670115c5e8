"""`ckpt diff`: what is compared with what: training states, names, optimizers, entries."""
import collections
import copy
import math
import subprocess

import common
import torch
from diff_cases import DiffCase, checkpoint, make_model, train


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


class Entries(DiffCase):
    """What is no number: attributes, types, sections, how it is stored."""

    def changes(self, a, b, *options, exit_code=1):
        report = self.diff(a, b, *options, exit_code=exit_code)
        return [(row["change"], row["name"]) for row in report["differences"]]

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
        self.diff({"w": w, "x": {}}, {"w": w, "x": collections.OrderedDict()}, exit_code=0)
        self.assertIn(("type", "x"), self.changes({"w": w, "x": {"a": 1}},
                                                  {"w": w, "x": collections.Counter(a=1)}))
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


if __name__ == "__main__":
    common.main()
