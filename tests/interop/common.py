"""What the interop tests share: where things are, how ckpt is run, how files and values
are compared.

Environment: CKPT (the program), CKPT_TESTDATA, CKPT_CORPUS (files of others; may be absent).
A script that imports this where there is no torch ends with code 77: ctest reports it as skipped.
"""
import os
import pathlib
import pickletools
import struct
import subprocess
import sys
import tempfile
import unittest
import warnings
import zipfile

try:
    import torch
except ImportError:
    print("skipped: this Python has no torch")
    sys.exit(77)

HERE = pathlib.Path(__file__).resolve().parent
CKPT = os.environ.get("CKPT", "ckpt")
TESTDATA = pathlib.Path(os.environ.get("CKPT_TESTDATA", HERE.parents[1] / "testdata")).resolve()
CORPUS = pathlib.Path(
    os.environ.get("CKPT_CORPUS", HERE.parents[2] / "shared" / "corpus")).resolve()

sys.dont_write_bytecode = True
sys.path.insert(0, str(TESTDATA))

import describe  # noqa: E402 (found through the line above)

SECONDS_PER_RUN = 60
needs_corpus = unittest.skipUnless(CORPUS.is_dir(), "no corpus beside the project")


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    unittest.main(verbosity=2, warnings="ignore")


def zip_files(folder):
    """The files under `folder` that torch.save wrote as archives, in order."""
    return sorted(path for path in folder.rglob("*")
                  if path.suffix in (".pt", ".pth", ".bin") and zipfile.is_zipfile(path))


def testdata_files():
    """What torch wrote; testdata/crashes holds what fuzzing broke."""
    return [path for path in zip_files(TESTDATA) if "crashes" not in path.parts]


def corpus_files():
    return zip_files(CORPUS / "zip")


def file_label(path):
    return "/".join(path.parts[-3:])


class TestCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_ckpt(self, *arguments, exit_code=0):
        """Runs the program and returns what it wrote to stdout, as bytes."""
        run = subprocess.run([CKPT, *map(str, arguments)], capture_output=True, check=False,
                             timeout=SECONDS_PER_RUN, stdin=subprocess.DEVNULL)
        message = f"ckpt {' '.join(map(str, arguments))}\n{run.stderr.decode(errors='replace')}"
        self.assertEqual(run.returncode, exit_code, message)
        return run.stdout

    def fresh_folder(self, name):
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def assert_same_file(self, ours, theirs):
        difference = first_file_difference(ours.read_bytes(), theirs.read_bytes())
        if difference:
            self.fail(f"{ours.name}: {difference}\n{first_record_difference(ours, theirs)}")


def load(path, **options):
    """Loads with classes and all: only for files of testdata, the zip corpus or our own."""
    options.setdefault("weights_only", False)
    return torch.load(path, map_location=options.pop("map_location", "cpu"), **options)


# --- files ---------------------------------------------------------------------------------------

def without_library_digits(data):
    """The file with the first 20 digits of .data/serialization_id, and the CRCs that follow from
    them, set to zero: those digits depend on the C++ library of the writer."""
    data = bytearray(data)
    directory = data.rfind(b"PK\x05\x06")
    entry = struct.unpack_from("<I", data, directory + 16)[0]
    while data[entry:entry + 4] == b"PK\x01\x02":
        size, = struct.unpack_from("<I", data, entry + 24)
        name_size, extra_size, comment_size = struct.unpack_from("<3H", data, entry + 28)
        header, = struct.unpack_from("<I", data, entry + 42)
        name = data[entry + 46:entry + 46 + name_size]
        if name.endswith(b"/.data/serialization_id"):
            payload = header + 30 + sum(struct.unpack_from("<2H", data, header + 26))
            data[payload:payload + 20] = bytes(20)
            data[payload + size + 4:payload + size + 8] = bytes(4)  # in the data descriptor
            data[entry + 16:entry + 20] = bytes(4)
        entry += 46 + name_size + extra_size + comment_size
    return bytes(data)


def first_file_difference(ours, theirs):
    """"" when the files are equal but for the library's digits."""
    if ours == theirs:
        return ""
    ours, theirs = without_library_digits(ours), without_library_digits(theirs)
    if ours == theirs:
        return ""
    position = len(os.path.commonprefix([ours, theirs]))
    return f"differs from torch's at byte {position} (sizes {len(ours)} and {len(theirs)})"


def records(path):
    with zipfile.ZipFile(path) as archive:
        return [(entry.filename, entry.header_offset, archive.open(entry).read())
                for entry in archive.infolist()]


def first_record_difference(ours, theirs):
    """For people: the first record that is not the same, and for a pickle the first opcode."""
    for mine, reference in zip(records(ours), records(theirs)):
        if mine == reference:
            continue
        if mine[:2] != reference[:2]:
            return f"record {mine[:2]}, torch has {reference[:2]}"
        if mine[0].endswith("data.pkl"):
            return f"{mine[0]}: {first_opcode_difference(mine[2], reference[2])}"
        if not mine[0].endswith("serialization_id"):
            return f"record {mine[0]}: {mine[2][:40]!r}, torch has {reference[2][:40]!r}"
    return "the records are the same; their headers or number are not"


def opcodes(pickle):
    return [(opcode.name, argument, position) for opcode, argument, position in
            pickletools.genops(pickle)]


def first_opcode_difference(ours, theirs):
    mine, reference = opcodes(ours), opcodes(theirs)
    for index, (left, right) in enumerate(zip(mine, reference)):
        if left[:2] != right[:2]:
            before = [step[:2] for step in mine[max(0, index - 4):index]]
            return f"byte {left[2]}: {left[:2]}, torch has {right[:2]}; before it {before}"
    return f"{len(mine)} opcodes, torch has {len(reference)}"


# --- values --------------------------------------------------------------------------------------

def value_difference(left, right, path="", open_pairs=()):
    """Where two loaded objects first differ, tensors left to `describe`; None where they do not."""
    if isinstance(left, torch.Tensor) or isinstance(left, torch.storage.TypedStorage):
        return None if type(left) is type(right) else f"{path}: {type(left)} and {type(right)}"
    if type(left) is not type(right):
        return f"{path}: {type(left).__name__} and {type(right).__name__}"
    if (id(left), id(right)) in open_pairs:
        return None
    left_children, right_children = list(describe.children(left)), list(describe.children(right))
    left_steps = [step for step, _ in left_children]
    if left_steps != [step for step, _ in right_children]:
        return f"{path}: {left_steps} and {[step for step, _ in right_children]}"
    if not left_children and repr(left) != repr(right) and " at 0x" not in repr(left):
        return f"{path}: {left!r} and {right!r}"
    for (step, mine), (_, reference) in zip(left_children, right_children):
        found = value_difference(mine, reference, f"{path}/{step}",
                                 (*open_pairs, (id(left), id(right))))
        if found:
            return found
    return None


def loaded_difference(left, right):
    """As above, with tensors: values, layout and which of them share a storage."""
    mine, reference = describe.describe(left), describe.describe(right)
    for left_row, right_row in zip(mine, reference):
        if left_row != right_row:
            return f"{left_row}\n{right_row}"
    if len(mine) != len(reference):
        return f"{len(mine)} tensors and {len(reference)}"
    return value_difference(left, right)
