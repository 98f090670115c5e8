"""Files that are small, and dear to whoever reads them naively: twice the file costs about twice the
time and memory, in every command, and neither is out of proportion.

CPU time is the least of several runs; a ratio counts only where it is well above what a start costs.
Needs no torch: the pickles are written opcode by opcode. Ends with a table of what was measured.

    worst_files_test.py [WorstFiles.test_SHAPE...]            (environment: CKPT)
"""
import os
import pathlib
import resource
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

CKPT = os.environ.get("CKPT", "ckpt")
MOST_GROWTH = 2.7     # of time, from n to 2n; 4 is quadratic
LEAST_SECONDS = 0.12  # below this, what a start costs hides the growth
MOST_SECONDS = 10     # a run; those of the last defects took minutes
MOST_BYTES = 200 << 20
RUNS = 4

REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"
ORDERED = b"ccollections\nOrderedDict\n"


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value


def number(value):
    if value < 1 << 31:
        return b"J" + struct.pack("<i", value)
    return b"\x8a\x08" + struct.pack("<q", value)


def numbers(values):
    return b"(" + b"".join(map(number, values)) + b"t"


def tensor(storage, elements, size=(1,), stride=(1,), offset=0):
    return (REBUILD + b"((" + text(b"storage") + b"ctorch\nFloatStorage\n" + text(storage) +
            text(b"cpu") + number(elements) + b"tQ" + number(offset) + numbers(size) +
            numbers(stride) + b"\x89" + ORDERED + b")RtR")


def pickled(items):
    return b"\x80\x02}(" + b"".join(items) + b"u."


class File:
    """A torch zip that is written anew for each shape."""

    def __init__(self, pickle, storages=(), storage_method=zipfile.ZIP_STORED, hole_bytes=0):
        self.pickle = pickle
        self.storages = storages
        self.storage_method = storage_method
        self.hole_bytes = hole_bytes  # before the directory

    def write(self, path):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a/data.pkl", self.pickle)
            archive.writestr("a/version", b"3\n")
            archive.writestr("a/byteorder", b"little")
            for name, data in self.storages:
                archive.writestr(f"a/data/{name}", data, self.storage_method)
            archive.start_dir += self.hole_bytes


ONE = [("0", b"\0\0\x80?")]
WEIGHT = text(b"w") + tensor(b"0", 1)


def deep(n):
    """A tensor below n dicts."""
    return File(b"\x80\x02" + (b"}" + text(b"k")) * n + tensor(b"0", 1) + b"s" * n + b".", ONE)


def shared_texts(n):
    """['cat'] * n, over ten texts."""
    names = b"".join(text(b"name%d" % i) + b"q" + bytes([10 + i]) + b"0" for i in range(10))
    return File(b"\x80\x02" + names + b"}(" + WEIGHT + text(b"labels") + b"](" +
                b"".join(b"h" + bytes([10 + i % 10]) for i in range(n)) + b"eu.", ONE)


def shared_configs(n):
    """[config] * n."""
    config = b"}(" + b"".join(text(b"s%d" % i) + b"K\1" for i in range(100)) + b"uq\1"
    return File(b"\x80\x02}(" + WEIGHT + text(b"configs") + b"](" + config + b"h\1" * (n - 1) +
                b"eu.", ONE)


def shared_pairs(n):
    """[(0.9, 0.999)] * n."""
    pair = b"G?\xec\xcc\xcc\xcc\xcc\xcc\xcdG?\xef\xf7\xce\xd9\x16\x87+\x86q\1"
    return File(b"\x80\x02}(" + WEIGHT + text(b"betas") + b"](" + pair + b"h\1" * (n - 1) + b"eu.",
                ONE)


def alike_keys(n):
    """Keys that are told apart by tuples in tuples, which are printed alike."""
    keys = b"".join(b"J" + struct.pack("<i", i) + b"\x85\x85K\1" for i in range(n))
    return File(b"\x80\x02}(" + WEIGHT + text(b"d") + b"}(" + keys + b"uu.", ONE)


def one_storage(n):
    return File(pickled(text(b"t%d" % i) + tensor(b"0", n, (1,), (1,), i) for i in range(n)),
                [("0", b"\0" * 4 * n)])


