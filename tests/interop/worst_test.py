"""Files made to exhaust: whatever a command says of them, it says soon and in little memory.

The time limit is of processor time and generous, for machines under load; what it finds is a hang.
Without torch, and without what imports it: a child begins with the peak of its parent.
"""
import os
import struct
import subprocess
import tempfile
import unittest
import zipfile

CKPT = os.path.abspath(os.environ.get("CKPT", "ckpt"))
LIMIT_BYTES = 64 << 20
METADATA_PER_PICKLE_BYTE = 16
LIMIT_SECONDS = 10

P2, P4 = b"\x80\x02", b"\x80\x04"
KEY_A = b"X\x01\x00\x00\x00a"
BILLION, DEEP = 1_000_000_000, 2_000_000
DONE, NO, REFUSED = 0, 1, 2


def ten_of_the_one_before(levels):
    """[[...] * 10] * 10 ...: ten to the power of `levels` leaves in some bytes a level."""
    return b"".join(b"0](" + b"h" + bytes([i]) + (b"h" + bytes([i])) * 9 + b"eq" + bytes([i + 1])
                    for i in range(levels))


# name: (pickle, how a command may end; `check` may say NO of any)
WORST = {
    "nested lists": (P2 + b"]" * DEEP + b"a" * (DEEP - 1) + b".", {REFUSED}),
    "nested dicts": (P2 + b"}" + KEY_A + b"}K\x01" * DEEP + b"N" + b"s" * DEEP + b"s.", {REFUSED}),
    "nested tuples": (P2 + b")" + b"\x85" * DEEP + b".", {REFUSED}),
    "a long text": (P2 + b"X" + struct.pack("<I", BILLION) + b"x" * 33, {REFUSED}),
    "long bytes": (P4 + b"\x8e" + struct.pack("<Q", 1 << 63) + b"x" * 28, {REFUSED}),
    "a long frame": (P4 + b"\x95" + struct.pack("<Q", BILLION) + b"N.", {REFUSED}),
    "a long integer": (P2 + b"\x8b" + struct.pack("<i", BILLION) + b"\x01.", {REFUSED}),
    "high memo indices": (P2 + b"Nr\xff\xff\xff\xff0" * 100_000 + b"N.", {DONE, NO, REFUSED}),
    "a tree that unfolds": (P2 + b"]q\x00" + ten_of_the_one_before(200) + b".", {DONE, REFUSED}),
    "a list of itself": (P2 + b"]q\x00(" + b"h\x00" * 1_000_000 + b"e.", {DONE, NO, REFUSED}),
}
COMMANDS = [["info"], ["ls"], ["ls", "--all"], ["ls", "--json", "--all"], ["hash"], ["optim", "ls"],
            ["check"], ["check", "--globals"], ["filter", "--keep", "**", "-f", "-o", "out.pt"],
            ["remap", "--add-prefix", "x.", "-f", "-o", "out.pt"]]
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\nq\x01ctorch\nFloatStorage\nq\x02ccollections\nOrderedDict\nq\x03"


def tensor(key=b"U\x010", location=b"U\x03cpu", shape=b"K\x01\x85", more=b""):
    return (b"h\x01((U\x07storageh\x02" + key + location + b"K\x01tQK\x00" + shape + shape +
            b"\x89h\x03)R" + more + b"tR")


