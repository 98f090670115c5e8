"""Values that pickle protocols write differently and Python loads alike: `ckpt diff` calls them
the same, and an edit writes what torch would write of what it loads."""
import array
import collections
import collections.abc
import datetime
import decimal
import enum
import fractions
import functools
import io
import json
import pathlib
import pickle
import pickletools
import subprocess
import types
import uuid
import zipfile

import common
import numpy
import torch

PROTOCOLS = (2, 3, 4, 5)


class Outer:
    class Inner:
        class Innermost:
            pass

        def __init__(self, x):
            self.x = x

        def __eq__(self, other):
            return type(self) is type(other) and self.x == other.x


class Keyword:
    def __new__(cls, a, *, k=1):
        made = object.__new__(cls)
        made.a, made.k = a, k
        return made

    def __getnewargs_ex__(self):
        return (self.a,), {"k": self.k}

    def __eq__(self, other):
        return type(self) is type(other) and (self.a, self.k) == (other.a, other.k)


class Level(enum.Enum):
    LOW = 1
    HIGH = 2


class Point(collections.namedtuple("Point", "x y")):
    pass


class Words(dict):
    pass


VALUES = [
    None, True, False, 0, -1, 255, 2 ** 31, 2 ** 63, -2 ** 63 - 1, 2 ** 200, 1.5, -0.0,
    1j, complex(2, -3), "", "a", "text", "\xff", "\u20ac", b"", b"b", b"\xff", b"latin \xe9" * 50,
    bytearray(), bytearray(b"x"), bytearray(b"\xff\x00" * 30), (), (1,), (1, 2, 3), (1, (2, b"\xfe")),
    [], [1], [b"", b"\x80"], [[1j]], {}, {"a": 1}, {1: b"\xfd"}, {b"\xfc": 1}, {(1, b"k"): 2},
    set(), {1}, {2, 3}, {b"\xfb"}, frozenset(), frozenset({1}), frozenset({(1, b"\xfa")}),
    print, len, range, range(3), range(1, 10, 2), slice(1, 2, 3), slice(None), Ellipsis,
    NotImplemented, int, str, bytes, complex, ValueError, ValueError("no"),
    type(None), Outer, Outer.Inner, Outer.Inner.Innermost, Outer.Inner(1), Outer.Inner(b"\xf9"),
    Keyword(3), Keyword(3, k=2), Level.LOW, Level.HIGH, Point(1, b"\xf8"), Words(a=1), Words(),
    collections.OrderedDict(z=b"\xf7"), collections.defaultdict(list, a=[b"\xf6"]),
    collections.Counter("aab"), collections.deque([1, b"\xf5"], 3), types.SimpleNamespace(a=b"\xf4"),
    datetime.datetime(2024, 5, 6, 7, 8, 9, 10), datetime.timedelta(1, 2, 3), datetime.date(2024, 1, 2),
    decimal.Decimal("1.10"), fractions.Fraction(1, 3), uuid.UUID(int=5), pathlib.PurePosixPath("a/b"),
    functools.partial(int, base=2),
    array.array("d", [1.0, -2.5]), array.array("f", [0.1]), array.array("i", [1, -2]),
    array.array("B", [200]), array.array("h", [-300]), array.array("q"),
    numpy.arange(6.0).reshape(2, 3), numpy.asfortranarray(numpy.arange(1.0, 7.0).reshape(2, 3)),
    numpy.arange(12)[::2], numpy.array(["a", "bc"]), numpy.array([], "i4"), numpy.array(2.5, "f4"),
    numpy.array([b"\xf3"], object), numpy.array([(1, 2.0)], [("x", "i4"), ("y", "f8")]),
    numpy.float32(1.5), numpy.int64(7), numpy.bool_(True), numpy.dtype("f8"), numpy.dtype("<U3"),
    numpy.datetime64("2024-01-01"),
    torch.Size([1, 2]), torch.device("cpu"), torch.float32, torch.ones(2),
]


def named(values):
    return {f"v{i:03}": value for i, value in enumerate(values)}