def builds(n):
    """Many states set on one object."""
    return File(b"\x80\x02}(" + WEIGHT + text(b"o") + ORDERED + b")R" +
                (b"}" + text(b"a") + b"K\1sb") * n + b"u.", ONE)


def long_keys(n):
    """A key of 100 kB over n tensors."""
    inner = b"".join(text(b"w%d" % i) + tensor(b"0", 1) for i in range(n))
    return File(b"\x80\x02}" + text(b"k" * 100_000) + b"}(" + inner + b"us.", ONE)


def value_at_every_depth(n):
    """n dicts in each other, with a number in each."""
    return File(b"\x80\x02" + (b"}(" + text(b"v") + b"K\1" + text(b"k")) * n + tensor(b"0", 1) +
                b"u" * n + b".", ONE)


def state_dict_at_every_depth(n):
    """n dicts in each other, with a state dict in each."""
    model = text(b"model") + b"}" + text(b"w") + tensor(b"0", 1) + b"s"
    return File(b"\x80\x02" + (b"}(" + model + text(b"k")) * n + b"N" + b"u" * n + b".", ONE)


def many_entries(n):
    """n entries at the top, every second a dict."""
    entries = b"".join(text(b"e%d" % i) + (b"}" if i % 2 else b"K\1") for i in range(n))
    model = text(b"model") + b"}(" + WEIGHT + b"u"
    return File(b"\x80\x02}(" + model + entries + b"u.", ONE)


def many_tensors(n):
    """A state dict of n tensors with storages of their own."""
    return File(pickled(text(b"layer%d.w" % i) + tensor(b"%d" % i, 1) for i in range(n)),
                [(str(i), b"\0\0\x80?") for i in range(n)])


def repeated_views(n):
    """n tensors that are one view of a storage."""
    return File(pickled(text(b"t%d" % i) + tensor(b"0", 4096, (4096,)) for i in range(n)),
                [("0", b"\0" * 16384)])


def shifted_views(n):
    """n windows of a storage, one element apart."""
    return File(pickled(text(b"t%d" % i) + tensor(b"0", n + 500, (500,), (1,), i)
                        for i in range(n)), [("0", b"\0" * 4 * (n + 500))])


def deflated(n):
    """A storage of n MiB that is deflated to a thousandth."""
    data = b"\0" * (n << 20)
    return File(pickled([text(b"w") + tensor(b"0", n << 18, (n << 18,))]), [("0", data)],
                storage_method=zipfile.ZIP_DEFLATED)


def deflated_views(n):
    """n tensors over one deflated storage."""
    return File(one_storage(n).pickle, [("0", b"\0" * 4 * n)],
                storage_method=zipfile.ZIP_DEFLATED)


def holes(n):
    """n GiB that nobody wrote, between the records and the directory."""
    return File(pickled([WEIGHT]), ONE, hole_bytes=n << 30)


def many_optimizers(n):
    """n optimizers of one model."""
    model = text(b"model") + b"}(" + WEIGHT + b"u"
    state = text(b"state") + b"}K\0}" + text(b"exp_avg") + tensor(b"0", 1) + b"ss"
    groups = text(b"param_groups") + b"]}(" + text(b"lr") + b"K\1" + text(b"params") + b"]K\0aua"
    entries = b"".join(text(b"optimizer%d" % i) + b"}(" + state + groups + b"u" for i in range(n))
    return File(b"\x80\x02}(" + model + entries + b"u.", ONE)


# `match` compares tensors of one shape each with each up to 400,000 pairs: long_keys and
# many_tensors have more, so that what grows is the rest.
SHAPES = {deep: 8_000, shared_texts: 30_000, shared_configs: 300, shared_pairs: 8_000,
          alike_keys: 6_000, one_storage: 1_500, builds: 8_000, long_keys: 800,
          value_at_every_depth: 2_000, state_dict_at_every_depth: 1_600,
          many_entries: 5_000, many_tensors: 1_200,
          repeated_views: 1_200, shifted_views: 800, deflated: 16, deflated_views: 1_200,
          holes: 500, many_optimizers: 300}
