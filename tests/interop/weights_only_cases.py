"""Pickles for torch.load(weights_only=True) to take or to refuse: what people save, and streams
written opcode by opcode that no pickler would write. Nothing here does harm when it is loaded: the
restricted unpickler of torch is the only one that ever sees them."""
import argparse
import collections
import datetime
import decimal
import enum
import functools
import io
import pathlib
import pickle
import struct
import uuid

import numpy
import torch


class Colour(enum.Enum):
    red = 1


class Own:
    def __init__(self):
        self.lr = 1


class TensorWithAttributes(torch.Tensor):
    pass


def with_attribute():
    tensor = torch.ones(2)
    tensor.note = "n"
    return tensor


def quantized(per_channel=False):
    if per_channel:
        return torch.quantize_per_channel(torch.ones(2, 2), torch.tensor([0.1, 0.2]),
                                          torch.tensor([0, 1]), 0, torch.qint8)
    return torch.quantize_per_tensor(torch.ones(2, 2), 0.1, 2, torch.quint8)


def viewed_as(dtype, first):
    """A tensor of bytes and a view of its storage as another dtype, in either order."""
    tensor = torch.arange(8, dtype=torch.uint8)
    return [tensor, tensor.view(dtype)] if first == "bytes" else [tensor.view(dtype), tensor]


