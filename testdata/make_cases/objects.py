"""Python values around the tensors, and whole models."""
import argparse
import collections
import datetime
import decimal
import fractions
import pathlib
import uuid

import numpy
import torch
from torch import nn

import sample_types

STATE = {"weight": (2, 3), "bias": (2,)}


def weights():
    return {name: torch.ones(shape) for name, shape in STATE.items()}


def numpy_scalars():
    return {"state_dict": weights(), "scalar": numpy.float64(0.875), "int": numpy.int64(3),
            "array": numpy.arange(6, dtype=numpy.float32).reshape(2, 3),
            "fortran": numpy.asfortranarray(numpy.arange(6).reshape(2, 3)),
            "big_endian": numpy.array([1, 2], dtype=">i4"), "bool": numpy.bool_(True),
            "text": numpy.array(["a", "bc"]), "empty": numpy.zeros((0, 2)),
            "objects": numpy.array([1, "two", None, (3,)], dtype=object)}


def namespace():
    args = argparse.Namespace(batch_size=32, name="run 1", milestones=[10, 20], resume=None,
                              nested=argparse.Namespace(depth=2))
    return {"state_dict": weights(), "args": args}


def containers():
    shared = [1, 2]
    return {
        "state_dict": weights(), "list": [], "list1": [1], "list2": [1, [2, [3, []]]],
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), (1, 2, 3, 4, 5), ((), ((),))],
        "set": {1, 2, 3}, "empty_set": set(), "frozenset": frozenset([4, 5]),
        "bytes": b"\x00\x7f\x80\xff", "no_bytes": b"", "bytearray": bytearray(b"ab\xfe"),
        "defaultdict": collections.defaultdict(list, a=[1], b=[]),
        "counter": collections.Counter("abca"), "deque": collections.deque([1, 2], maxlen=3),
        "ordered": collections.OrderedDict([("z", 1), ("a", 2)]), "empty_dict": {},
        "shared": [shared, shared],
        "tensors": [torch.zeros(1), (torch.ones(1), {"x": torch.ones(2)})],
        "slice": slice(1, None, 2), "range": range(0, 10, 3), "complex": complex(1.5, -2.0),
        "size": torch.Size([2, 3]), "device": torch.device("cuda:1"), "cpu": torch.device("cpu"),
        "dtypes": [torch.float32, torch.bfloat16, torch.bool], "layout": torch.strided,
        "ellipsis": ..., "type": int, "function": len}


def numbers():
    ints = [0, 1, 255, 256, 65535, 65536, -1, -256, 2**31 - 1, 2**31, -2**31, -2**31 - 1, 2**32,
            2**63 - 1, 2**63, -2**63, -2**63 - 1, 2**64, 2**100, -2**100, 2**2040]
    floats = [0.0, -0.0, 1.5, float("inf"), float("-inf"), float("nan"), 5e-324, 1e308, 0.1]
    return {"state_dict": weights(), "ints": ints, "floats": floats, "none": None,
            "bools": [True, False], "text": ["", "a", "é", "層", "\U0001f600", "\ud800"],
            "long_text": "y" * 300}


def library_objects():
    return {"state_dict": weights(), "colour": sample_types.Colour.blue,
            "path": pathlib.PurePosixPath("/data/run/1"), "decimal": decimal.Decimal("1.10"),
            "fraction": fractions.Fraction(2, 6), "uuid": uuid.UUID(int=7),
            "datetime": datetime.datetime(2024, 2, 29, 12, 30, 1, 5),
            "date": datetime.date(2024, 2, 29), "delta": datetime.timedelta(1, 2, 3),
            "zone": datetime.timezone(datetime.timedelta(hours=2)),
            "point": sample_types.Point(1, torch.ones(2)),
            "settings": sample_types.Settings(3, "wide"),
            "slotted": sample_types.Slotted(1, torch.zeros(1))}


def recursive():
    loop = [1]
    loop.append(loop)
    table = {"name": "ring"}
    table["self"] = table
    inner = []
    ring = (inner, 2)
    inner.append(ring)
    return {"state_dict": weights(), "list": loop, "dict": table, "tuple": ring}


def deep():
    """Two hundred levels of lists and dicts around a tensor."""
    value = torch.ones(1)
    for level in range(100):
        value = [value, level] if level % 2 else {"next": value}
    return {"state_dict": weights(), "deep": value}


def bare_tensor():
    return torch.arange(3.0)


def list_of_tensors():
    return [torch.arange(3.0), torch.ones(2, 2), {"weight": torch.zeros(1)}]


def whole_model():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(),
                          nn.Linear(2, 2), nn.Dropout(0.1))
    model.register_buffer("scratch", torch.arange(2.0), persistent=False)
    model[4].bias = None
    model.eval()
    return model


def own_model():
    return sample_types.Scale(3)


BUILDERS = {builder.__name__: builder for builder in (
    numpy_scalars, namespace, containers, numbers, library_objects, recursive, deep, bare_tensor,
    list_of_tensors, whole_model, own_model)}