COMMANDS = {
    "info": ("info", "FILE"), "ls": ("ls", "FILE"), "ls --root": ("ls", "FILE", "--root", "zz"),
    "ls --all": ("ls", "--all", "FILE"), "show": ("show", "FILE", "zz"),
    "check --crc": ("check", "--crc", "FILE"), "check --finite": ("check", "--finite", "FILE"),
    "filter": ("filter", "FILE", "-n", "-o", "OUT", "--drop", "zz"),
    "filter --sections": ("filter", "FILE", "-n", "-o", "OUT", "--sections", "model"),
    "remap": ("remap", "FILE", "-n", "-o", "OUT", "--add-prefix", "x."),
    "remap -e": ("remap", "FILE", "-n", "-o", "OUT", "-e", "** -> y.**"),
    "set": ("set", "FILE", "-n", "-o", "OUT", "**:a=1"),
    "compact": ("compact", "FILE", "-n", "-o", "OUT"), "optim ls": ("optim", "ls", "FILE"),
    "optim drop": ("optim", "drop", "FILE", "-n", "-o", "OUT"),
    "copy": ("copy", "FILE", "AGAIN", "-n", "-o", "OUT"), "match": ("match", "FILE", "AGAIN"),
    "average": ("optim", "merge", "--average", "FILE", "AGAIN", "-n", "-o", "OUT"),
    "hash": ("hash", "FILE"), "diff": ("diff", "FILE", "AGAIN")}
# FILES are as many files as SHAPES would have entries.
FILE_COUNT = 40
COMMANDS_OF_FILES = {
    "info": ("info", "FILES"), "hash": ("hash", "FILES"), "check": ("check", "--crc", "FILES"),
    "average": ("optim", "merge", "--average", "FILES", "-n", "-o", "OUT"),
    "join": ("optim", "merge", "PREFIXED", "-n", "-o", "OUT"),
    "remap": ("remap", "--in", "p{r}.=FOLDER/{r}.pt", "-e", "keep **", "-n", "-o", "OUT")}


class WorstFiles(unittest.TestCase):
    maxDiff = None
    ratios = {}  # (shape, command): seconds and bytes at n and at 2n

    @classmethod
    def tearDownClass(cls):
        print(f"\n{'shape':<26}{'command':<19}{'s at n':>8}{'2n':>8}{'ratio':>7}"
              f"{'MB at n':>9}{'2n':>7}{'ratio':>7}")
        for (shape, command), (seconds, memory) in cls.ratios.items():
            print(f"{shape:<26}{command:<19}{seconds[0]:>8.3f}{seconds[1]:>8.3f}"
                  f"{seconds[1] / max(seconds[0], 1e-3):>7.2f}{memory[0] / 1e6:>9.1f}"
                  f"{memory[1] / 1e6:>7.1f}{memory[1] / memory[0]:>7.2f}")

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def words(self, command, size):
        """The command line for the files of a size."""
        files = sorted((self.folder / size).glob("*.pt"), key=lambda path: int(path.stem))
        names = {"FILE": [self.folder / f"{size}.pt"], "AGAIN": [self.folder / f"{size}b.pt"],
                 "OUT": [self.folder / "out.pt"], "FILES": files,
                 "PREFIXED": [f"p{path.stem}.={path}" for path in files]}
        for word in command:
            for name in names.get(word, [word.replace("FOLDER", str(self.folder / size))]):
                yield str(name)

    def cost(self, command, size):
        """Seconds of CPU and bytes of memory of one run."""
        def limit():
            resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))

        with open(self.folder / "stderr", "wb") as stderr:
            process = subprocess.Popen([CKPT, *self.words(command, size)],
                                       stdout=subprocess.DEVNULL, stderr=stderr, preexec_fn=limit)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        message = (self.folder / "stderr").read_text(errors="replace")
        self.assertIn(process.returncode, (0, 1, 2), f"{command}\n{message[:500]}")
        for word in ("internal error", "out of memory", "without end"):
            self.assertNotIn(word, message, command)
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss << 10

    def check(self, shape, name, command):
        seconds = [float("inf"), float("inf")]
        memory = [0, 0]
        for _ in range(RUNS):
            for i, size in enumerate(("small", "large")):
                used, memory[i] = self.cost(command, size)
                seconds[i] = min(seconds[i], used)
            if seconds[1] < max(LEAST_SECONDS, MOST_GROWTH * seconds[0]):
                break
        self.ratios[shape, name] = seconds, memory
        self.assertLess(seconds[1], max(LEAST_SECONDS, MOST_GROWTH * seconds[0]), f"{seconds} s")
        self.assertLess(memory[1], MOST_BYTES)
        self.assertLess(memory[1] - memory[0], 1.3 * memory[0], f"{memory} bytes")

    def check_shape(self, shape):
        for size, n in (("small", SHAPES[shape]), ("large", 2 * SHAPES[shape])):
            file = shape(n)
            file.write(self.folder / f"{size}.pt")
            file.write(self.folder / f"{size}b.pt")
        for name, command in COMMANDS.items():
            with self.subTest(f"{shape.__name__}: {name}"):
                self.check(shape.__name__, name, command)

    def test_many_files(self):
        for size, n in (("small", FILE_COUNT), ("large", 2 * FILE_COUNT)):
            (self.folder / size).mkdir()
            for i in range(n):
                many_tensors(10).write(self.folder / size / f"{i}.pt")
        for name, command in COMMANDS_OF_FILES.items():
            with self.subTest(f"many files: {name}"):
                self.check("many_files", name, command)


