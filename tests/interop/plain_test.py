"""`ckpt filter --plain`: the result loads with weights_only=True where none of the classes are,
the tensors are the same, and what a hostile object would do is not done."""
import argparse
import collections
import datetime
import enum
import pathlib
import subprocess
import sys
import types

import common
import numpy
import torch

LOAD_ALONE = """
import sys, torch
sys.modules["numpy"] = None
value = torch.load(sys.argv[1], weights_only=True)
print(repr({key: item for key, item in value.items() if key != "state_dict"}))
"""


class Colour(enum.Enum):
    red = "r"


Point = collections.namedtuple("Point", "x y")


class Holder:
    """Hashable; the dict of its attributes is not."""
    def __init__(self):
        self.weight = torch.ones(2)


class Canary:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return pathlib.Path.touch, (self.path,)


def fake_omegaconf():
    """Classes of OmegaConf's names whose objects pickle as its do: a state with _content."""
    for name in ("omegaconf", "omegaconf.dictconfig", "omegaconf.listconfig", "omegaconf.nodes"):
        sys.modules.setdefault(name, types.ModuleType(name))

    def make(module, name):
        return type(name, (), {"__module__": f"omegaconf.{module}"})
    classes = {name: make(module, name) for module, name in
               (("dictconfig", "DictConfig"), ("listconfig", "ListConfig"), ("nodes", "AnyNode"))}
    for made in classes.values():
        setattr(sys.modules[made.__module__], made.__name__, made)

    def wrap(value):
        kind = {dict: "DictConfig", list: "ListConfig"}.get(type(value), "AnyNode")
        config = classes[kind]()
        if kind == "DictConfig":
            config._content = {key: wrap(item) for key, item in value.items()}
        elif kind == "ListConfig":
            config._content = [wrap(item) for item in value]
        else:
            config._val = value
        config._metadata = argparse.Namespace(flags={"readonly": False})
        config._parent = None
        return config
    return wrap


def keys_of_all_kinds():
    """Each with the key that it becomes, or ... where there is none."""
    inner = frozenset([3])
    return [
        (Colour.red, "r"), (pathlib.PosixPath("/a"), "/a"), (None, None), (b"ab", b"ab"),
        (b"", b""), (True, True), (2**70, 2**70), (1 + 2j, 1 + 2j), (numpy.int64(3), 3),
        (numpy.float32(0.5), 0.5), (numpy.str_("x"), "x"),
        (datetime.date(2024, 2, 29), "2024-02-29"),
        (torch.float32, torch.float32), (torch.device("cuda:1"), torch.device("cuda:1")),
        (torch.strided, torch.strided), (torch.Size([1, 2]), torch.Size([1, 2])),
        (inner, (3,)), ((1, inner), (1, (3,))), (frozenset([inner]), ((3,),)),
        (Point(inner, 1), ((3,), 1)), (len, ...), (Colour, ...), (Holder(), ...),
        ((1, Holder()), ...),
    ]


def with_gradient(dtype):
    return torch.zeros(32, dtype=torch.uint8).view(dtype).requires_grad_(True)


def with_attribute(tensor, value):
    tensor.note = value
    return tensor


class Call:
    """Pickles as what it calls; no tensor that this torch can make is written so."""
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


