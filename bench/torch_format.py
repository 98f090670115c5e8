"""Writes a state dict of float32 tensors as torch.save does, without torch.

The file is a zip whose records are stored, not compressed, each beginning at a multiple of 64 bytes:

    NAME/data.pkl               {key: _rebuild_tensor_v2(storage, offset, shape, stride, ...)}
    NAME/.format_version        1
    NAME/.storage_alignment     64
    NAME/byteorder              little
    NAME/data/0, NAME/data/1    the numbers of each tensor
    NAME/version                3
    NAME/.data/serialization_id

That is the generation of torch 2.7 and later.
"""
import collections
import contextlib
import io
import math
import pathlib
import pickle
import random
import struct
import sys
import types
import zipfile

ALIGNMENT_BYTES = 64
FLOAT_BYTES = 4
LOCAL_HEADER_BYTES = 30
EXTRA_HEADER_BYTES = 4
PADDING_ID = 0x4246  # "FB", the extra field that torch pads with
PATTERN_FLOATS = 2**20


class Storage:
    def __init__(self, key, element_count):
        self.key = key
        self.element_count = element_count


class Tensor:
    """Pickles as a call of torch._utils._rebuild_tensor_v2."""

    def __init__(self, storage, shape):
        self.storage = storage
        self.shape = shape

    def __reduce__(self):
        strides = tuple(math.prod(self.shape[axis + 1:]) for axis in range(len(self.shape)))
        hooks = collections.OrderedDict()
        return (sys.modules["torch._utils"]._rebuild_tensor_v2,
                (self.storage, 0, self.shape, strides, False, hooks))


@contextlib.contextmanager
def stand_in_torch():
    """Modules with the two names that the pickle refers to: the pickler looks them up."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})

    def _rebuild_tensor_v2():
        raise NotImplementedError("only its name is written")

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    torch._utils = utils
    modules = {"torch": torch, "torch._utils": utils}
    sys.modules.update(modules)
    try:
        yield torch
    finally:
        for name in modules:
            del sys.modules[name]


def pickled(tensors):
    with stand_in_torch() as torch:
        class StoragePickler(pickle.Pickler):
            def persistent_id(self, value):
                if not isinstance(value, Storage):
                    return None
                return ("storage", torch.FloatStorage, value.key, "cpu", value.element_count)

        buffer = io.BytesIO()
        StoragePickler(buffer, protocol=2).dump(tensors)
        return buffer.getvalue()


def padded_entry(archive, name, size_bytes):
    """A record, of less than 2 GiB, whose bytes begin at a multiple of the alignment."""
    entry = zipfile.ZipInfo(name)
    before = archive.fp.tell() + LOCAL_HEADER_BYTES + len(name.encode()) + EXTRA_HEADER_BYTES
    padding_bytes = -before % ALIGNMENT_BYTES
    entry.extra = struct.pack("<HH", PADDING_ID, padding_bytes) + b"Z" * padding_bytes
    entry.file_size = size_bytes
    return entry


def write_record(archive, name, chunks, size_bytes):
    with archive.open(padded_entry(archive, name, size_bytes), "w") as record:
        for chunk in chunks:
            record.write(chunk)


def repeated(pattern, size_bytes):
    for start in range(0, size_bytes, len(pattern)):
        yield pattern[:size_bytes - start]


def random_floats(count, seed):
    numbers = random.Random(seed)
    return struct.pack(f"<{count}f", *(numbers.random() for _ in range(count)))


def save(shapes, path, seed, arrange):
    """Writes a tensor of random numbers for each name of `shapes`, as `arrange` puts them."""
    top = pathlib.Path(path).stem
    tensors = {name: Tensor(Storage(str(index), math.prod(shape)), shape)
               for index, (name, shape) in enumerate(shapes.items())}
    pattern = random_floats(PATTERN_FLOATS, seed)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        def write(name, content):
            write_record(archive, f"{top}/{name}", [content], len(content))

        write("data.pkl", pickled(arrange(tensors)))
        write(".format_version", b"1")
        write(".storage_alignment", str(ALIGNMENT_BYTES).encode())
        write("byteorder", b"little")
        for tensor in tensors.values():
            size_bytes = tensor.storage.element_count * FLOAT_BYTES
            write_record(archive, f"{top}/data/{tensor.storage.key}",
                         repeated(pattern, size_bytes), size_bytes)
        write("version", b"3\n")
        write(".data/serialization_id", b"0" * 40)