def saved_values():
    """(name, value): given to torch.save with protocols 0 to 5."""
    tensor = torch.arange(6.).reshape(2, 3)
    return [
        ("state dict", torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)).state_dict()),
        ("plain dict", {"w": tensor, "n": 3, "lr": 0.1, "none": None, "yes": True, "s": "text"}),
        ("big integers", {"a": 2**31, "b": -2**63, "c": 2**64, "d": 1 << 2000, "e": 1 << 3000}),
        ("containers", [(1, 2), [3], {4: 5}, (), [], {}]),
        ("recursive list", (lambda l: (l.append(l), l)[1])([1])),
        ("recursive tuple", (lambda l, t: (l.append(t), t)[1])(*(lambda l: (l, (l,)))([]))),
        ("ordered dict", collections.OrderedDict(a=tensor)),
        ("counter", collections.Counter("abba")),
        ("empty counter", collections.Counter()),
        ("defaultdict", collections.defaultdict(list)),
        ("deque", collections.deque([1])),
        ("bytes", b"\x00\xff"),
        ("empty bytes", b""),
        ("bytearray", bytearray(b"ab")),
        ("empty bytearray", bytearray()),
        ("set", {1, 2}),
        ("empty set", set()),
        ("set in a set", {1, (2, 3)}),
        ("frozenset", frozenset([1])),
        ("complex", 1 + 2j),
        ("float", 0.5),
        ("nan", float("nan")),
        ("device", torch.device("cuda:0")),
        ("device cpu", torch.device("cpu")),
        ("size", torch.Size([1, 2])),
        ("layout", torch.sparse_coo),
        ("memory format", torch.channels_last),
        ("qscheme", torch.per_tensor_affine),
        ("generator", torch.Generator()),
        ("ellipsis", ...),
        ("slice", slice(1, 2)),
        ("range", range(3)),
        ("type int", int),
        ("type list", list),
        ("namespace", argparse.Namespace(lr=1)),
        ("path", pathlib.PurePosixPath("/a/b")),
        ("real path", pathlib.Path("/a/b")),
        ("datetime", datetime.datetime(2024, 1, 2)),
        ("timedelta", datetime.timedelta(1)),
        ("enum", Colour.red),
        ("own class", Own()),
        ("partial", functools.partial(int, base=2)),
        ("decimal", decimal.Decimal("1.5")),
        ("uuid", uuid.UUID(int=5)),
        ("bytes io", io.BytesIO(b"x")),
        ("numpy float", numpy.float64(1.5)),
        ("numpy array", numpy.arange(3)),
        ("numpy dtype", numpy.dtype("f4")),
        ("parameter", torch.nn.Parameter(tensor)),
        ("parameter without gradient", torch.nn.Parameter(tensor, requires_grad=False)),
        ("buffer", torch.nn.Buffer(tensor)),
        ("requires grad", torch.ones(2, requires_grad=True)),
        ("tensor with attribute", with_attribute()),
        ("subclass", tensor.as_subclass(TensorWithAttributes)),
        ("module", torch.nn.Linear(1, 1)),
        ("quantized", quantized()),
        ("quantized per channel", quantized(per_channel=True)),
        ("sparse coo", torch.eye(2).to_sparse()),
        ("sparse csr", torch.eye(2).to_sparse_csr()),
        ("sparse bsr", torch.eye(4).to_sparse_bsr((2, 2))),
        ("nested tensor", torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])),
        ("meta", torch.ones(2, device="meta")),
        ("conj", torch.ones(2, dtype=torch.complex64).conj()),
        ("views", [tensor, tensor[0], tensor.t(), tensor[:0]]),
        ("expanded", torch.ones(1).expand(4)),
        ("scalar", torch.tensor(3)),
        ("untyped storage", torch.ones(2).untyped_storage()),
        ("storage", torch.ones(2).storage()),
        ("bytes and a view", viewed_as(torch.float8_e5m2, "bytes")),
        ("a view and its bytes", viewed_as(torch.uint16, "view")),
        ("bytes and their storage", [viewed_as(torch.uint8, "bytes")[0]] * 2
         + [viewed_as(torch.uint8, "bytes")[0].untyped_storage()]),
        ("two views", (lambda tensor: [tensor, tensor.view(torch.uint16)])(
            torch.zeros(8, dtype=torch.float8_e5m2))),
        ("float8 requires grad", torch.zeros(2, dtype=torch.float8_e5m2, requires_grad=True)),
        ("complex32 requires grad", torch.zeros(2, dtype=torch.complex32, requires_grad=True)),
        ("float8 parameter", torch.nn.Parameter(torch.zeros(2, dtype=torch.float8_e5m2))),
        ("float4 parameter", torch.nn.Parameter(torch.empty(2, dtype=torch.float4_e2m1fn_x2))),
        ("meta requires grad", torch.ones(2, device="meta", requires_grad=True)),
        ("meta of four bits", torch.empty(2, 3, dtype=torch.uint4, device="meta")),
        ("meta quantized", torch.empty(2, dtype=torch.qint8, device="meta")),
        ("nested tensor of nothing", torch.nested.nested_tensor([])),
        ("nested tensor of matrices", torch.nested.nested_tensor([torch.ones(2, 2), torch.ones(3, 2)])),
        ("sparse, hybrid", torch.sparse_coo_tensor([[0, 1]], torch.ones(2, 3), (3, 3))),
        ("sparse, batched", torch.stack([torch.eye(2)] * 2).to_sparse_csr()),
        ("optimizer", torch.optim.Adam([torch.nn.Parameter(tensor)]).state_dict()),
        ("dtypes", [getattr(torch, name) for name in
                    ("float32", "bfloat16", "bool", "uint16", "float8_e5m2", "qint8", "uint4", "int3")]),
    ] + [(f"tensor of {dtype}", torch.zeros(2, dtype=dtype)) for dtype in
         (torch.bfloat16, torch.bool, torch.uint16, torch.uint64, torch.float8_e4m3fn,
          torch.complex32, torch.float8_e8m0fnu)]


# --- streams by hand -----------------------------------------------------------------------------

def text(value):
    data = value.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def name(path):
    module, _, attribute = path.rpartition(".")
    return b"c" + module.encode() + b"\n" + attribute.encode() + b"\n"


def tuple_of(*parts):
    return b"(" + b"".join(parts) + b"t"


def call(path, *args):
    return name(path) + tuple_of(*args) + b"R"


def new(path, *args):
    return name(path) + tuple_of(*args) + b"\x81"


def number(value):
    return b"J" + struct.pack("<i", value)


STORAGE = tuple_of(text("storage"), name("torch.FloatStorage"), text("0"), text("cpu"),
                   number(6)) + b"Q"
NO_HOOKS = name("collections.OrderedDict") + b")R"
BYTES = STORAGE.replace(name("torch.FloatStorage"), name("torch.storage.UntypedStorage")).replace(
    number(6), number(24))
INTEGERS = STORAGE.replace(b"Float", b"Int")
QUANTIZED = STORAGE.replace(b"Float", b"QInt32")
TENSOR = call("torch._utils._rebuild_tensor_v2", STORAGE, number(0), tuple_of(number(2)),
              tuple_of(number(1)), b"\x89", NO_HOOKS)
