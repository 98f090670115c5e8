"""Programs that unpickle, with stand-ins for everything that a pickle names: find_class records what is
looked up and gives a class that records what becomes of it. Nothing that a stream names is imported,
called or changed.

Each reader reads pickle after pickle until one fails, once with an unpickler a pickle, as pickle.load
does, and once with one for all.
"""
import copyreg
import io
import pickle
import sys
import warnings
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

import torch
import torch._weights_only_unpickler as weights_only

try:
    from joblib.numpy_pickle import NumpyUnpickler
except ImportError:
    NumpyUnpickler = None

ALLOWED = set(weights_only._get_allowed_globals())
BLOCKED = ("sys.", "os.", "posix.", "nt.")
MOST_PICKLES = 70

# What EXT1, EXT2 and EXT4 look up: (module, name, code).
EXTENSIONS = [("os", "getcwd", 1), ("os", "getpid", 300), ("os", "getppid", 70_000)]
for row in EXTENSIONS:
    copyreg.add_extension(*row)


def is_allowed(path):
    return path in ALLOWED and not path.startswith(BLOCKED)


class Seen:
    """What one reader did with a stream."""

    def __init__(self):
        self.pickle = 0       # how many were begun
        self.named = {}       # not allowed, and looked up: in which pickle first
        self.called = set()   # not allowed, and called
        self.changed = set()  # globals, by attributes or items
        self.items = set()    # set in what is no dict, by the unpickler of weights_only

    def stand_in(self, module, name):
        # As find_class does in protocols up to 2; in later ones such a module is not found.
        module, name = NAME_MAPPING.get((module, name), (module, name))
        path = f"{IMPORT_MAPPING.get(module, module)}.{name}"
        if not is_allowed(path):
            self.named.setdefault(path, self.pickle)
        return Stand(path, (Thing,), {"path": path, "seen": self})


class Stand(type):
    """Of a global."""

    def __call__(cls, *_args, **_keywords):
        return cls.__new__(cls)

    def __setattr__(cls, name, _value):
        cls.seen.changed.add(f"{cls.path}: {name}")

    def __setitem__(cls, _key, _value):
        cls.seen.changed.add(cls.path)

    def append(cls, *_items):
        cls.seen.changed.add(cls.path)

    extend = add = update = append


class Thing:
    """What a call of a global gives."""

    def __new__(cls, *_args, **_keywords):
        if not is_allowed(cls.path):
            cls.seen.called.add(cls.path)
        return object.__new__(cls)

    def __call__(self, *_args, **_keywords):
        self.seen.called.add(f"the result of {self.path}")
        return self

    def __setitem__(self, key, value):
        pass

    def __hash__(self):
        return 1

    def __eq__(self, other):
        return self is other

    def append(self, *_items):
        pass

    extend = add = update = append


class CReader(pickle.Unpickler):
    def __init__(self, file, seen, **options):
        super().__init__(file, buffers=[b"buffer"] * 50, **options)
        self.seen = seen

    def find_class(self, module, name):
        return self.seen.stand_in(module, name)

    def persistent_load(self, _id):
        return None


class PythonReader(pickle._Unpickler):
    def __init__(self, file, seen, **options):
        super().__init__(file, buffers=[b"buffer"] * 50, **options)
        self.seen = seen

    def find_class(self, module, name):
        return self.seen.stand_in(module, name)

    def persistent_load(self, _id):
        return None

    def get_extension(self, code):
        row = {code: (module, name) for module, name, code in EXTENSIONS}.get(code)
        if row is None:
            raise ValueError("unregistered extension")
        self.append(self.find_class(*row))


if NumpyUnpickler:
    class JoblibReader(NumpyUnpickler):
        def __init__(self, file, seen):
            super().__init__("stream", file, ensure_native_byte_order=False)
            self.seen = seen

        find_class = PythonReader.find_class
        persistent_load = PythonReader.persistent_load
        get_extension = PythonReader.get_extension


class BareFile:
    """As a file of somebody's own: read and readline, and nothing else."""

    def __init__(self, data):
        inner = io.BytesIO(data)
        self.read = inner.read
        self.readline = inner.readline


class NotADict:
    """What weights_only makes of a tensor or a storage, as far as items are concerned."""

    def __init__(self, seen):
        self.seen = seen

    def __setitem__(self, _key, _value):
        self.seen.items.add("of what is no dict")


REAL = {"collections.OrderedDict", "collections.Counter", "builtins.set"}


def read_weights_only(data, _encoding, seen):
    """The functions that it may call are replaced, containers aside: an argument could ask for
    gigabytes."""
    real = weights_only._get_allowed_globals
    table = {path: (value if path in REAL else (lambda *_args, **_keywords: NotADict(seen)))
             for path, value in real().items()}
    weights_only._get_allowed_globals = lambda: table
    try:
        file = io.BytesIO(data)
        for _ in range(MOST_PICKLES):
            unpickler = weights_only.Unpickler(file, encoding="latin1")
            unpickler.persistent_load = lambda _id: NotADict(seen)
            unpickler.load()
    finally:
        weights_only._get_allowed_globals = real


def in_turn(make_reader, seen):
    """An unpickler a pickle."""
    for seen.pickle in range(1, MOST_PICKLES):
        make_reader().load()


def at_once(make_reader, seen):
    """One for all of them."""
    reader = make_reader()
    for seen.pickle in range(1, MOST_PICKLES):
        reader.load()


def reads(loop, open_file, reader):
    def read(data, encoding, seen):
        file = open_file(data)
        options = {"encoding": encoding} if reader in (CReader, PythonReader) else {}
        loop(lambda: reader(file, seen, **options), seen)
    return read


def buffered(size):
    return lambda data: io.BufferedReader(io.BytesIO(data), size)


def readers():
    """(name, function of the bytes, an encoding and a Seen) each."""
    rows = [("weights_only", read_weights_only)]
    for loop in (in_turn, at_once):
        for name, open_file, reader in (
                ("C, BytesIO", io.BytesIO, CReader),
                ("C, a file with a peek of 8192", buffered(8192), CReader),
                ("C, a file with a peek of 16", buffered(16), CReader),
                ("C, read and readline", BareFile, CReader),
                ("Python", io.BytesIO, PythonReader)):
            rows.append((f"{name}, {loop.__name__}", reads(loop, open_file, reader)))
    if NumpyUnpickler:
        rows.append(("joblib", reads(in_turn, io.BytesIO, JoblibReader)))
    return rows


def read_by_all(rows, data, encoding):
    """What each reader has seen, by its name, for those that have seen something."""
    found = {}
    sys.excepthook = lambda *_error: None  # CPython prints what it can raise to nobody
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, read in rows:
            seen = Seen()
            copyreg._extension_cache.clear()
            try:
                read(data, encoding, seen)
            except (Exception, RecursionError):  # every reader has its own words for a broken pickle
                pass
            if seen.named or seen.called or seen.changed or seen.items:
                found[name] = seen
    sys.excepthook = sys.__excepthook__
    return found


assert torch.__version__