class Plain(common.TestCase):
    def plain(self, value, *arguments, protocol=2):
        source, output = self.folder / "old.ckpt", self.folder / "new.ckpt"
        torch.save(value, source, pickle_protocol=protocol)
        listing = self.run_ckpt("filter", source, "-o", output, "--plain", "-f", *arguments).decode()
        return output, listing

    def load_alone(self, path):
        run = subprocess.run([sys.executable, "-W", "ignore", "-c", LOAD_ALONE, str(path)],
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout.strip()

    def test_objects_become_plain_values_in_a_bare_environment(self):
        utc = datetime.timezone(datetime.timedelta(hours=-5, minutes=-30))
        wrap = fake_omegaconf()
        path, listing = self.plain({
            "state_dict": {"w": torch.ones(2)},
            "args": argparse.Namespace(lr=0.5, inner=argparse.Namespace(names=["a"])),
            "config": wrap({"model": {"width": 3, "layers": [1, 2]}, "name": "x", "none": None}),
            "path": pathlib.PosixPath("/data/run"), "relative": pathlib.PurePosixPath("a/b"),
            "windows": pathlib.PureWindowsPath("C:/a/b"),
            "when": datetime.datetime(2024, 2, 29, 1, 2, 3, 4, tzinfo=utc),
            "day": datetime.date(2024, 2, 29), "time": datetime.time(1, 2),
            "delta": datetime.timedelta(days=-1, seconds=5), "colour": Colour.red,
            "f32": numpy.float32(1.5), "f16": numpy.float16(0.1), "u8": numpy.uint8(200),
            "u64": numpy.uint64(2**64 - 1), "b": numpy.bool_(True), "c": numpy.complex64(1 + 2j),
            "text": numpy.str_("né"), "big": numpy.array(3, dtype=">i4")[()],
            "names": numpy.array(["a", "bcd"]), "objects": numpy.array([1, "x"], dtype=object),
            "defaults": collections.defaultdict(list, a=[1]), "queue": collections.deque([1]),
            "frozen": frozenset([1]), "empty": b"", "function": len, "class": Colour,
        })
        self.assertEqual(self.load_alone(path), repr({
            "args": {"lr": 0.5, "inner": {"names": ["a"]}},
            "config": {"model": {"width": 3, "layers": [1, 2]}, "name": "x", "none": None},
            "path": "/data/run", "relative": "a/b", "windows": "C:\\a\\b",
            "when": "2024-02-29T01:02:03.000004-05:30", "day": "2024-02-29", "time": "01:02:00",
            "delta": -86395.0, "colour": "r",
            "f32": 1.5, "f16": float(numpy.float16(0.1)), "u8": 200, "u64": 2**64 - 1, "b": True,
            "c": 1 + 2j, "text": "né", "big": 3, "names": ["a", "bcd"], "objects": [1, "x"],
            "defaults": {"a": [1]}, "queue": [1], "frozen": {1}, "empty": b"",
        }))
        self.assertIn("- function: builtins.len\n", listing)
        self.assertIn("~ args: argparse.Namespace => dict\n", listing)

    def test_arrays_become_tensors_of_the_same_elements(self):
        arrays = {"plain": numpy.arange(6.).reshape(2, 3),
                  "fortran": numpy.asfortranarray(numpy.arange(6, dtype="i4").reshape(2, 3)),
                  "big": numpy.arange(3, dtype=">i2"), "complex": numpy.array([1 + 2j], dtype=">c8"),
                  "scalar": numpy.array(2, dtype="u2"), "empty": numpy.zeros((0, 2)),
                  "bool": numpy.array([True, False]), "half": numpy.array([0.5], dtype="f2")}
        path, _ = self.plain(arrays)
        loaded = torch.load(path, weights_only=True)
        for key, array in arrays.items():
            native = array.astype(array.dtype.newbyteorder("="))
            self.assertTrue(numpy.array_equal(loaded[key].numpy(), native), key)
            self.assertEqual(loaded[key].numpy().dtype, native.dtype, key)

    def test_a_tuple_that_holds_itself_becomes_a_list(self):
        inner, harmless = [], []
        own = (inner, 2)
        inner.append(own)
        harmless.append((harmless, 3))
        path, listing = self.plain({"w": torch.ones(2), "own": own, "list": harmless})
        loaded = torch.load(path, weights_only=True)
        self.assertEqual(type(loaded["own"]), list)
        self.assertIs(loaded["own"][0][0], loaded["own"])
        self.assertEqual(loaded["own"][1], 2)
        self.assertEqual(type(loaded["list"][0]), tuple)
        self.assertIs(loaded["list"][0][0], loaded["list"])
        self.assertIn("own: a tuple that holds itself", listing)
        self.assertNotIn("list:", listing)

    def test_keys_of_all_kinds_load_or_are_dropped_and_listed(self):
        for protocol in (2, 4):
            for key, wanted in keys_of_all_kinds():
                for make in (lambda key: {key: 1}, lambda key: {key, "y"},
                             lambda key: collections.OrderedDict([(key, 1)]),
                             lambda key: collections.defaultdict(list, {key: 1}),
                             lambda key: collections.Counter([key]),
                             lambda key: [key, {key: 1}, {(key, 2): key}]):
                    value = make(key)
                    with self.subTest(value=repr(value)[:80], protocol=protocol):
                        path, listing = self.plain({"x": value, "w": torch.ones(1)},
                                                   protocol=protocol)
                        loaded = torch.load(path, weights_only=True)["x"]
                        held = loaded[1] if isinstance(value, list) else loaded
                        if wanted is ...:
                            self.assertEqual([each for each in held if each != "y"], [])
                            self.assertIn("- x", listing)
                        else:
                            self.assertIn(wanted, held)
                            self.assertEqual(type(next(e for e in held if e == wanted)),
                                             type(wanted))

    def test_not_a_number_and_a_tensor_as_keys_stay(self):
        path, listing = self.plain({"x": {float("nan"): 1}, "y": {torch.ones(1): 2}})
        loaded = torch.load(path, weights_only=True)
        self.assertEqual([list(value.values()) for value in loaded.values()], [[1], [2]])
        self.assertEqual(listing.strip(), "")

    def test_tensors_that_weights_only_refuses_with_a_gradient_stay_without_it(self):
        for dtype in (torch.float8_e4m3fn, torch.float8_e5m2, torch.float4_e2m1fn_x2,
                      torch.complex32):
            for name, tensor in (("bare", with_gradient(dtype)),
                                 ("noted", with_attribute(with_gradient(dtype), 1))):
                with self.subTest(f"{dtype} {name}"):
                    path, listing = self.plain({"x": tensor})
                    loaded = torch.load(path, weights_only=True)["x"]
                    self.assertEqual((loaded.dtype, loaded.shape, loaded.requires_grad),
                                     (dtype, tensor.shape, False))
                    self.assertIn("~ x: ", listing)
                    self.assertIn("requires_grad", listing)

    def test_tensors_of_all_kinds_load_or_are_dropped_and_listed(self):
        two = [torch.ones(2), torch.ones(3)]
        jagged = torch.nested.nested_tensor(two, layout=torch.jagged)
        quantized = torch.quantize_per_tensor(torch.ones(4), 0.5, 1, torch.quint8)
        unknown = argparse.Namespace(a=1)
        kept = {
            "quantized": quantized, "nested": torch.nested.nested_tensor(two),
            "coo": torch.eye(3).to_sparse(), "csr": torch.eye(3).to_sparse_csr(),
            "bsr": torch.eye(4).to_sparse_bsr((2, 2)), "meta": torch.ones(2, device="meta"),
            "conj": torch.ones(2, dtype=torch.complex64).conj(),
            "parameter": with_attribute(torch.nn.Parameter(torch.ones(2)), unknown),
            "frozen": with_attribute(torch.nn.Parameter(torch.ones(2)), frozenset([1])),
            "empty": with_attribute(torch.ones(2), b""), "buffer": torch.nn.Buffer(torch.ones(2)),
            "noted sparse": with_attribute(torch.eye(3).to_sparse(), unknown),
            "noted quantized": with_attribute(quantized.clone(), unknown),
        }
        meta = Call(torch._utils._rebuild_meta_tensor_no_storage, torch.qint8, (2,), (1,), False)
        gone = {"quantized on meta": meta, "nothing nested": torch.nested.nested_tensor([]),
                "nothing nested, Parameter": torch.nn.Parameter(torch.nested.nested_tensor([]))}
        for protocol in (2, 4):
            for name, tensor in {**kept, **gone, "jagged": jagged}.items():
                with self.subTest(name, protocol=protocol):
                    value = {"x": tensor, "in": (tensor, [tensor]), "key": {tensor: 1}}
                    path, listing = self.plain(value, protocol=protocol)
                    loaded = torch.load(path, weights_only=True)
                    self.assertEqual("x" in loaded, name not in gone)
                    if name in gone:
                        self.assertIn("- x: ", listing)
                    elif name == "jagged":
                        self.assertTrue(torch.equal(loaded["x"]["args"][2][0]["values"],
                                                    jagged.values()))
                        self.assertIn("~ x: ", listing)
                    else:
                        self.assertEqual(repr(loaded["x"]).replace("Parameter containing:\n", ""),
                                         repr(tensor.detach() if name == "buffer" else tensor)
                                         .replace("Parameter containing:\n", ""))

    def test_a_hostile_object_is_dropped_and_its_deed_not_done(self):
        canary = self.folder / "canary"
        path, listing = self.plain({"state_dict": {"w": torch.ones(2)}, "x": Canary(canary)})
        self.assertEqual(list(torch.load(path, weights_only=True)), ["state_dict"])
        self.assertIn("- x: ", listing)
        self.assertFalse(canary.exists())

    def test_tensors_and_their_order_stay_in_every_file_of_testdata(self):
        for source in common.testdata_files():
            with self.subTest(common.file_label(source)):
                output = self.folder / source.name
                self.run_ckpt("filter", source, "-o", output, "--plain", "-f")
                loaded = torch.load(output, weights_only=True, map_location="cpu")
                self.assertIsNotNone(loaded)
                before = self.run_ckpt("hash", "--per-tensor", "--all", source)
                after = self.run_ckpt("hash", "--per-tensor", "--all", output)
                hashes = [line.split()[0] for line in after.splitlines()]
                for line in before.splitlines():
                    self.assertIn(line.split()[0], hashes)


if __name__ == "__main__":
    common.main()
