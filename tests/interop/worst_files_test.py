"""Files that are small, and dear to whoever reads them naively: twice the file costs about twice the
time and memory, in every command, and neither is out of proportion.

CPU time is the least of several runs; a ratio counts only where it is well above what a start costs.
Needs no torch: the pickles are written opcode by opcode.
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

    def __init__(self, pickle, storages=(), method=zipfile.ZIP_STORED):
        self.pickle = pickle
        self.storages = storages
        self.method = method

    def write(self, path):
        with zipfile.ZipFile(path, "w", self.method) as archive:
            def add(name, data, method=zipfile.ZIP_STORED):
                archive.writestr(name, data, method)
            add("a/data.pkl", self.pickle)
            add("a/version", b"3\n")
            add("a/byteorder", b"little")
            for name, data in self.storages:
                archive.writestr(f"a/data/{name}", data)


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


SHAPES = {deep: 10_000, shared_texts: 30_000, shared_configs: 300, shared_pairs: 8_000,
          alike_keys: 8_000, one_storage: 2_000, builds: 8_000}
COMMANDS = {
    "info": ("info", "FILE"), "ls": ("ls", "FILE"), "ls --root": ("ls", "FILE", "--root", "zz"),
    "ls --all": ("ls", "--all", "FILE"), "show": ("show", "FILE", "zz"),
    "check": ("check", "--crc", "--finite", "FILE"),
    "filter": ("filter", "FILE", "-n", "-o", "OUT", "--drop", "zz"),
    "filter --sections": ("filter", "FILE", "-n", "-o", "OUT", "--sections", "model"),
    "remap": ("remap", "FILE", "-n", "-o", "OUT", "--add-prefix", "x."),
    "set": ("set", "FILE", "-n", "-o", "OUT", "**:a=1"),
    "compact": ("compact", "FILE", "-n", "-o", "OUT"), "optim ls": ("optim", "ls", "FILE"),
    "copy": ("copy", "FILE", "AGAIN", "-n", "-o", "OUT"), "match": ("match", "FILE", "AGAIN"),
    "hash": ("hash", "FILE"), "diff": ("diff", "FILE", "AGAIN")}
# hash and diff name every container by its whole path; set looks at all states of an object for each.
LEFT_OUT = {deep: ("hash", "diff"), builds: ("set",)}


class WorstFiles(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def cost(self, command, size):
        """Seconds of CPU and bytes of memory of one run."""
        names = {"FILE": self.folder / f"{size}.pt", "AGAIN": self.folder / f"{size}b.pt",
                 "OUT": self.folder / "out.pt"}

        def limit():
            resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))

        with open(self.folder / "stderr", "wb") as stderr:
            process = subprocess.Popen([CKPT, *(str(names.get(word, word)) for word in command)],
                                       stdout=subprocess.DEVNULL, stderr=stderr, preexec_fn=limit)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertIn(process.returncode, (0, 1, 2), command)
        message = (self.folder / "stderr").read_text(errors="replace")
        for word in ("internal error", "out of memory", "without end"):
            self.assertNotIn(word, message, command)
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss << 10

    def check(self, command):
        seconds = [float("inf"), float("inf")]
        for _ in range(RUNS):
            memory = []
            for i, size in enumerate(("small", "large")):
                used, bytes_ = self.cost(command, size)
                seconds[i] = min(seconds[i], used)
                memory.append(bytes_)
            if seconds[1] < max(LEAST_SECONDS, MOST_GROWTH * seconds[0]):
                break
        self.assertLess(seconds[1], max(LEAST_SECONDS, MOST_GROWTH * seconds[0]), f"{seconds} s")
        self.assertLess(memory[1], MOST_BYTES)
        self.assertLess(memory[1] - memory[0], 1.3 * memory[0], f"{memory} bytes")

    def check_shape(self, shape):
        for size, n in (("small", SHAPES[shape]), ("large", 2 * SHAPES[shape])):
            shape(n).write(self.folder / f"{size}.pt")
            shape(n).write(self.folder / f"{size}b.pt")
        for name, command in COMMANDS.items():
            if name in LEFT_OUT.get(shape, ()):
                continue
            with self.subTest(f"{shape.__name__}: {name}"):
                self.check(command)


def add_test(shape):
    setattr(WorstFiles, f"test_{shape.__name__}", lambda self: self.check_shape(shape))


for each in SHAPES:
    add_test(each)

if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
