"""Files that contradict themselves, or are two things at once: whatever some program would unpickle
of them, `ckpt check --globals` names, ends with 1 and starts nothing."""
import gzip
import io
import json
import re
import shutil
import struct
import subprocess
import tarfile
import unittest
import zlib

import common

OLD_EVIL = b"cos\nsystem\n(S'id'\ntR."
EVIL = b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R."
GOOD = b"\x80\x02}."
SYSTEM = "os.system"


def entry(name, data, **fields):
    """A record of a zip; fields: payload, method, flags, and local_name, local_method, crc."""
    return {"name": name, "data": data, "payload": data, "method": 0, "flags": 0,
            "local_name": name, "local_method": fields.get("method", 0), "crc": zlib.crc32(data),
            **fields}


def deflated(name, data, **fields):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    payload = packer.compress(data) + packer.flush()
    return entry(name, data, payload=payload, **{"method": 8, **fields})


VERSION = entry("a/version", b"3\n")
EVIL_ZIP = [entry("a/data.pkl", EVIL), VERSION]


def good_zip(*more):
    return [entry("a/data.pkl", GOOD), VERSION, *more]


def make_zip(entries, prefix=b"", comment=b"", offsets_from=0):
    out, directory = bytearray(prefix), b""
    for row in entries:
        name, local_name = row["name"].encode(), row["local_name"].encode()
        sizes = struct.pack("<III", row["crc"], len(row["payload"]), len(row["data"]))
        directory += (b"PK\1\2" + struct.pack("<HHHHI", 20, 20, row["flags"], row["method"], 0) + sizes
                      + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, len(out) - offsets_from)
                      + name)
        out += (b"PK\3\4" + struct.pack("<HHHI", 20, row["flags"], row["local_method"], 0) + sizes
                + struct.pack("<HH", len(local_name), 0) + local_name + row["payload"])
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory),
                      len(out) - offsets_from, len(comment))
    return bytes(out) + directory + b"PK\5\6" + end + comment