NONE, TRUE, LIST, DICT, TUPLE = b"N", b"\x88", b"]", b"}", b")"


FALSE = b"\x89"
SIX = (number(0), tuple_of(number(2)), tuple_of(number(1)))  # offset, size, stride


def real(value):
    return b"G" + struct.pack(">d", value)


def items(*keys_and_values):
    return DICT + b"(" + b"".join(keys_and_values) + b"u"


def v2(storage=STORAGE, requires_grad=FALSE, *more):
    return call("torch._utils._rebuild_tensor_v2", storage, *SIX, requires_grad, NO_HOOKS, *more)


def v3(dtype, requires_grad=FALSE, *more):
    return call("torch._utils._rebuild_tensor_v3", BYTES, *SIX, requires_grad, NO_HOOKS, name(dtype), *more)


def of_shape(*shape):
    """Strides of 0: the six elements are enough for any."""
    return call("torch._utils._rebuild_tensor_v2", INTEGERS, number(0), tuple_of(*map(number, shape)),
                tuple_of(*[number(0)] * len(shape)), FALSE, NO_HOOKS)


def layout(name_of):
    return call("torch.serialization._get_layout", text(name_of))


def wrong_tensors():
    """Rebuild functions with arguments that fit by their kinds, and some that do not."""
    rebuild, from_type = "torch._utils._rebuild_", "torch._tensor._rebuild_from_type_v2"
    affine = name("torch.per_tensor_affine")
    channels = name("torch.per_channel_affine")
    plain = (name("torch._utils._rebuild_tensor"), name("torch.Tensor"), tuple_of(STORAGE, *SIX))
    size = tuple_of(number(9), number(9))
    cases = [
        ("v2 requires 1", v2(STORAGE, number(1))),
        ("v2 requires a gradient", v2(STORAGE, TRUE)),
        ("v2 of integers requires a gradient", v2(INTEGERS, TRUE)),
        ("v2 of bytes requires a gradient", v2(BYTES, TRUE)),
        ("v2 conj of real numbers", v2(STORAGE, FALSE, items(text("conj"), TRUE))),
        ("v2 neg of real numbers", v2(STORAGE, FALSE, items(text("neg"), TRUE))),
        ("v2 metadata by number", v2(STORAGE, FALSE, items(number(1), TRUE))),
        ("v2 metadata in a list", v2(STORAGE, FALSE, LIST + number(1) + b"a")),
        ("v2 metadata none", v2(STORAGE, FALSE, NONE)),
        ("v3", v3("torch.float8_e5m2")),
        ("v3 requires a gradient", v3("torch.float8_e5m2", TRUE)),
        ("v3 of integers requires a gradient", v3("torch.uint16", TRUE)),
        ("v3 conj", v3("torch.complex32", FALSE, items(text("conj"), TRUE))),
        ("v3 conj of real numbers", v3("torch.float16", FALSE, items(text("conj"), TRUE))),
        ("parameter of integers", call("torch.nn.parameter.Parameter", v2(INTEGERS))),
        ("parameter of integers without gradient", call(rebuild + "parameter", v2(INTEGERS), FALSE, NO_HOOKS)),
        ("parameter requires 1", call(rebuild + "parameter", TENSOR, number(1), NO_HOOKS)),
        ("parameter of a v3 of integers", call(rebuild + "parameter", v3("torch.uint16"), TRUE, NO_HOOKS)),
        ("parameter with a state", call(rebuild + "parameter_with_state", TENSOR, TRUE, NO_HOOKS, items(text("a"), NONE))),
        ("parameter with a triple", call(rebuild + "parameter_with_state", TENSOR, TRUE, NO_HOOKS, tuple_of(NONE, NONE, NONE))),
        ("parameter with a number", call(rebuild + "parameter_with_state", TENSOR, TRUE, NO_HOOKS, number(1))),
        ("parameter with a numbered state", call(rebuild + "parameter_with_state", TENSOR, TRUE, NO_HOOKS, items(number(1), NONE))),
        ("from type with a pair", call(from_type, *plain, tuple_of(NONE, items(text("a"), NONE)))),
        ("from type with a triple", call(from_type, *plain, tuple_of(NONE, NONE, NONE))),
        ("from type of a set", call(from_type, name("builtins.set"), name("torch.Tensor"), TUPLE, DICT)),
        ("from type of a v3 that requires", call(
            from_type, name("torch._utils._rebuild_tensor_v3"), name("torch.Tensor"),
            tuple_of(BYTES, *SIX, TRUE, NO_HOOKS, name("torch.float8_e5m2")), DICT)),
        ("wrapper", call(rebuild + "wrapper_subclass", name("torch.Tensor"), name("torch.float32"), SIX[1], SIX[2],
                         SIX[0], layout("torch.strided"), call("torch.device", text("cpu")), FALSE)),
        ("meta", call(rebuild + "meta_tensor_no_storage", name("torch.float32"), SIX[1], SIX[2], FALSE)),
        ("meta of integers requires", call(rebuild + "meta_tensor_no_storage", name("torch.int32"), SIX[1], SIX[2], TRUE)),
        ("meta of a negative size", call(rebuild + "meta_tensor_no_storage", name("torch.float32"), tuple_of(number(-2)), SIX[2], FALSE)),
        ("meta of other strides", call(rebuild + "meta_tensor_no_storage", name("torch.float32"), SIX[1], TUPLE, FALSE)),
        ("meta quantized", call(rebuild + "meta_tensor_no_storage", name("torch.qint8"), SIX[1], SIX[2], FALSE)),
        ("quantized", call(rebuild + "qtensor", QUANTIZED, *SIX, tuple_of(affine, real(.1), number(1)), FALSE, NO_HOOKS)),
        ("quantized of floats", call(rebuild + "qtensor", STORAGE, *SIX, tuple_of(affine, real(.1), number(1)), FALSE, NO_HOOKS)),
        ("quantized requires", call(rebuild + "qtensor", QUANTIZED, *SIX, tuple_of(affine, real(.1), number(1)), TRUE, NO_HOOKS)),
        ("quantized by too little", call(rebuild + "qtensor", QUANTIZED, *SIX, tuple_of(affine, real(.1)), FALSE, NO_HOOKS)),
        ("quantized by a text", call(rebuild + "qtensor", QUANTIZED, *SIX, tuple_of(affine, text("a"), number(1)), FALSE, NO_HOOKS)),
        ("quantized by nothing", call(rebuild + "qtensor", QUANTIZED, *SIX, NONE, FALSE, NO_HOOKS)),
        ("quantized symmetrically", call(rebuild + "qtensor", QUANTIZED, *SIX, tuple_of(name("torch.per_tensor_symmetric"), real(.1), number(1)), FALSE, NO_HOOKS)),
    ] + [(f"quantized per channel, {label}", call(
        rebuild + "qtensor", QUANTIZED, *SIX,
        tuple_of(channels, LIST + b"(" + real(.1) * scales + b"e", LIST + b"(" + number(0) * 2 + b"e", number(axis)), FALSE, NO_HOOKS))
         for label, scales, axis in (("well", 2, 0), ("too few", 1, 0), ("another axis", 2, 1))]
    cases += [
        ("sparse", call(rebuild + "sparse_tensor", layout("torch.sparse_coo"), tuple_of(of_shape(2, 2), v2(INTEGERS), size))),
        ("sparse of more", call(rebuild + "sparse_tensor", layout("torch.sparse_coo"), tuple_of(of_shape(2, 2), v2(INTEGERS), size, NONE, NONE))),
        ("sparse of another rank", call(rebuild + "sparse_tensor", layout("torch.sparse_coo"), tuple_of(of_shape(2, 2), v2(INTEGERS), tuple_of(number(9))))),
        ("sparse of other counts", call(rebuild + "sparse_tensor", layout("torch.sparse_coo"), tuple_of(of_shape(2, 1), v2(INTEGERS), size))),
        ("sparse, strided", call(rebuild + "sparse_tensor", layout("torch.strided"), tuple_of(of_shape(2, 2), v2(INTEGERS), size))),
        ("nested of lists", call(rebuild + "nested_tensor", v2(), LIST, LIST, LIST)),
        ("nested of vectors", call(rebuild + "nested_tensor", v2(INTEGERS), of_shape(1), of_shape(1), of_shape(1))),
        ("nested of a matrix", call(rebuild + "nested_tensor", of_shape(2, 2), of_shape(1, 1), of_shape(1, 1), of_shape(1))),
        ("tensor of a text", call("torch.FloatTensor", text("a"))),
        ("tensor of a negative size", call("torch.FloatTensor", number(-1))),
        ("tensor of sizes", call("torch.FloatTensor", number(2), number(3))),
        ("tensor of another storage", call("torch.LongTensor", STORAGE)),
        ("storage of a text", call("torch.storage.UntypedStorage", text("a"))),
        ("storage of a size", call("torch.storage.UntypedStorage", number(3))),
        ("set beyond its storage", call("torch.FloatTensor") + tuple_of(STORAGE, number(0), tuple_of(number(7)), tuple_of(number(1))) + b"b"),
        ("set before its storage", call("torch.FloatTensor") + tuple_of(STORAGE, number(-1), SIX[1], SIX[2]) + b"b"),
        ("set to another storage", call("torch.FloatTensor") + tuple_of(INTEGERS, *SIX) + b"b"),
        ("bytes of two classes", tuple_of(BYTES, BYTES.replace(name("torch.storage.UntypedStorage"), name("torch.ByteStorage")))),
    ]
    deep = b"\x85".join([LIST, b"", b""])
    cases += [(f"key {label}", DICT + key + NONE + b"s") for label, key in (
        ("list in tuples", deep), ("ordered dict", NO_HOOKS), ("bytearray", call("builtins.bytearray")),
        ("counter in a tuple", call("collections.Counter") + b"\x85"), ("tensor in a tuple", TENSOR + b"\x85"),
        ("size", call("torch.Size")), ("dtype", name("torch.float32")))]
    return cases + [
        ("set of deep lists", call("builtins.set", LIST + deep + b"a")),
        ("counter of lists", call("collections.Counter", LIST + LIST + b"a")),
        ("size of a dict of texts", call("torch.Size", items(text("a"), NONE))),
        ("device of a padded index", call("torch.device", text("cuda:01"))),
        ("device of a large index", call("torch.device", text("cuda:2147483648"))),
        ("encode a lone surrogate", call("_codecs.encode", text("\ud800"), text("utf-8"))),
    ]


