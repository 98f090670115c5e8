"""What torch says of an object that it loaded: every tensor, in order, as plain JSON.

The walk goes through dict values in order, lists, tuples, deques and then the attributes of the
object itself. A tensor that is reached twice is listed twice; a container that contains itself is
entered once. One tensor:

  {"path": ["optimizer", "state", {"int": 0}, "exp_avg"], "dtype": "float32", "shape": [2, 3],
   "stride": [3, 1], "offset": 0, "storage": 4, "storage_bytes": 24, "requires_grad": false,
   "is_parameter": false, "sha256": "..."}

path      a string is a dict key; {"int": 5}, {"float": "1.5"}, {"bytes": "hex"}, {"bool": true},
          {"none": null} are other keys; {"index": 0} is a position, {"attribute": "x"} an attribute
offset    elements from the start of the storage; stride too
storage   equal numbers are the same storage; null where there is none (sparse, meta)
sha256    of the elements in row-major order, little endian, as a reader of the values sees them;
          null where they are not strided bytes (sparse, meta, nested, sub-byte quantised)

Only where they say something: "layout" (not strided), "device" (meta), "nested", "conj", "neg", and
with the last two "sha256_stored": the elements as they lie in the file, not conjugated or negated.
"""
import collections
import hashlib
import itertools
import json
import platform
import types

import torch

SUB_BYTE_DTYPES = {getattr(torch, name) for name in ("quint4x2", "quint2x4")}
LEAF_TYPES = (str, bytes, bytearray, int, float, complex, type, types.FunctionType,
              types.BuiltinFunctionType, types.ModuleType, torch.dtype, torch.Size)


def torch_version():
    return torch.__version__.split("+")[0]


def path_step(key):
    """A dict key as JSON; see the file's head."""
    if isinstance(key, str):
        return key
    if key is None:
        return {"none": None}
    for name, kind in (("bool", bool), ("int", int)):
        if isinstance(key, kind):
            return {name: key}
    if isinstance(key, float):
        return {"float": repr(key)}
    if isinstance(key, bytes):
        return {"bytes": key.hex()}
    return {"repr": repr(key)}


def children(value):
    """(path step, child) of everything directly inside `value`."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield path_step(key), child
    elif isinstance(value, (list, tuple, collections.deque)):
        for index, child in enumerate(value):
            yield {"index": index}, child
    for name, child in list(getattr(value, "__dict__", {}).items()):
        yield {"attribute": name}, child
    for name in getattr(type(value), "__slots__", ()):
        if isinstance(name, str) and hasattr(value, name):
            yield {"attribute": name}, getattr(value, name)


def tensors_in(value, path=(), ancestors=()):
    """(path, tensor) of every tensor, in the order that the file's head promises."""
    if isinstance(value, torch.Tensor):
        yield list(path), value
        return
    if isinstance(value, LEAF_TYPES) or id(value) in ancestors:
        return
    for step, child in children(value):
        yield from tensors_in(child, (*path, step), (*ancestors, id(value)))


def storage_of(tensor):
    """The untyped storage, or None where the tensor has none of its own."""
    if tensor.layout != torch.strided or tensor.is_nested or tensor.device.type == "meta":
        return None
    if hasattr(tensor, "untyped_storage"):
        return tensor.untyped_storage()
    return tensor.storage().untyped()


def stored_bytes(storage):
    if storage.nbytes() == 0:
        return b""
    view = torch.empty(0, dtype=torch.uint8).set_(storage) if hasattr(
        torch.Tensor, "untyped_storage") else torch.tensor(storage, dtype=torch.uint8)
    return bytes(view.numpy())


def element_bytes(tensor):
    """The elements in row-major order, gathered by offset and stride from the storage's bytes."""
    raw = stored_bytes(storage_of(tensor))
    size = tensor.element_size()
    steps = [[index * stride for index in range(count)]
             for count, stride in zip(tensor.shape, tensor.stride())]
    starts = (size * (tensor.storage_offset() + sum(point)) for point in itertools.product(*steps))
    return b"".join(raw[start:start + size] for start in starts)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def describe_strided(tensor, row):
    row["stride"] = list(tensor.stride())
    if tensor.device.type == "meta":
        row["device"] = "meta"
        return
    row["offset"] = tensor.storage_offset()
    row["storage_bytes"] = storage_of(tensor).nbytes()
    if tensor.dtype in SUB_BYTE_DTYPES:
        return
    plain = tensor.detach()
    row["sha256"] = sha256(element_bytes(plain))
    if tensor.is_conj() or tensor.is_neg():
        row["sha256_stored"] = row["sha256"]
        row["sha256"] = sha256(element_bytes(plain.resolve_conj().resolve_neg().contiguous()))
        row.update({"conj": tensor.is_conj(), "neg": tensor.is_neg()})


def describe_tensor(path, tensor):
    row = {"path": path, "dtype": str(tensor.dtype).replace("torch.", ""), "shape": None,
           "stride": None, "offset": None, "storage": None, "storage_bytes": None,
           "requires_grad": tensor.requires_grad,
           "is_parameter": isinstance(tensor, torch.nn.Parameter), "sha256": None}
    if tensor.is_nested:
        row["nested"] = True
        return row
    row["shape"] = list(tensor.shape)
    if tensor.layout == torch.strided:
        describe_strided(tensor, row)
    else:
        row["layout"] = str(tensor.layout).replace("torch.", "")
    return row


def describe(value):
    """The rows of all tensors in `value`."""
    rows, groups = [], {}
    for path, tensor in tensors_in(value):
        row = describe_tensor(path, tensor)
        storage = storage_of(tensor)
        if storage is not None:
            row["storage"] = groups.setdefault(storage._cdata, len(groups))
        rows.append(row)
    return rows


def versions():
    try:
        import numpy
        numpy_version = numpy.__version__
    except ImportError:
        numpy_version = None
    return {"torch": torch_version(), "python": platform.python_version(), "numpy": numpy_version}


def as_json(file_name, rows):
    """One tensor a line, so that a difference is readable."""
    head = json.dumps({"file": file_name, **versions()})
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    body = f"\n{lines}\n" if rows else ""
    return f'{head[:-1]}, "tensors": [{body}]}}\n'