def pickled(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read(next(n for n in archive.namelist() if n.endswith("/data.pkl")))


class Protocols(common.TestCase):
    def save(self, values, name, protocol):
        path = self.folder / name
        torch.save(values, path, pickle_protocol=protocol)
        return path

    def differing(self, a, b):
        """The names of the entries that differ."""
        run = subprocess.run([common.CKPT, "diff", "--json", a, b], capture_output=True, check=False,
                             timeout=common.SECONDS_PER_RUN)
        self.assertIn(run.returncode, (0, 1), run.stderr)
        return {row["name"].split(":")[0] for row in json.loads(run.stdout)["differences"]}

    def test_equal_values_of_two_protocols_are_the_same(self):
        files = {p: self.save(named(VALUES), f"of{p}.pt", p) for p in PROTOCOLS}
        for p in PROTOCOLS:
            for q in PROTOCOLS:
                with self.subTest(protocols=(p, q)):
                    self.assertEqual(self.differing(files[p], files[q]), set())

    def test_every_value_against_every_other(self):
        """Entry i of one file is held against entry i + shift of the other."""
        count = len(VALUES)
        names = list(named(VALUES))
        for shift in range(1, count):
            p, q = PROTOCOLS[shift % 4], PROTOCOLS[shift // 4 % 4]
            a = self.save(named(VALUES), "a.pt", p)
            b = self.save(named(VALUES[shift:] + VALUES[:shift]), "b.pt", q)
            alike = {names[i] for i in range(count)
                     if self.loads_alike(VALUES[i], VALUES[(i + shift) % count])}
            self.assertEqual(self.differing(a, b), set(names) - alike, (shift, p, q))

    @staticmethod
    def loads_alike(a, b):
        """By ==, but a dict of any order is a dict, and other types differ."""
        plain = (dict, collections.OrderedDict)
        if type(a) is not type(b) and not (type(a) in plain and type(b) in plain):
            return False
        if isinstance(a, numpy.ndarray):
            return a.dtype == b.dtype and a.shape == b.shape and bool((a == b).all())
        if isinstance(a, torch.Tensor):
            return torch.equal(a, b)
        return bool(a == b)

    def test_an_edit_changes_nothing_else(self):
        for p in PROTOCOLS:
            a = self.save({**named(VALUES), "gone": torch.ones(1)}, "a.pt", p)
            self.run_ckpt("filter", a, "-f", "-o", self.folder / "b.pt", "--drop", "gone")
            self.assertEqual(self.differing(a, self.folder / "b.pt"), {"gone"})


class Arrays(common.TestCase):
    ARRAYS = [
        {"first": numpy.arange(6.0).reshape(2, 3)},
        {"first": numpy.asfortranarray(numpy.arange(6.0).reshape(2, 3))},
        {"first": numpy.array(["a", "bc"]), "second": numpy.array(["d"])},
        {"first": numpy.array(3.0), "second": numpy.array([True]), "third": numpy.arange(300, dtype="u1")},
        {"first": numpy.arange(3.0), "second": [numpy.arange(3.0), numpy.arange(4, dtype="f4")]},
        {"first": numpy.arange(6)[::2], "second": numpy.arange(3)},
        {"first": numpy.array([], "i4"), "second": numpy.zeros((0, 3)), "third": b""},
        {"first": numpy.array([(1, 2.0)], [("x", "i4"), ("y", "f8")])},
    ]

    def test_an_edit_writes_arrays_of_protocol_5_as_torch_does_after_loading_them(self):
        for values in self.ARRAYS:
            source, got, want = (self.folder / name for name in ("in.pt", "got.pt", "want.pt"))
            torch.save({"w": torch.ones(2), "x": torch.ones(1), **values}, source, pickle_protocol=5)
            self.run_ckpt("filter", source, "-f", "-o", got, "--drop", "x")
            loaded = torch.load(source, weights_only=False)
            del loaded["x"]
            torch.save(loaded, want)
            self.assertEqual(pickled(got), pickled(want), values)


def save_with_addresses(values, path):
    """As torch did before 1.10: the key of a storage is str(_cdata), put together anew wherever the
    storage is met. Source:
    https://github.com/pytorch/pytorch/blob/v1.6.0/torch/serialization.py#L477"""
    keys, data = [], []

    class Pickler(pickle._Pickler):
        def persistent_id(self, value):
            if not isinstance(value, torch.storage.TypedStorage):
                return None
            address = value._untyped_storage._cdata
            if address not in keys:
                keys.append(address)
                data.append(bytes(value._untyped_storage.tolist()))
            key = str(94000000000000 + keys.index(address))
            return "storage", torch.FloatStorage, key, "cpu", value.size()

    file = io.BytesIO()
    Pickler(file, 2).dump(values)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", file.getvalue())
        for i, payload in enumerate(data):
            archive.writestr(f"archive/data/{94000000000000 + i}", payload)
        archive.writestr("archive/version", "3\n")


class Addresses(common.TestCase):
    def test_an_address_is_written_anew_for_every_tensor_of_a_storage(self):
        flat = torch.arange(12.0)  # as an LSTM keeps its weights
        values = collections.OrderedDict(w=flat[:4].view(2, 2), v=flat[4:8].view(2, 2), b=flat[8:],
                                         other=torch.ones(3))
        source, got, want = (self.folder / name for name in ("old.pt", "got.pt", "want.pt"))
        save_with_addresses(values, source)
        save_with_addresses(collections.OrderedDict(("x." + k, v) for k, v in values.items()), want)
        self.run_ckpt("remap", source, "--add-prefix", "x.", "-o", got)
        self.assertEqual(pickled(got), pickled(want))
        self.run_ckpt("remap", source, "--add-prefix", "x.", "--in-place")
        self.assertEqual(pickled(source), pickled(want))


class LargeIntegers(common.TestCase):
    def test_set_takes_integers_of_any_size(self):
        path = self.folder / "a.pt"
        numbers = [1, -1, 2 ** 63 - 1, 2 ** 63, -2 ** 63, -2 ** 63 - 1, 2 ** 64, 255 << 56, 10 ** 50,
                   -10 ** 50, 2 ** 127, -2 ** 127]
        for old in (2 ** 63, 5, -10 ** 30):
            torch.save({"w": torch.ones(1), "n": old, "none": None}, path)
            for number in numbers:
                self.run_ckpt("set", path, "-f", "-o", self.folder / "b.pt", f"n={number}",
                              f"none={number}")
                loaded = torch.load(self.folder / "b.pt")
                self.assertEqual((loaded["n"], loaded["none"]), (number, number))
                loaded = {**torch.load(path), "n": number, "none": int(str(number))}
                torch.save(loaded, self.folder / "c.pt")
                self.assertEqual(pickled(self.folder / "b.pt"), pickled(self.folder / "c.pt"))


if __name__ == "__main__":
    common.main()