def global_paths():
    import torch._weights_only_unpickler as restricted
    paths = sorted(restricted._get_allowed_globals())
    near_misses = [
        "torch.UntypedStorage", "torch.storage.FloatStorage", "torch.float", "torch.half",
        "torch.cuda.QInt8Storage", "torch.sparse.BoolTensor", "torch.ComplexHalfStorage",
        "torch.nn.Parameter", "torch._tensor.Tensor", "torch._utils._rebuild_xla_tensor",
        "torch._tensor._rebuild_from_type", "torch.tensor._rebuild_from_type_v2",
        "torch.serialization.load", "torch.load", "torch.hub.load", "torch.jit.load",
        "torch.storage._load_from_bytes",
        "torch.bcomplex32", "torch.strided", "torch.UInt16Storage", "torch.cuda.HalfTensor",
        "builtins.eval", "builtins.exec", "builtins.getattr", "builtins.int", "builtins.list",
        "builtins.dict", "builtins.tuple", "builtins.bytes", "builtins.frozenset",
        "__builtin__.set", "__builtin__.bytearray", "__builtin__.complex", "__builtin__.long",
        "__builtin__.eval", "__builtin__.file", "exceptions.Exception", "copy_reg._reconstructor",
        "copyreg._reconstructor", "collections.defaultdict", "collections.deque",
        "collections.UserDict", "UserDict.UserDict", "_codecs.decode", "codecs.encode",
        "os.system", "posix.system", "nt.system", "sys.exit", "os.path.join", "posixpath.join",
        "subprocess.Popen", "commands.getoutput", "pickle.loads", "cPickle.loads",
        "_pickle.loads", "numpy.dtype", "numpy.core.multiarray.scalar", "webbrowser.open",
        "operator.attrgetter", "functools.partial", "types.FunctionType", "runpy.run_path",
        "torch.nn.modules.linear.Linear", "torch.fx._symbolic_trace.Tracer", "x", "torch.x",
    ]
    return paths + near_misses