def references():
    """Small references to a large value, none of which may cost its size: what stands before them,
    one of them, and how many of it; all in a list."""
    large = 1 << 20
    large_text = b"X" + struct.pack("<I", large) + b"a" * large
    large_list = b"](" + b"K\x01" * large + b"e"
    large_dict = b"}(" + b"".join(b"J" + struct.pack("<i", i) + b"N" for i in range(large // 8)) + b"u"
    pairs = b"](" + b"K\x01K\x01\x86" * (large // 8) + b"e"
    return {
        "names": (large_text + b"q\x00", b"h\x00h\x00\x93", 5_000),
        "calls of a name": (b"c" + b"a" * large + b"\nx\nq\x00", b"h\x00)R", 5_000),
        "attributes of a name": (b"c" + b"a" * large + b"\nx\nq\x00", b"h\x00}b", 5_000),
        "sets": (large_list + b"q\x00c__builtin__\nset\nq\x01", b"h\x01h\x00\x85R", 5_000),
        "sizes": (large_list + b"q\x00ctorch\nSize\nq\x01", b"h\x01h\x00\x85R", 5_000),
        "byte arrays": (large_list + b"q\x00c__builtin__\nbytearray\nq\x01", b"h\x01h\x00\x85R", 5_000),
        "bytes": (large_text + b"q\x00U\x06latin1q\x02c_codecs\nencode\nq\x01", b"h\x01h\x00h\x02\x86R",
                  5_000),
        "dicts of pairs": (pairs + b"q\x00ccollections\nOrderedDict\nq\x01", b"h\x01h\x00\x85R", 5_000),
        "attributes of dicts": (large_dict + b"q\x00ccollections\nOrderedDict\nq\x01", b"h\x01)Rh\x00b",
                                5_000),
        "devices": (large_text + b"q\x00ctorch\ndevice\nq\x01", b"h\x01h\x00\x85R", 5_000),
        "locations": (large_text + b"q\x00" + REBUILD, tensor(location=b"h\x00"), 5_000),
        "keys": (large_text + b"q\x00" + REBUILD, tensor(key=b"h\x00"), 5_000),
        "shapes": (b"(" + b"K\x01" * large + b"tq\x00" + REBUILD, tensor(shape=b"h\x00"), 5_000),
        "metadata": (large_dict + b"q\x00" + REBUILD, tensor(more=b"h\x00"), 5_000),
        "arguments": (b"(" + b"K\x01" * large + b"tq\x00cm\nx\nq\x01", b"h\x01h\x00RK\x01K\x01s", 5_000),
        "names of attributes": (large_text + b"q\x00cm\nx\n)R}(", b"h\x00N", 5_000),
    }


# Tensors of one storage of 2**20 numbers that see it over and over: shape and strides.
ENDLESS = {"expanded": ((2**40,), (0,)), "expanded further": ((2**60,), (0,)),
           "overlapping": ((2**19, 2**19), (1, 1))}
STORAGE_NUMBERS = 2**20


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def numbers(*values):
    longs = b"".join(b"\x8a\x09" + value.to_bytes(9, "little") for value in values)
    return b"(" + longs + b"t"


def endless(shape, strides):
    storage = (b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") +
               b"J" + struct.pack("<i", STORAGE_NUMBERS) + b"tQ")
    return (P2 + b"}" + KEY_A + b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\x00" +
            numbers(*shape) + numbers(*strides) + b"\x89ccollections\nOrderedDict\n)RtRs.")


def write_zip(path, records):
    with zipfile.ZipFile(path, "w") as archive:
        for name, payload in {**records, "version": "3\n"}.items():
            archive.writestr("worst/" + name, payload)


def run(command, folder):
    """Exit code, peak resident bytes, seconds of processor time, and stderr."""
    # preexec_fn asks for fork: after vfork the peak of this process would count as the child's.
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, preexec_fn=lambda: None) as child:
        words = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime, words


class Worst(unittest.TestCase):
    def check(self, path, pickle, codes, command):
        code, peak_bytes, seconds, words = run([CKPT, *command, path], os.path.dirname(path))
        self.assertIn(code, codes | {NO} if command[0] == "check" else codes, words)
        self.assertLessEqual(peak_bytes, LIMIT_BYTES + METADATA_PER_PICKLE_BYTE * len(pickle))
        self.assertLess(seconds, LIMIT_SECONDS)

    def test_every_command_ends_soon_and_small(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, (pickle, codes) in WORST.items():
                path = os.path.join(folder, "worst.pt")
                write_zip(path, {"data.pkl": pickle})
                for command in COMMANDS:
                    with self.subTest(file=name, command=command):
                        self.check(path, pickle, codes, command)

    def test_a_reference_does_not_cost_what_it_refers_to(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "worst.pt")
            for name, (before, reference, count) in references().items():
                end = b"ube." if before.endswith(b"}(") else b"e."
                pickle = P2 + b"](" + before + reference * count + end
                write_zip(path, {"data.pkl": pickle, "data/0": bytes(4)})
                with self.subTest(references=name):
                    self.check(path, pickle, {DONE, NO, REFUSED}, ["check"])

    def test_tensors_that_repeat_their_elements_without_end(self):
        reading = [["ls", "--stats"], ["check", "--finite"], ["hash"], ["diff", "other.pt"],
                   ["show", "a"]]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "worst.pt")
            other = os.path.join(folder, "other.pt")
            for name, (shape, strides) in ENDLESS.items():
                pickle = endless(shape, strides)
                for file, byte in ((path, b"\0"), (other, b"\1")):
                    write_zip(file, {"data.pkl": pickle, "data/0": byte * 4 * STORAGE_NUMBERS})
                for command in COMMANDS + reading:
                    with self.subTest(file=name, command=command):
                        self.check(path, pickle, {DONE, NO, REFUSED}, command)


if __name__ == "__main__":
    unittest.main()
