"""ckpt check against every unpickler at hand: what any of them would call, look up or change, must not
be in a file that is `safe`.

    readers_test.py [STREAMS [FIRST-SEED]]

The streams are made opcode by opcode (pickle_streams.py) and read with stand-ins for all that they name
(pickle_readers.py). Each lies in one of the places where ckpt looks for pickles. tools/differential
runs half a million.
"""
import json
import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import zipfile

import common
import pickle_readers
from pickle_streams import make_stream

BATCH = 1000
MAGIC = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03."
NUMBERS = b"I119547037146038801333356\n.I1001\n."


def write_zip(path, record, data):
    with zipfile.ZipFile(path, "w") as archive:
        if record != "data.pkl":
            archive.writestr("a/data.pkl", b"\x80\x02}.")
        archive.writestr(f"a/{record}", data)
        archive.writestr("a/version", b"3\n")


# Where a stream is put: (name, what stands in front of it in the same stream, record of a zip).
PLACES = [("bare", b"", None), ("bare", b"", None), ("behind a pickle", b"\x80\x02N.", None),
          ("behind a number", b"N.", None), ("legacy", MAGIC, None), ("legacy text", NUMBERS, None),
          ("data.pkl", b"", "data.pkl"), ("hook", b"", "hook"), ("storage", b"", "data/0")]


def write_case(folder, seed):
    """Returns (path, bytes that an unpickler is given)."""
    rng = random.Random(~seed)
    _, before, record = rng.choice(PLACES)
    data = before + make_stream(seed)
    path = folder / f"{seed}.pt"
    if record:
        write_zip(path, record, data)
    else:
        path.write_bytes(data)
    return path, data, record


def run_check(folder):
    run = subprocess.run([common.CKPT, "check", "--json", str(folder)], capture_output=True,
                         check=False, stdin=subprocess.DEVNULL, timeout=600)
    files = json.loads(run.stdout)["files"]
    return {int(pathlib.Path(row["file"]).stem): row for row in files}


def is_known(row, record):
    """Whether ckpt knows that it is a pickle: then what is only looked up counts too."""
    return record == "data.pkl" or (record is None and row["kind"] in ("pickle", "legacy"))


def named(row, record, seen):
    """What counts of the names that are only looked up: nothing in the storages of a legacy stream,
    which begin behind five pickles."""
    if not is_known(row, record):
        return set()
    most_pickles = 5 if row["kind"] == "legacy" else pickle_readers.MOST_PICKLES
    return {path for path, pickle in seen.named.items() if pickle <= most_pickles}


def complaint(row, record, found):
    """What a reader does that the verdict does not tell, or None."""
    if row.get("safe") is not True:
        return None
    for reader, seen in found.items():
        if reader == "weights_only":
            told = seen.items if is_known(row, record) else set()
        else:
            told = seen.called | seen.changed | named(row, record, seen)
        if told:
            return f"{reader}: {sorted(told)[0]}"
    return None


class Counts:
    def __init__(self):
        self.streams = self.reached = self.unsafe = self.missed = 0

    def line(self):
        return (f"{self.streams} streams: in {self.reached} a reader calls, changes or looks up what is"
                f" not allowed; {self.unsafe} are not safe to ckpt; {self.missed} missed")


def run_batch(rows, seeds, counts):
    with tempfile.TemporaryDirectory(dir=scratch()) as name:
        folder = pathlib.Path(name)
        cases = {seed: write_case(folder, seed) for seed in seeds}
        verdicts = run_check(folder)
        for seed, (_, data, record) in cases.items():
            encoding = ("ASCII", "latin1", "bytes")[seed % 3]
            found = pickle_readers.read_by_all(rows, data, encoding)
            row = verdicts[seed]
            counts.streams += 1
            counts.reached += any(name != "weights_only" for name in found)
            counts.unsafe += row.get("safe") is not True
            missed = complaint(row, record, found)
            if missed:
                counts.missed += 1
                print(f"seed {seed}, {record or 'bare'}: {missed}\n  {data!r}", flush=True)


def scratch():
    shared = pathlib.Path("/dev/shm")
    return shared if shared.is_dir() else None


def limit_memory():
    """C's unpickler has a memo as long as the largest index: one of four bytes is gigabytes."""
    more = 256 << 20
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))


def main(arguments):
    total = int(arguments[0]) if arguments else 3000
    first = int(arguments[1]) if len(arguments) > 1 else 1
    rows = pickle_readers.readers()
    if not pickle_readers.NumpyUnpickler:
        print("without joblib, which this Python does not have")
    limit_memory()
    counts = Counts()
    for begin in range(first, first + total, BATCH):
        run_batch(rows, range(begin, min(begin + BATCH, first + total)), counts)
        if total > 20 * BATCH and (begin - first) % (20 * BATCH) == 0:
            print(counts.line(), flush=True)
    print(counts.line())
    return 1 if counts.missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