def streams():
    """(name, the whole pickle)"""
    cases = [(f"global {path}", name(path) if "." in path else b"c\n" + path.encode() + b"\n")
             for path in global_paths()]
    device, size, encode = "torch.device", "torch.Size", "_codecs.encode"
    cases += [
        ("tensor", TENSOR),
        ("blocked module, split name", b"cos\npath.join\n"),
        ("dotted name", b"ctorch\nnn.parameter.Parameter\n"),
        ("module with dots in the name", b"ctorch._utils._rebuild_tensor\n_v2\n"),
        ("empty ordered dict", call("collections.OrderedDict")),
        ("ordered dict of pairs", call("collections.OrderedDict", LIST + b"(" + tuple_of(text("a"), NONE) + b"e")),
        ("ordered dict of a dict", call("collections.OrderedDict", DICT)),
        ("ordered dict of a number", call("collections.OrderedDict", number(1))),
        ("ordered dict of two", call("collections.OrderedDict", DICT, DICT)),
        ("ordered dict of texts", call("collections.OrderedDict", LIST + b"(" + text("abc") + b"e")),
        ("ordered dict, unhashable key", call("collections.OrderedDict") + LIST + NONE + b"s"),
        ("new ordered dict", new("collections.OrderedDict")),
        ("new ordered dict of anything", new("collections.OrderedDict", number(1), number(2))),
        ("counter of a dict", call("collections.Counter", DICT)),
        ("counter of a text", call("collections.Counter", text("abc"))),
        ("counter of a number", call("collections.Counter", number(1))),
        ("counter of none", call("collections.Counter", NONE)),
        ("size of a list", call(size, LIST)),
        ("size of texts", call(size, tuple_of(text("a")))),
        ("size of a number", call(size, number(2))),
        ("size of nothing", call(size)),
        ("size of booleans", call(size, tuple_of(TRUE))),
        ("size of floats", call(size, tuple_of(b"G" + struct.pack(">d", 1.0)))),
        ("new size", new(size, tuple_of(number(2)))),
        ("device of a text", call(device, text("cpu"))),
        ("device with index", call(device, text("cuda"), number(1))),
        ("device of two parts", call(device, text("cuda:1"))),
        ("device unknown", call(device, text("nope"))),
        ("device of nothing", call(device)),
        ("device of an index twice", call(device, text("cuda:1"), number(1))),
        ("device of a negative index", call(device, text("cuda"), number(-2))),
        ("encode latin1", call(encode, text("\xff"), text("latin1"))),
        ("encode beyond latin1", call(encode, text("\u1234"), text("latin1"))),
        ("encode ascii", call(encode, text("abc"), text("ascii"))),
        ("encode default", call(encode, text("\u1234"))),
        ("encode a number", call(encode, number(1))),
        ("encode unknown", call(encode, text("a"), text("no such encoding"))),
        ("encode nothing", call(encode)),
        ("bytearray of bytes", call("builtins.bytearray", call(encode, text("a"), text("latin1")))),
        ("bytearray of a number", call("builtins.bytearray", number(3))),
        ("bytearray of a negative", call("builtins.bytearray", number(-3))),
        ("bytearray of a text", call("builtins.bytearray", text("a"))),
        ("bytearray of a text and its encoding", call("builtins.bytearray", text("a"), text("utf-8"))),
        ("bytearray of large numbers", call("builtins.bytearray", tuple_of(number(300)))),
        ("bytearray of numbers", call("builtins.bytearray", tuple_of(number(30)))),
        ("set of a list", call("builtins.set", LIST + b"(" + number(1) + b"e")),
        ("set of lists", call("builtins.set", LIST + b"(" + LIST + b"e")),
        ("set of a number", call("builtins.set", number(1))),
        ("complex of two", call("builtins.complex", number(1), number(2))),
        ("complex of a text", call("builtins.complex", LIST)),
        ("complex of three", call("builtins.complex", number(1), number(2), number(3))),
        ("layout", call("torch.serialization._get_layout", text("torch.sparse_coo"))),
        ("layout unknown", call("torch.serialization._get_layout", text("torch.nope"))),
        ("dtype called", call("torch.float32")),
        ("storage class called", call("torch.FloatStorage")),
        ("qscheme called", call("torch.per_tensor_affine")),
        ("new of a function", new("torch._utils._rebuild_tensor_v2")),
        ("new of a dtype", new("torch.float32")),
        ("tensor class called", call("torch.FloatTensor")),
        ("tensor class built", call("torch.FloatTensor") + tuple_of(STORAGE, number(0), tuple_of(number(2)), tuple_of(number(1))) + b"b"),
        ("tensor class built wrongly", call("torch.FloatTensor") + DICT + b"b"),
        ("result called", call("collections.OrderedDict") + TUPLE + b"R"),
        ("text called", text("eval") + TUPLE + b"R"),
        ("list as arguments", name("collections.OrderedDict") + LIST + b"R"),
        ("number as arguments", name("collections.OrderedDict") + number(1) + b"R"),
        ("parameter of a tensor", call("torch.nn.parameter.Parameter", TENSOR)),
        ("parameter of a number", call("torch.nn.parameter.Parameter", number(1))),
        ("new parameter", new("torch.nn.parameter.Parameter", TENSOR, TRUE)),
        ("rebuilt parameter", call("torch._utils._rebuild_parameter", TENSOR, TRUE, NO_HOOKS)),
        ("rebuilt parameter of nothing", call("torch._utils._rebuild_parameter", NONE, TRUE, NO_HOOKS)),
        ("rebuild with too few", call("torch._utils._rebuild_tensor_v2", STORAGE, number(0))),
        ("rebuild with too many", call("torch._utils._rebuild_tensor_v2", *[NONE] * 9)),
        ("rebuild without storage", call("torch._utils._rebuild_tensor_v2", NONE, number(0), TUPLE, TUPLE, b"\x89", NO_HOOKS)),
        ("rebuild beyond the storage", call("torch._utils._rebuild_tensor_v2", STORAGE, number(0), tuple_of(number(7)), tuple_of(number(1)), b"\x89", NO_HOOKS)),
        ("rebuild, ranks differ", call("torch._utils._rebuild_tensor_v2", STORAGE, number(0), tuple_of(number(2)), TUPLE, b"\x89", NO_HOOKS)),
        ("rebuild v1", call("torch._utils._rebuild_tensor", STORAGE, number(0), tuple_of(number(2)), tuple_of(number(1)))),
        ("from numpy", call("torch._utils._rebuild_device_tensor_from_numpy", NONE, name("torch.float32"), text("cpu"), b"\x89")),
        ("from a tensor", call("torch._utils._rebuild_device_tensor_from_cpu_tensor", TENSOR, name("torch.float32"), text("cpu"), b"\x89")),
        ("from type", call("torch._tensor._rebuild_from_type_v2", name("torch._utils._rebuild_tensor"), name("torch.Tensor"), tuple_of(STORAGE, number(0), tuple_of(number(2)), tuple_of(number(1))), DICT)),
        ("from type of a dtype", call("torch._tensor._rebuild_from_type_v2", name("torch.float32"), name("torch.Tensor"), TUPLE, DICT)),
        ("build of a dict", DICT + DICT + b"b"),
        ("build of a list", LIST + DICT + b"b"),
        ("build of a global", name("collections.OrderedDict") + DICT + b"b"),
        ("build of an ordered dict", NO_HOOKS + DICT + text("a") + NONE + b"sb"),
        ("build of an ordered dict by none", NO_HOOKS + NONE + b"b"),
        ("build of an ordered dict by a tuple", NO_HOOKS + tuple_of(NONE, DICT) + b"b"),
        ("build of a counter", call("collections.Counter") + DICT + text("a") + NONE + b"sb"),
        ("build of a size", call(size) + DICT + text("a") + NONE + b"sb"),
        ("build of a size by nothing", call(size) + DICT + b"b"),
        ("build of a set", call("builtins.set") + DICT + text("a") + NONE + b"sb"),
        ("build of a device", call(device, text("cpu")) + DICT + b"b"),
        ("build of a tensor", TENSOR + DICT + b"b"),
        ("build of a tensor by a tuple", TENSOR + tuple_of(STORAGE, number(0), tuple_of(number(2)), tuple_of(number(1))) + b"b"),
        ("append to a set", b"\x8f" + number(1) + b"a"),
        ("append to a dict", DICT + number(1) + b"a"),
        ("append to an ordered dict", NO_HOOKS + number(1) + b"a"),
        ("append to a tensor", TENSOR + number(1) + b"a"),
        ("appends of nothing to a dict", DICT + b"(e"),
        ("item of a list", LIST + number(1) + b"a" + number(0) + NONE + b"s"),
        ("items of a list", LIST + b"(" + number(0) + NONE + b"u"),
        ("items of nothing of a list", LIST + b"(u"),
        ("item of a counter", call("collections.Counter") + text("a") + NONE + b"s"),
        ("item of a tensor", TENSOR + number(0) + number(1) + b"s"),
        ("item of a text", text("a") + number(0) + number(1) + b"s"),
        ("odd items", DICT + b"(" + number(0) + b"u"),
        ("list as a key", DICT + LIST + NONE + b"s"),
        ("tensor as a key", DICT + TENSOR + NONE + b"s"),
        ("persistent text", text("storage") + b"Q"),
        ("persistent of another kind", tuple_of(text("module"), NONE) + b"Q"),
        ("persistent number", number(1) + b"Q"),
        ("persistent of four", tuple_of(text("storage"), name("torch.FloatStorage"), text("0"), text("cpu")) + b"Q"),
        ("persistent of no class", tuple_of(text("storage"), text("FloatStorage"), text("0"), text("cpu"), number(6)) + b"Q"),
        ("storage missing", STORAGE.replace(text("0"), text("7"))),
        ("storage too long", STORAGE.replace(number(6), number(7))),
        ("storage too short", STORAGE.replace(number(6), number(5))),
        ("integer key", STORAGE.replace(text("0"), number(0))),
        ("unknown place", STORAGE.replace(text("cpu"), text("nowhere"))),
        ("memo", b"q\x05".join([text("a"), b"h\x05\x86"])),
        ("memo missing", b"h\x05"),
        ("pop", NONE + NONE + b"0"), ("dup", NONE + b"2\x86"), ("pop mark", NONE + b"(" + NONE + b"1"),
        ("empty stack", b""), ("mark left", b"(" + NONE), ("mark below", NONE + b"("),
        ("two values", NONE + number(1)),
        ("text opcodes", b"I1\n"), ("float line", b"F1.5\n"), ("string line", b"S'a'\n"),
        ("unicode line", b"Va\n"), ("short string", b"U\x01a"), ("long string", b"T\x01\0\0\0a"),
        ("short string of latin1", b"U\x01\xff"),
        ("short text", b"\x8c\x01a"), ("bytes opcode", b"C\x01a"), ("long text", b"\x8d" + struct.pack("<Q", 1) + b"a"),
        ("set opcodes", b"\x8f(" + number(1) + b"\x90"), ("empty set", b"\x8f"), ("frozen set", b"(\x91"),
        ("stack global", text("collections") + text("OrderedDict") + b"\x93"),
        ("memoize", NONE + b"\x94"), ("frame", b"\x95" + struct.pack("<Q", 2) + NONE),
        ("inst", b"(icollections\nOrderedDict\n"), ("obj", b"(" + name("collections.OrderedDict") + b"o"),
        ("newobj ex", name("collections.OrderedDict") + TUPLE + DICT + b"\x92"),
        ("extension", b"\x82\x01"), ("persid line", b"Pstorage\n"), ("long4", b"\x8b\x01\0\0\0\x05"),
        ("long1", b"\x8a\x01\x05"), ("long1 of nothing", b"\x8a\x00"), ("lone surrogate", text("\ud800")),
        ("invalid utf-8", b"X\x01\0\0\0\xff"), ("unknown opcode", b"\xff"), ("cut", b"X\x05\0\0\0ab"),
        ("dict opcode", b"(d"), ("list opcode", b"(l"), ("get line", NONE + b"p0\n0g0\n"),
        ("no protocol", None), ("protocol 9", b"\x80\x09" + NONE),
        ("call before a broken end", call("os.system", text("true")) + b"\xff"),
    ]
    cases += wrong_tensors()
    return [(label, NONE + b"." if stream is None else b"\x80\x02" + stream + b".")
            for label, stream in cases]


def protocol_dumps():
    """(name, protocol, value) for every value that the protocol can save."""
    for label, value in saved_values():
        for protocol in range(6):
            try:
                torch.save(value, io.BytesIO(), pickle_protocol=protocol)
            except (pickle.PicklingError, TypeError, RuntimeError, AttributeError, RecursionError,
                    ValueError, NotImplementedError):
                continue
            yield label, protocol, value