def make_tar(*members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def tar_header(name, size=0, kind=b"0"):
    header = bytearray(512)
    header[:len(name)] = name
    header[124:136] = b"%011o\0" % size
    header[156:157] = kind
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def tar_whose_name_is(name):
    return tar_header(name) + bytes(1024)


TAR_PICKLE = tar_header(b"pickle", len(EVIL)) + EVIL.ljust(4096, b"\0")


def npy_of_objects(pickle):
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + pickle


FILES = {
    # Zips that say one thing in front of a record and another in the directory.
    "an alias in front of the record": make_zip(good_zip(entry("a/data/0", EVIL, local_name="a/data.pkl"))),
    "deflated, says the directory": make_zip([entry("a/data.pkl", EVIL, method=8, local_method=0), VERSION]),
    "stored, says the directory": make_zip([deflated("a/data.pkl", EVIL, method=0, local_method=8), VERSION]),
    "encrypted, it claims": make_zip([entry("a/data.pkl", EVIL, flags=1), VERSION]),
    "encrypted and deflated, it claims": make_zip([deflated("a/data.pkl", EVIL, flags=1), VERSION]),
    "a method that does not exist": make_zip([entry("a/data.pkl", EVIL, method=99), VERSION]),
    "deflated and twice": make_zip([deflated("a/data.pkl", EVIL), *good_zip()]),
    "deflated without a directory": make_zip([deflated("a/data.pkl", EVIL), VERSION])[:-10],
    "a signature within a string": make_zip([entry("a/data.pkl", b"\x80\x02X\x04\0\0\0PK\3\0040" + EVIL[2:]), VERSION])[:-10],
    "signatures within strings": make_zip([entry("a/data.pkl", b"\x80\x02" + b"X\x04\0\0\0PK\3\0040" * 20 + EVIL[2:]), VERSION])[:-10],
    "an absolute name": make_zip([entry("/a/data.pkl", EVIL)]),
    "a name that leads out": make_zip([entry("../data.pkl", EVIL)]),
    "a backslash": make_zip([entry("a\\data.pkl", EVIL)]),
    # Records where none looks for a pickle.
    "a storage": make_zip(good_zip(entry("a/data/0", EVIL))),
    "a storage beside constants": make_zip([entry("a/constants.pkl", GOOD), entry("a/data/0", EVIL), entry("a/data.pkl", GOOD)]),
    "an old pickle under another name": make_zip(good_zip(entry("a/hook", OLD_EVIL))),
    "an array of objects": make_zip([entry("x.npy", npy_of_objects(EVIL))]),
    "an array that is none": make_zip([entry("x.npy", EVIL)]),
    "in a program of torch.export": make_zip([entry("a/archive_format", b"pt2"), entry("a/data/x.pkl", EVIL)]),
    "in a package": make_zip([entry("a/.data/extern_modules", b""), entry("a/model/model.pkl", EVIL)]),
    "a zip in a zip": make_zip(good_zip(entry("a/weights.pt", make_zip(EVIL_ZIP)))),
    # Files that are two things at once.
    "junk before a zip": make_zip(EVIL_ZIP, prefix=b"junk"),
    "junk before a zip that does not count it": make_zip(EVIL_ZIP, prefix=b"junk", offsets_from=4),
    "a page before a zip": make_zip(EVIL_ZIP, prefix=b"<html><body></body></html>\n"),
    "a program before a zip": make_zip(EVIL_ZIP, prefix=b"\x7fELF" + bytes(200)),
    "a zip before a zip": make_zip(EVIL_ZIP, prefix=make_zip(good_zip())),
    "a zip in its own comment": make_zip(good_zip(), comment=make_zip(EVIL_ZIP)),
    "a reference by a line that is a zip": b"PK\3\4\n0" + OLD_EVIL,
    "a float that is GGUF": b"GGUF\3\0\0\0\0" + OLD_EVIL,
    "a string that is safetensors": b"V" + bytes(7) + b"{\n" + OLD_EVIL + b" " * 100,
    "a tar of the first torch.save": make_tar(("storages", GOOD), ("tensors", GOOD), ("pickle", EVIL)),
    "a tar": make_tar(("x/data.pkl", EVIL)),
    "a name in a tar": tar_whose_name_is(OLD_EVIL),
    "a tar that begins as GGUF": make_tar(("GGUF", GOOD), ("storages", GOOD), ("tensors", GOOD), ("pickle", EVIL)),
    "a tar that begins as gzip": tar_header(b"\x1f\x8b\x08") + TAR_PICKLE,
    "a tar that begins as a zip": make_tar(("PK\3\4", GOOD), ("pickle", EVIL)),
    "a tar with a folder that claims bytes": tar_header(b"x", 2048, b"5") + TAR_PICKLE,
    "a tar whose size another record corrects": tar_header(b"x", 9, b"x") + b"9 size=0\n".ljust(512, b"\0") + tar_header(b"a", 2048) + TAR_PICKLE,
    "a tar of many members": make_tar(*[("x", b"")] * 1500, ("pickle", EVIL)),
    "an array": npy_of_objects(EVIL),
    "zeros behind it": OLD_EVIL + bytes(1 << 20),
    # Compressed by itself, as joblib and pandas read it.
    "gzip": gzip.compress(EVIL),
    "gzip behind an empty member and zeros": gzip.compress(b"") + bytes(512) + gzip.compress(EVIL),
    "zlib": zlib.compress(EVIL),
    "gzip in a zip": make_zip(good_zip(entry("a/extra.pkl", gzip.compress(EVIL)))),
    "zlib in a storage": make_zip(good_zip(entry("a/data/0", zlib.compress(EVIL)))),
    "gzip in a tar": make_tar(("model.pkl.gz", gzip.compress(EVIL))),
}

# What CPython reads and others do not, in front of the call.
NUMBERS = {
    "an index with a sign": b"Np+1\n0g1\n0",
    "an index with blanks": b"Np 1 \n0g1\r\n0",
    "an index with an underscore": b"Np1_0\n0g10\n0",
    "an index that a 0 byte ends": b"Np1\0junk\n0g1\0\n0",
    "an integer that a 0 byte ends": b"I1\0junk\n0",
    "a long that a 0 byte ends": b"L1\0junkL\n0",
    "a float that a 0 byte ends": b"F1.5\0junk\n0",
    "a float with an underscore": b"F1_0.5\n0",
    "a float with blanks": b"F .5 \n0",
    "a buffer from outside": b"\x97\x980",
    "a protocol to come": b"\x80\x06",
}


class HostileFiles(common.TestCase):
    def check(self, data):
        path = self.folder / "evil.pt"
        path.write_bytes(data)
        run = subprocess.run([common.CKPT, "check", "--json", "--globals", str(path)],
                             capture_output=True, check=False, timeout=common.SECONDS_PER_RUN)
        self.assertEqual(run.returncode, 1, run.stderr)
        return json.loads(run.stdout)["files"][0]

    def assert_named(self, data, name=SYSTEM):
        report = self.check(data)
        called = [row["name"] for row in report["globals"] if row["calls"] and not row["allowed"]]
        self.assertIn(name, called, report)
        self.assertFalse(report["safe"])

    def test_files(self):
        for label, data in FILES.items():
            with self.subTest(label):
                self.assert_named(data)

    def test_numbers_that_only_python_reads(self):
        for label, prefix in NUMBERS.items():
            with self.subTest(label):
                self.assert_named(b"\x80\x02" + prefix + EVIL[2:])

    @unittest.skipUnless(shutil.which("strace"), "no strace")
    def test_nothing_is_started_or_opened_beside_them(self):
        paths = []
        for number, data in enumerate(FILES.values()):
            paths.append(self.folder / f"{number}.pt")
            paths[-1].write_bytes(data)
        log = self.folder / "calls"
        subprocess.run(["strace", "-f", "-o", log, "-e", "trace=%process,%network,open,openat,creat",
                        common.CKPT, "check", "--globals", "--crc", "-j", "1", *paths],
                       capture_output=True, check=False, timeout=common.SECONDS_PER_RUN)
        calls = log.read_text()
        self.assertEqual(1, calls.count("execve("))
        self.assertNotRegex(calls, r"\b(socket|connect|fork|vfork)\(")
        opened = re.findall(r'open(?:at)?\(.*?"(.*?)".*\) = \d', calls)
        own = [path for path in opened if path.startswith(str(self.folder))]
        self.assertEqual(set(own), set(map(str, paths)))
        beside = [path for path in opened if path not in own]
        system = ("/lib", "/usr/lib", "/etc/ld.so", "/proc/", "/sys/")
        self.assertEqual([], [path for path in beside if not path.startswith(system)])

    def test_more_pickles_than_are_looked_into(self):
        report = self.check(b"\x80\x02N." * 70 + EVIL)
        self.assertFalse(report["safe"])
        self.assertIn("holds more than 64 pickles", json.dumps(report))


if __name__ == "__main__":
    common.main()
