"""`ckpt filter --state-dict`: the file that torch.save(model.state_dict()) writes, from the pickled
model, whatever its class; and of a dict in a larger file that dict."""
import json
import subprocess
import sys
import types

import torch
from torch import nn

import common


class Tied(nn.Module):
    """Weights tied across modules, the second name deeper; a module that is registered twice."""
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(5, 3)
        self.body = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))
        self.again = self.body
        self.head = nn.Linear(3, 5)
        self.head.weight = self.embed.weight


class Buffers(nn.Module):
    """Own tensors before children, buffers that are not saved, and some that are not there."""
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(4)
        self.p = nn.Parameter(torch.arange(3.0), requires_grad=False)
        self.register_buffer("kept", torch.ones(2, dtype=torch.int64))
        self.register_buffer("left_out", torch.ones(7), persistent=False)
        self.register_buffer("absent", None)
        self.register_parameter("nothing", None)
        self.a = nn.Module()
        self.a.version = nn.Module()
        self.a.version.register_buffer("w", torch.zeros(2, 3).t())


class Marked(nn.Module):
    """A parameter with attributes of its own."""
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2, 2))
        self.weight.is_expert = True
        self.fc = nn.Linear(2, 2)


def models():
    torch.manual_seed(0)
    yield "linear", nn.Linear(3, 4)
    yield "sequential", nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.InstanceNorm2d(
        4, affine=True, track_running_stats=True), nn.GroupNorm(2, 4))
    yield "tied", Tied()
    yield "buffers", Buffers()
    yield "marked", Marked()
    yield "lstm", nn.LSTM(3, 4, num_layers=2, bidirectional=True)
    yield "attention", nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2)
    yield "containers", nn.ModuleDict({"list": nn.ModuleList([nn.Linear(1, 1)]), "tensors":
                                       nn.ParameterList([torch.ones(2), torch.zeros(1)]), "dict":
                                       nn.ParameterDict({"x": torch.ones(3)})})
    yield "wrapped", nn.DataParallel(nn.Linear(2, 2))
    yield "half", nn.Conv2d(3, 4, 3).half().to(memory_format=torch.channels_last)
    yield "empty", nn.Sequential(nn.ReLU(), nn.Linear(2, 2, bias=False))