class ManyRepeats(unittest.TestCase):
    """expand(): a storage of 4 bytes with elements of 128 GiB. What would have to go through all of
    them is refused beyond 64 GiB; what need not is not."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "repeats.pt"
        entries = [text(b"a") + tensor(b"0", 1, (1 << 35,), (0,)), text(b"b") + tensor(b"0", 1)]
        File(pickled(entries), ONE).write(self.path)

    def run_ckpt(self, *arguments):
        return subprocess.run([CKPT, *map(str, arguments)], capture_output=True, text=True,
                              check=False, timeout=MOST_SECONDS)

    def test_hash_refuses(self):
        run = self.run_ckpt("hash", self.path)
        self.assertEqual((run.returncode, run.stdout, run.stderr),
                         (2, "", f"ckpt: error: {self.path}: a: its elements are 137438953472 bytes, "
                                 "and its storage 4 bytes: too many repeats to be read\n"))

    def test_what_reads_an_element_once_is_not_affected(self):
        for command in (("info",), ("ls",), ("ls", "--stats"), ("check", "--crc"),
                        ("check", "--finite"), ("diff", self.path), ("match", self.path)):
            run = self.run_ckpt(command[0], *command[1:], self.path)
            self.assertEqual(run.returncode, 0, run.stderr)
        for values in (("show", self.path, "a"), ("show", self.path, "b")):
            self.assertEqual(self.run_ckpt(*values).returncode, 0, values)

    def test_copy_refuses_what_torch_refuses_and_reads_no_element(self):
        other = self.path.with_name("other.pt")
        entries = [text(b"b") + tensor(b"0", 1), text(b"a") + tensor(b"0", 1, (1 << 33,), (0,))]
        File(pickled(entries), ONE).write(other)
        File(pickled(entries[::-1]), ONE).write(self.path)
        run = self.run_ckpt("copy", self.path, other, "-o", self.path.with_name("out.pt"))
        self.assertEqual((run.returncode, run.stdout, run.stderr),
                         (2, "", f"ckpt: error: {other}: a view of shape 8589934592 and strides 0 "
                                 "is not written into: its elements share memory\n"))

    def test_edits_are_not_affected(self):
        for edit in (("filter", "--drop", "b"), ("remap", "--add-prefix", "m."), ("compact",)):
            out = self.path.with_name(f"{edit[0]}.pt")
            run = self.run_ckpt(edit[0], self.path, *edit[1:], "-o", out)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertLess(out.stat().st_size, 4096, edit)


def add_test(shape):
    setattr(WorstFiles, f"test_{shape.__name__}", lambda self: self.check_shape(shape))


for each in SHAPES:
    add_test(each)

if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
