"""Twice the tensors cost about twice the instructions, in every command that takes a whole checkpoint:
nothing is quadratic. Instructions are counted by valgrind, so that a busy machine changes nothing.
"""
import collections
import functools
import pickle
import re
import shutil
import subprocess
import sys
import zipfile

import common
import torch

if not shutil.which("valgrind"):
    print("skipped: no valgrind")
    sys.exit(77)

LAYERS = (200, 400)  # of four tensors each
MOST = 2.3  # n log n, and allocations that grow by doubling, stay below


def state_dict(layers, prefix="module.blocks", seed=0):
    torch.manual_seed(seed)
    return collections.OrderedDict(
        (f"{prefix}.{layer}.{name}", torch.rand(2))
        for layer in range(layers) for name in ("attn.weight", "attn.bias", "mlp.weight", "mlp.bias"))


def training(layers):
    """With the state that Adam would have."""
    model = state_dict(layers)
    state = {index: {"step": torch.tensor(3.0), "exp_avg": torch.rand(2), "exp_avg_sq": torch.rand(2)}
             for index in range(len(model))}
    group = {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "amsgrad": False,
             "params": list(state)}
    return {"model": model, "optimizer": {"state": state, "param_groups": [group]}, "epoch": 3}


def tied(layers):
    return dict.fromkeys(state_dict(layers), torch.rand(2))


def overlapping(layers):
    """Views of one storage, each with another beginning."""
    whole = torch.rand(4 * layers + 64)
    return {f"view.{i}": whole[i:i + 64] for i in range(4 * layers)}


def views(layers):
    """Rows of one storage, which setUpClass packs."""
    return {f"row.{i}": row for i, row in enumerate(torch.rand(4 * layers, 256))}


def pack(path):
    """Deflates what torch has stored."""
    with zipfile.ZipFile(path) as archive:
        records = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in records:
            archive.writestr(name, content)


FILES = {"overlapping": overlapping, "packed": views, "a": state_dict, "b": functools.partial(state_dict, seed=1),
         "other": functools.partial(state_dict, prefix="encoder.layers"), "tied": tied,
         "training": training}


class Growth(common.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files = common.tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.files.cleanup)
        for layers in LAYERS:
            for name, make in FILES.items():
                torch.save(make(layers), cls.path(name, layers))
            pack(cls.path("packed", layers))

    @classmethod
    def path(cls, name, layers):
        return common.pathlib.Path(cls.files.name) / f"{name}_{layers}.pt"

    def instructions(self, *arguments):
        run = subprocess.run(
            ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
             common.CKPT, *map(str, arguments)], capture_output=True, check=False,
            timeout=common.SECONDS_PER_RUN)
        self.assertIn(run.returncode, (0, 1), run.stderr.decode())
        return int(re.search(rb"I\s+refs:\s+([\d,]+)", run.stderr)[1].replace(b",", b""))

    def assert_grows_evenly(self, command):
        """`command`: the arguments for a number of layers."""
        counts = [self.instructions(*command(layers)) for layers in LAYERS]
        for less, more in zip(counts, counts[1:]):
            self.assertLess(more / less, MOST, f"instructions: {counts}")

    def check(self, *words):
        """A word in braces is the file of that name."""
        def command(layers):
            return [self.path(word[1:-1], layers) if word[1:-1] in FILES else word
                    for word in words]

        with self.subTest(" ".join(words)):
            self.assert_grows_evenly(command)

    def test_questions_about_one_file(self):
        for words in (("ls", "{a}"), ("ls", "--json", "{a}"), ("ls", "--tree", "{a}"),
                      ("ls", "--all", "{training}"), ("ls", "{tied}"), ("ls", "{a}", "**.bias"),
                      ("ls", "--stats", "{a}"), ("info", "{training}"), ("info", "{tied}"),
                      ("check", "{a}"), ("check", "--crc", "--finite", "{training}"),
                      ("check", "--finite", "{packed}"), ("hash", "{packed}"),
                      ("hash", "{a}"), ("optim", "ls", "{training}")):
            self.check(*words)

    def test_questions_about_two_files(self):
        for words in (("diff", "{a}", "{a}"), ("diff", "{a}", "{b}"), ("diff", "{a}", "{other}"),
                      ("diff", "{training}", "{a}"), ("match", "{a}", "{other}"),
                      ("diff", "{packed}", "{packed}"), ("copy", "{a}", "{b}", "-n")):
            self.check(*words)

    def test_edits(self):
        out = str(self.folder / "out.pt")
        write = ("-f", "-o", out)
        for words in (("filter", "{a}", "--keep", "**.weight", *write),
                      ("filter", "{training}", "--drop", "**.bias", *write),
                      ("remap", "{a}", "--strip-wrappers", *write),
                      ("remap", "{training}", "-e", "[module.blocks.{i}. -> layers.{i}.]", "-e", "** -> **",
                       *write),
                      ("remap", "{a}", "-e", "**.attn.* -> **.self.* | mul(2)", "-e", "keep **",
                       *write),
                      ("optim", "drop", "{training}", *write),
                      ("compact", "{tied}", *write), ("compact", "{overlapping}", *write)):
            self.check(*words)

    def test_a_pickle_of_five_million_opcodes_is_listed(self):
        """Two opcodes an integer: the value and its place in the memo."""
        path = self.folder / "many.pt"
        torch.save({"weight": torch.ones(2)}, path)
        numbers = b"".join(b"K\x07r" + index.to_bytes(4, "little") for index in range(2_500_000))
        stream = b"\x80\x02}X\x01\x00\x00\x00n](" + numbers + b"es."
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("many/data.pkl", stream)
            archive.writestr("many/version", "3\n")
        self.assertEqual(len(pickle.loads(stream)["n"]), 2_500_000)
        self.assertEqual(self.run_ckpt("ls", path).decode(), "key  dtype  shape  bytes\n")


if __name__ == "__main__":
    common.main()