class StateDict(common.TestCase):
    def setUp(self):
        super().setUp()
        self.theirs = self.fresh_folder("theirs") / "model.pt"
        self.ours = self.fresh_folder("ours") / "model.pt"

    def assert_as_torch(self, state_dict, *options, **saving):
        torch.save(state_dict, self.theirs, **saving)
        self.run_ckpt("filter", self.file, "-f", "-o", self.ours, "--state-dict", *options)
        self.assert_same_file(self.ours, self.theirs)

    def words_of(self, exit_code):
        run = subprocess.run([common.CKPT, "filter", self.file, "-f", "-o", self.ours,
                              "--state-dict"], capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, exit_code, run.stderr)
        return run.stderr

    def test_a_pickled_model_alone_and_in_a_checkpoint(self):
        self.file = self.folder / "whole.pt"
        for name, model in models():
            with self.subTest(name):
                torch.save(model, self.file)
                self.assert_as_torch(model.state_dict())
                torch.save({"epoch": 3, "ema": None, "model": model,
                            "optimizer": torch.optim.SGD(model.parameters(), 0.1).state_dict()},
                           self.file)
                self.assert_as_torch(model.state_dict())
                self.assert_as_torch(model.state_dict(), "--root", "model")

    def test_what_shows_a_pickled_model_shows_its_state_dict(self):
        self.file, plain = self.folder / "whole.pt", self.folder / "plain.pt"
        for name, model in models():
            state_dict = model.state_dict(keep_vars=True)
            torch.save(model.state_dict(), plain)
            for value in (model, {"epoch": 3, "model": model}):
                with self.subTest(name, value=type(value)):
                    torch.save(value, self.file)
                    self.assert_listed(state_dict)
                    self.assertEqual(*(self.run_ckpt("hash", file).split()[0]
                                       for file in (self.file, plain)))
                    pairs = json.loads(self.run_ckpt("match", self.file, plain, "--json"))["pairs"]
                    self.assertEqual(sorted(key for pair in pairs for key in pair["a"]),
                                     sorted(state_dict))
                    for pair in pairs:
                        self.assertEqual(pair["a"], pair["b"])

    def assert_listed(self, state_dict):
        rows = json.loads(self.run_ckpt("ls", self.file, "--json"))["tensors"]
        self.assertEqual([row["key"] for row in rows], list(state_dict))
        for row, tensor in zip(rows, state_dict.values()):
            self.assertEqual(row["shape"], list(tensor.shape), row)
            self.assertEqual("torch." + row["dtype"], str(tensor.dtype), row)
            self.assertEqual(row["requires_grad"], tensor.requires_grad, row)
            self.assertEqual(row["is_parameter"], isinstance(tensor, nn.Parameter), row)

    def test_names_within_a_pickled_model_are_not_edited_as_those_of_a_layer(self):
        self.file = self.folder / "whole.pt"
        torch.save({"model": nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2)), "epoch": 1},
                   self.file)
        for command in (["remap", "--add-prefix", "x."], ["remap", "-e", "** -> x.**"],
                        ["filter", "--drop", "bias"]):
            run = subprocess.run([common.CKPT, command[0], self.file, "-o", self.ours,
                                  *command[1:]], capture_output=True, text=True, check=False)
            self.assertEqual(run.returncode, 2, command)
            self.assertIn("holds a pickled module", run.stderr)
            self.assertFalse(self.ours.exists())
        self.run_ckpt("filter", self.file, "-o", self.ours, "--drop", ":epoch")

    def refused(self, *words):
        run = subprocess.run([common.CKPT, *map(str, words), "-n"], capture_output=True, text=True,
                             check=False)
        self.assertEqual(run.returncode, 2, words)
        self.assertIn("holds a pickled module (torch.nn.Sequential)", run.stderr, words)
        self.assertIn(f"ckpt filter {self.file} --state-dict", run.stderr, words)

    def test_edits_that_would_not_be_whole_are_refused(self):
        model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
        plain = self.folder / "plain.pt"
        torch.save(model.state_dict(), plain)
        for value, path in ((model, ""), ({"model": model, "epoch": 1}, "model:")):
            self.file = self.folder / "whole.pt"
            torch.save(value, self.file)
            whole = self.file
            for words in (["filter", whole, "--keep", "0"], ["filter", whole, "--drop", "0.weight"],
                          ["filter", whole, "--drop", path + "1.bias"],
                          ["filter", whole, "--drop", path + '_modules:"0"'],
                          ["set", whole, path + "1.bias=3"], ["set", whole, "1.bias=3"],
                          ["remap", whole, "--strip-prefix", "0."],
                          ["remap", whole, "-e", "keep **"],
                          ["optim", "merge", "--average", whole, plain],
                          ["optim", "merge", f"a.={whole}", f"b.={plain}"],
                          ["optim", "merge", whole, plain, "--replace", "0"]):
                self.refused(*words)
            for words in (["optim", "merge", "--average", plain, whole],
                          ["optim", "merge", f"a.={plain}", f"b.={whole}"],
                          ["optim", "merge", plain, whole, "--replace", "0"]):
                self.run_ckpt(*words, "-f", "-o", self.ours)
                for key, tensor in torch.load(self.ours, weights_only=True).items():
                    self.assertIs(type(tensor), torch.Tensor, key)
                    name = key.removeprefix("a.").removeprefix("b.")
                    self.assertTrue(torch.equal(tensor, model.state_dict()[name]), key)

    def test_every_command_that_reads_sees_the_state_dict(self):
        self.file, plain = self.folder / "whole.pt", self.folder / "plain.pt"
        for name, model in models():
            state_dict = model.state_dict()
            for wrap in (lambda value: value, lambda value: {"model": value, "ema": value, "n": 1}):
                torch.save(wrap(model), self.file)
                torch.save(wrap(state_dict), plain)
                with self.subTest(name):
                    self.run_ckpt("diff", self.file, plain, "-q")
                    self.run_ckpt("diff", self.file, "--schema", self.folder / "schema.json",
                                  "--update")
                    self.run_ckpt("diff", plain, "--schema", self.folder / "schema.json", "-q")
                    for key, tensor in state_dict.items():
                        shown = json.loads(self.run_ckpt("show", "--json", self.file, key))
                        self.assertEqual(shown["values"][0]["shape"], list(tensor.shape))
                    info = json.loads(self.run_ckpt("info", "--json", self.file))["files"][0]
                    sections = info["sections"]
                    self.assertEqual({section["kind"] for section in sections}, {"pickled module"})
                    self.assertEqual(sections[0]["tensors"], len(state_dict))
                    self.assertTrue(sections[0]["is_root"])

    def test_check_names_tensors_as_the_state_dict_does(self):
        self.file = self.folder / "whole.pt"
        model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
        with torch.no_grad():
            model[1].bias[1] = float("nan")
        for value, path in ((model, "1.bias"), ({"net": model}, "net:1.bias")):
            torch.save(value, self.file)
            report = self.run_ckpt("check", "--finite", self.file, exit_code=1).decode()
            self.assertIn(f"{path}:", report)
        bytes_of = bytearray(self.file.read_bytes())
        at = bytes_of.find(model[0].weight.detach().numpy().tobytes())
        bytes_of[at] ^= 1
        self.file.write_bytes(bytes_of)
        self.assertIn("net:0.weight",
                      self.run_ckpt("check", "--crc", self.file, exit_code=1).decode())

    def test_an_object_that_holds_a_model(self):
        self.file = self.folder / "export.pkl"
        learner = type("Learner", (), {"__module__": "somelib.learner"})
        sys.modules["somelib"] = types.ModuleType("somelib")
        sys.modules["somelib.learner"] = types.ModuleType("somelib.learner")
        sys.modules["somelib.learner"].Learner = learner
        value = learner()
        value.model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
        value.loss_func = nn.CrossEntropyLoss(weight=torch.ones(99))
        torch.save(value, self.file)
        state_dict = value.model.state_dict(keep_vars=True)
        self.assert_listed(state_dict)
        rows = json.loads(self.run_ckpt("ls", self.file, "--root", "model", "--json"))["tensors"]
        self.assertEqual([row["key"] for row in rows], list(state_dict))
        self.run_ckpt("show", self.file, "0.weight", "model:1.bias")
        self.run_ckpt("show", self.file, "model:training", 'model:_modules:"0":in_features')
        torch.save(value.model.state_dict(), self.theirs)
        self.run_ckpt("filter", self.file, "-f", "-o", self.ours, "--state-dict", "--root", "model")
        self.assert_same_file(self.ours, self.theirs)

    def test_of_two_models_the_root_says_which(self):
        first, second = nn.Linear(2, 3), nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2))
        self.file = self.folder / "two.pt"
        torch.save({"model": first, "ema": second}, self.file)
        self.assert_as_torch(first.state_dict(), "--root", "model")
        self.assert_as_torch(second.state_dict(), "--root", "ema")
        self.ours.unlink()
        self.assertIn("holds 2 pickled modules: model, ema", self.words_of(exit_code=2))
        self.assertFalse(self.ours.exists())

    def test_keys_are_chosen_by_the_names_of_the_state_dict(self):
        model = Tied()
        self.file = self.folder / "chosen.pt"
        torch.save(model, self.file)
        kept = model.state_dict()
        for key in [key for key in kept if key.startswith("again.") or key.endswith(".bias")]:
            del kept[key]
        self.assert_as_torch(kept, "--drop", "again", "--drop", "**.bias")

    def test_a_dict_of_a_larger_file(self):
        model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
        self.file = self.folder / "training.pt"
        torch.save({"epoch": 1, "net": {"weights": model.state_dict()}, "model":
                    {"other": torch.ones(2)}}, self.file)
        self.assert_as_torch({"other": torch.ones(2)})
        self.assert_as_torch(model.state_dict(), "--root", "net:weights")

    def test_hooks_are_told_and_what_is_no_state_dict_is_refused(self):
        model = nn.utils.spectral_norm(nn.Linear(2, 2))
        self.file = self.folder / "hooked.pt"
        torch.save(nn.Sequential(model), self.file)
        self.assertIn("the hooks that the module '0' has on state_dict() are not run",
                      self.words_of(exit_code=0))
        ours, theirs = torch.load(self.ours), nn.Sequential(model).state_dict()
        self.assertEqual(list(ours), list(theirs))
        for key, tensor in theirs.items():
            self.assertTrue(torch.equal(ours[key], tensor))
        torch.save({"epoch": 1}, self.file)
        self.assertIn("holds no state dict", self.words_of(exit_code=2))


if __name__ == "__main__":
    common.main()
