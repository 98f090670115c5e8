"""Archives and compressed data within each other, and tars that are read in several ways: whatever
some program would unpickle of them, `ckpt check` names, ends with 1 and is never safe.

That the files are what they claim to be is judged by tarfile, zipfile, gzip and zlib: wherever a
reader of Python is given, it must find the pickle that ckpt is to name."""
import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import random
import struct
import subprocess
import sys
import tarfile
import unittest
import zipfile
import zlib

import common
from common import torch

EVIL = b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R."
OLD_EVIL = b"cos\nsystem\n(S'id'\ntR."
GOOD = b"\x80\x02}."
SYSTEM = "os.system"
BLOCK = 512


def torch_file(pickle_bytes=None):
    file = io.BytesIO()
    torch.save({"a": torch.arange(6.0)}, file)
    if pickle_bytes is None:
        return file.getvalue()
    out = io.BytesIO()
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(out, "w") as copy:
        for name in archive.namelist():
            copy.writestr(name, pickle_bytes if name.endswith("data.pkl") else archive.read(name))
    return out.getvalue()


def make_zip(*members, method=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def make_tar(*members, mode="w", **options):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode, **options) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def padded(data):
    return data + bytes(-len(data) % BLOCK)


def header(name, size=0, kind=b"0", size_field=None, checksum=None):
    """A header of a tar, as wrong as wanted; `checksum` makes the field of the unsigned sum."""
    block = bytearray(BLOCK)
    block[:len(name)] = name
    block[124:136] = size_field or b"%011o\0" % size
    block[156:157] = kind
    block[148:156] = b" " * 8
    block[148:156] = (checksum or (lambda total, _: b"%06o\0 " % total))(
        sum(block), sum(byte - 256 if byte > 127 else byte for byte in block)).ljust(8, b"\0")
    return bytes(block)


def member(name, data, **fields):
    return header(name, fields.pop("size", len(data)), **fields) + padded(data)


def pax(records, kind=b"x"):
    lines = b""
    for key, value in records:
        line = b" %s=%s\n" % (key, value)
        length = len(line) + 1
        while len(b"%d" % length) + len(line) != length:
            length += 1
        lines += b"%d" % length + line
    return member(b"././@PaxHeader", lines, kind=kind)


END = bytes(2 * BLOCK)


def string_of(data):
    return b"X" + struct.pack("<I", len(data)) + data


def pickle_around(inner):
    """A call behind a string that holds `inner` at a multiple of a block from its start."""
    gap = b"." * (BLOCK - 7)
    return b"\x80\x02" + string_of(gap + inner) + b"0" + EVIL[2:]


def joblib_zfile(data):
    return b"ZF" + hex(len(data)).encode().ljust(19) + zlib.compress(data)


def gzip_member(data, flags=0, extra=b"", trailer=None):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    return (b"\x1f\x8b\x08" + bytes([flags]) + bytes(6) + extra + packed
            + (trailer or struct.pack("<II", zlib.crc32(data), len(data))))


def zlib_of_window(data, bits):
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    return packer.compress(data) + packer.flush()


def torch_tar(storages=None, tensors=None, pickled=GOOD):
    """As torch.save wrote before 0.1.10; `storages` and `tensors` may hold more than numbers."""
    return make_tar(("sys_info", pickle.dumps({}, 2)), ("pickle", pickled),
                    ("storages", storages or pickle.dumps(0, 2) + pickle.dumps([], 2)),
                    ("tensors", tensors or pickle.dumps(0, 2)))


def storages_with(evil):
    """The second of two storages is the call."""
    first = b"\x80\x02(X\x01\0\0\0aX\x03\0\0\0cpuctorch\nFloatStorage\nt."
    return pickle.dumps(2, 2) + first + struct.pack("<q3f", 3, 1, 2, 3) + evil


def tensors_with(evil):
    first = b"\x80\x02(K\x01K\x02ctorch\nFloatTensor\nt."
    return pickle.dumps(2, 2) + first + struct.pack("<i4xqqq", 1, 3, 1, 0) + evil


# ---- what Python finds in a file, where a reader is named below

def by_tarfile(data, name="pickle", **options):
    with tarfile.open(fileobj=io.BytesIO(data), **options) as archive:
        return archive.extractfile(name).read()


def by_gzip(data):
    try:
        with gzip.open(io.BytesIO(data)) as file:
            return file.read1(1 << 20)
    except gzip.BadGzipFile:
        return b""


def by_zip_in_tar(data, **options):
    inner = by_tarfile(data, "model.pth", **options)
    with zipfile.ZipFile(io.BytesIO(inner)) as archive:
        return archive.read("archive/data.pkl")


LONG = "x" * 150
EVIL_TORCH = torch_file(EVIL)
FAKE = header(b"fake")
SPLIT = pickle_around(FAKE)  # a header within a string of the pickle
NEGATIVE_SUM = b"\xff\xfe"  # bytes that signed and unsigned sums take differently

def pax_like_header(size):
    """A block of records of pax that has the sum of a header, too."""
    text = b"%d size=%d\n" % (len(b"99 size=%d\n" % size), size)
    text += b"%d comment=" % (BLOCK - len(text))
    block = bytearray(text.ljust(BLOCK - 1, b"0") + b"\n")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o  " % sum(block)
    return header(b"pax", BLOCK, b"x") + bytes(block)


PAX_LIKE_HEADER = pax_like_header(len(SPLIT))

# What lies within what; `check` looks three deep.
NESTED = {
    "a tar.gz of a checkpoint": (make_tar(("model.pth", EVIL_TORCH), mode="w:gz"),
                                 lambda data: by_zip_in_tar(data, mode="r:gz")),
    "a tar of a checkpoint": (make_tar(("x/model.pth", EVIL_TORCH)), None),
    "a gzip of a checkpoint": (gzip.compress(EVIL_TORCH), None),
    "zlib of a checkpoint": (zlib.compress(EVIL_TORCH), None),
    "a checkpoint in a deflated record": (make_zip(("m/model.pth", EVIL_TORCH), method=8), None),
    "a model archive in a tar.gz": (
        make_tar(("x.mar", make_zip(("model.pth", EVIL_TORCH), method=8)), mode="w:gz"), None),
    "a tar in a zip": (make_zip(("a/x.tar", make_tar(("p", EVIL)))), None),
    "a tar in a storage": (
        make_zip(("a/data.pkl", GOOD), ("a/data/0", make_tar(("p", EVIL)))), None),
    "a tar in a deflated record": (make_zip(("a/x.tar", make_tar(("p", EVIL))), method=8), None),
    "a tar.gz in a zip": (make_zip(("a/x.tgz", make_tar(("p", EVIL), mode="w:gz"))), None),
    "a tar.gz in a deflated record": (
        make_zip(("a/x.tgz", make_tar(("p", EVIL), mode="w:gz")), method=8), None),
    "a tar in a tar": (make_tar(("x.tar", make_tar(("p", EVIL)))), None),
    "a gzip of a gzip": (gzip.compress(gzip.compress(EVIL)), None),
    "gzip in gzip in gzip": (gzip.compress(gzip.compress(gzip.compress(EVIL))), None),
    "zlib in a tar.gz": (make_tar(("x.z", zlib.compress(EVIL)), mode="w:gz"), None),
    "a zip behind a page in a tar": (make_tar(("x", b"<html>" + EVIL_TORCH)), None),
    "a zip behind a page before others in a tar": (
        make_tar(("x", b"<html>" + EVIL_TORCH), ("y", bytes(99_999))), None),
    "a zip behind a page in a gzip": (gzip.compress(b"<html>" + EVIL_TORCH), None),
    "a zip behind a page in a zip": (make_zip(("a/x", b"<html>" + EVIL_TORCH)), None),
    "a zip without a directory in a gzip": (gzip.compress(EVIL_TORCH[:-400]), None),
    "a checkpoint of an old torch in a tar.gz": (
        make_tar(("m.pth", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." + b"\x80\x02M\xe9\x03." + GOOD
                  + EVIL + b"\x80\x02]."), mode="w:gz"), None),
    "a long stretch before it in a tar.gz": (
        make_tar(("a", os.urandom(3 << 20)), ("b", bytes(40 << 20)), ("model.pth", EVIL_TORCH),
                 mode="w:gz", compresslevel=1), None),
    "an array of objects of version 2": (
        make_zip(("x.npy", b"\x93NUMPY\x02\x00" + struct.pack("<I", 118)
                  + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n"
                  + EVIL)), None),
}

def behind_a_string(size, text=b""):
    """An old pickle, which says no protocol, whose call comes late."""
    return b"X" + struct.pack("<I", size) + text.ljust(size) + b"0" + OLD_EVIL


# That length and one blank are a header of zlib, and data that unfolds to 16 bytes.
LIKE_ZLIB = behind_a_string(0x33ba09, b" " * 4096 + random.Random(1).randbytes(1_600_000).hex().encode())
assert len(zlib.decompressobj().decompress(LIKE_ZLIB[:64])) >= 16

# Old pickles of which little is seen at first.
LATE = {
    "behind a long string": behind_a_string(70_000),
    "behind a string in a record": make_zip(("a/x", behind_a_string(5000))),
    "behind a string in a deflated record": make_zip(("a/x", behind_a_string(70_000)), method=8),
    "behind a string in a storage": make_zip(("a/data.pkl", GOOD), ("a/data/0", behind_a_string(99))),
    "behind a line in a storage": make_zip(("a/data.pkl", GOOD),
                                           ("a/data/0", b"V" + b"x" * 900 + b"\n0" + OLD_EVIL)),
    "behind many strings in a storage": make_zip(
        ("a/data.pkl", GOOD), ("a/data/0", b"U\x090123456780" * 99 + OLD_EVIL)),
    "behind a string in a tar": make_tar(("x", behind_a_string(70_000))),
    "behind a string in a gzip": gzip.compress(behind_a_string(70_000, os.urandom(70_000).hex()[:70_000].encode())),
    "a pickle that could be zlib": LIKE_ZLIB,
    "a record that could be zlib": make_zip(("a/x", LIKE_ZLIB)),
    "a deflated record that could be zlib": make_zip(("a/x", LIKE_ZLIB), method=8),
    "a member that could be zlib": make_tar(("x", LIKE_ZLIB)),
}

# Readings of a compressed stream.
STREAMS = {
    "the second member of a gzip": (gzip.compress(b"") + gzip.compress(EVIL), by_gzip),
    "a pickle over two members": (gzip.compress(EVIL[:9]) + gzip.compress(EVIL[9:]),
                                  gzip.decompress),
    "members with zeros between them": (gzip.compress(EVIL[:9]) + bytes(700)
                                        + gzip.compress(EVIL[9:]), gzip.decompress),
    "reserved flags": (gzip_member(EVIL, flags=0xe0), by_gzip),
    "a checksum of the header that is wrong": (gzip_member(EVIL, flags=2, extra=b"xx"), by_gzip),
    "a checksum that is wrong": (gzip_member(EVIL, trailer=b"12345678"), None),
    "a name, a comment and an extra field": (
        gzip_member(EVIL, flags=28, extra=b"\x04\0abcd" + b"n" * 9000 + b"\0c\0"), by_gzip),
    "no end": (gzip.compress(EVIL + os.urandom(999))[:-200], None),
    "a window of 512 bytes": (zlib_of_window(EVIL, 9), zlib.decompress),
    "a window of 4 KiB": (zlib_of_window(EVIL, 12), zlib.decompress),
    "an old file of joblib": (joblib_zfile(EVIL), None),
    "an old file of joblib of Python 2": (
        joblib_zfile(EVIL)[:21] + b" " + joblib_zfile(EVIL)[21:], None),
    "an old file of joblib in a zip": (make_zip(("a/x", joblib_zfile(EVIL))), None),
}

# Readings of a tar.
TARS = {
    "a size of pax, a header that says 0": (
        pax([(b"size", b"%d" % len(SPLIT))]) + header(b"pickle", 0) + padded(SPLIT) + END, by_tarfile),
    "a size of pax, a header that says 9": (
        pax([(b"size", b"%d" % len(SPLIT))]) + header(b"pickle", 9) + padded(SPLIT) + END, by_tarfile),
    "a size of pax that says 0": (
        pax([(b"size", b"0")]) + member(b"pickle", SPLIT) + END, None),
    "a size of pax for all": (
        pax([(b"size", b"%d" % len(SPLIT))], b"g") + header(b"pickle", 0) + padded(SPLIT) + END,
        by_tarfile),
    "a size of Solaris": (
        pax([(b"size", b"%d" % len(SPLIT))], b"X") + header(b"pickle", 0) + padded(SPLIT) + END,
        by_tarfile),
    "a size of pax beside a long name": (
        pax([(b"size", b"%d" % len(SPLIT))]) + member(b"././@LongLink", b"pickle\0", kind=b"L")
        + header(b"x", 0) + padded(SPLIT) + END, None),
    "a size of pax that looks like a header": (
        PAX_LIKE_HEADER + header(b"pickle", 0) + padded(SPLIT) + END, by_tarfile),
    "a size by GNU.sparse": (
        pax([(b"GNU.sparse.realsize", b"%d" % len(SPLIT))]) + header(b"pickle", 0) + padded(SPLIT)
        + END, None),
    "a size in base 256": (
        header(b"pickle", size_field=b"\x80" + len(SPLIT).to_bytes(11, "big")) + padded(SPLIT) + END,
        by_tarfile),
    "a size with a sign and underscores": (
        header(b"pickle", size_field=(b" +%o" % len(SPLIT)).replace(b"+1", b"+1_").ljust(12, b"\0"))
        + padded(SPLIT) + END, by_tarfile),
    "a sum of signed bytes": (
        member(NEGATIVE_SUM, GOOD, checksum=lambda _, signed: b"%06o\0 " % signed)
        + member(b"pickle", EVIL) + END, by_tarfile),
    "a sum with a sign": (
        member(b"pickle", EVIL, checksum=lambda total, _: b" +%o" % total) + END, by_tarfile),
    "a sum with a prefix": (
        member(b"pickle", EVIL, checksum=lambda total, _: b"0o%o" % total) + END, by_tarfile),
    "a sum behind a tab": (
        member(b"pickle", EVIL, checksum=lambda total, _: b"\t%o" % total) + END, by_tarfile),
    "a sum in base 256": (
        member(b"pickle", EVIL, checksum=lambda total, _: b"\x80" + total.to_bytes(7, "big")) + END,
        by_tarfile),
    "behind the end": (make_tar(("x", GOOD)) + make_tar(("pickle", EVIL)),
                       lambda data: by_tarfile(data, ignore_zeros=True)),
    "behind zeros": (bytes(3 * BLOCK) + make_tar(("pickle", EVIL)),
                     lambda data: by_tarfile(data, ignore_zeros=True)),
    "behind junk": (make_tar(("x", GOOD))[:2 * BLOCK] + b"?" * BLOCK + make_tar(("pickle", EVIL)),
                    lambda data: by_tarfile(data, ignore_zeros=True)),
    "twice, the second is it": (make_tar(("pickle", GOOD), ("pickle", EVIL)), by_tarfile),
    "a long name": (make_tar((LONG, EVIL), format=tarfile.GNU_FORMAT),
                    lambda data: by_tarfile(data, LONG)),
    "a long name of pax": (make_tar((LONG, EVIL), format=tarfile.PAX_FORMAT),
                           lambda data: by_tarfile(data, LONG)),
    "a link with bytes": (
        member(b"pickle", EVIL, kind=b"1") + END, None),
    "a type that nobody knows": (member(b"pickle", EVIL, kind=b"Z") + END, by_tarfile),
    "a type of 0": (member(b"pickle", EVIL, kind=b"\0") + END, by_tarfile),
    "a contiguous file": (member(b"pickle", EVIL, kind=b"7") + END, by_tarfile),
    "an old pickle": (make_tar(("pickle", OLD_EVIL)), by_tarfile),
    "far behind, by a size of pax": (
        pax([(b"size", b"%d" % (70 << 20))]) + header(b"a", 0) + bytes(70 << 20)
        + member(b"pickle", EVIL) + END, by_tarfile),
    "far behind, by the header": (
        header(b"a", 70 << 20) + bytes(70 << 20) + member(b"pickle", EVIL) + END, by_tarfile),
    "the storages of the first torch": (torch_tar(storages=storages_with(EVIL)), None),
    "the storages of the first torch, an old pickle": (
        torch_tar(storages=storages_with(OLD_EVIL)), None),
    "the tensors of the first torch": (torch_tar(tensors=tensors_with(EVIL)), None),
    "the object of the first torch": (torch_tar(pickled=EVIL), by_tarfile),
}

def overlapping_zip():
    """The first record reaches into the next, says the length of an extra field in front of it."""
    names = [b"a/hook", b"a/data.pkl"]
    data = [b"#" * 40 + EVIL, GOOD]
    out, directory = b"", b""
    for number, (name, payload) in enumerate(zip(names, data)):
        extra = 40 if number == 0 else 0
        sizes = struct.pack("<III", zlib.crc32(EVIL if number == 0 else payload),
                            len(EVIL) + 40 if number == 0 else len(payload),
                            len(EVIL) + 40 if number == 0 else len(payload))
        directory += (b"PK\1\2" + struct.pack("<HHHHI", 20, 20, 0, 0, 0) + sizes
                      + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, len(out)) + name)
        out += (b"PK\3\4" + struct.pack("<HHHI", 20, 0, 0, 0) + sizes
                + struct.pack("<HH", len(name), extra) + name + payload)
    return out + directory + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 2, 2, len(directory),
                                                     len(out), 0)


ZIPS = {
    "a record that reaches into the next": overlapping_zip(),
    "records that overlap in a gzip": gzip.compress(overlapping_zip()),
    "a zip behind a tar": make_tar(("x", GOOD)) + EVIL_TORCH,
    "a zip behind a gzip": gzip.compress(GOOD) + EVIL_TORCH,
    "a zip behind an array": b"\x93NUMPY\1\0" + struct.pack("<H", 9) + b"{}       " + EVIL_TORCH,
    "a zip with a long comment": EVIL_TORCH[:-2] + b"\xff\xff" + b"c" * 65535,
}

HOLES = {
    "a file with holes": (member(b"pickle", EVIL, kind=b"S") + END),
    "holes by pax": (pax([(b"GNU.sparse.map", b"0,9,600,%d" % (len(EVIL) - 9)),
                          (b"GNU.sparse.size", b"999")]) + member(b"pickle", EVIL) + END),
}

UNSEEN = {
    "bzip2": bz2.compress(EVIL),
    "bzip2 behind nothing": bz2.compress(b"") + bz2.compress(EVIL),
    "xz": lzma.compress(EVIL),
    "lzma": lzma.compress(EVIL, lzma.FORMAT_ALONE),
    "lzma with a small window": lzma.compress(EVIL, lzma.FORMAT_ALONE, filters=[
        {"id": lzma.FILTER_LZMA1, "dict_size": 4096}]),
    "bzip2 in a tar": make_tar(("x", bz2.compress(EVIL))),
    "xz in a tar.gz": make_tar(("x", lzma.compress(EVIL)), mode="w:gz"),
    "xz in a zip": make_zip(("x", lzma.compress(EVIL))),
    "a record of bzip2": make_zip(("x", EVIL * 9), method=zipfile.ZIP_BZIP2),
    "a record of lzma in a tar": make_tar(("x", make_zip(("x", EVIL * 9), method=zipfile.ZIP_LZMA))),
}

BENIGN = {
    "a tar.gz": make_tar(("model.pth", torch_file()), ("code/inference.py", b"import torch\n"),
                         mode="w:gz"),
    "a tar": make_tar(("model.pth", torch_file()), ("notes.txt", b"column a\ncolumn b\n" * 99)),
    "a tar of a long name": make_tar((LONG, torch_file()), format=tarfile.PAX_FORMAT),
    "a gzip": gzip.compress(torch_file()),
    "a zip": make_zip(("model.pth", torch_file()), ("x.tar", make_tar(("x", b"text")))),
    "a tar of the first torch": torch_tar(),
    "a log": make_tar(("log.gz", gzip.compress(b"epoch 1\n" * 99)), mode="w:gz"),
    "zeros": bytes(5 << 20),
    "random bytes": make_tar(*[(str(i), random.Random(i).randbytes(3000)) for i in range(99)]),
}


class Nested(common.TestCase):
    def check(self, data, *options, exit_code=1):
        path = self.folder / "file.pt"
        path.write_bytes(data)
        return json.loads(self.run_ckpt("check", "--json", "--globals", *options, path,
                                        exit_code=exit_code))["files"][0]

    def assert_named(self, data):
        report = self.check(data)
        called = [row["name"] for row in report["globals"] if row["calls"] and not row["allowed"]]
        self.assertIn(SYSTEM, called, json.dumps(report)[:3000])
        self.assertFalse(report["safe"])

    def test_what_lies_within_what(self):
        for label, (data, reader) in (NESTED | STREAMS | TARS).items():
            with self.subTest(label):
                if reader:
                    self.assertTrue(reader(data).endswith((EVIL[2:], OLD_EVIL)), label)
                self.assert_named(data)

    def test_zips_that_are_read_in_several_ways(self):
        for label, data in ZIPS.items():
            with self.subTest(label):
                self.assert_named(data)

    def test_old_pickles_whose_call_comes_late(self):
        for label, data in LATE.items():
            with self.subTest(label):
                self.assert_named(data)

    def test_the_place_tells_the_way_to_it(self):
        report = self.check(NESTED["a model archive in a tar.gz"][0])
        self.assertIn("stream: unfolded: x.mar: model.pth: data.pkl",
                      [row["place"] for row in report["globals"]])
        self.assertEqual((report["kind"], report["description"]), ("gzip-tar", "a gzip of a tar archive"))

    def test_more_levels_than_are_looked_into_are_never_safe(self):
        data = EVIL
        for _ in range(5):
            data = gzip.compress(data)
        report = self.check(data)
        self.assertEqual([row["what"] for row in report["tricks"]],
                         ["lies in 4 others, deeper than is looked into"])
        self.assertFalse(report["safe"])

    def test_a_file_that_holds_itself_ends(self):
        """A gzip that unfolds to itself, endlessly, in all who recurse: here a thousand levels."""
        data = EVIL
        for _ in range(1000):
            data = gzip.compress(data, 1)
        self.assertFalse(self.check(data)["safe"])

    def test_files_with_holes_are_not_looked_into(self):
        for label, data in HOLES.items():
            with self.subTest(label):
                report = self.check(data)
                self.assertIn("has holes, and is not looked into", json.dumps(report["tricks"]))
                self.assertFalse(report["safe"])

    def test_what_cannot_be_unfolded_is_never_safe(self):
        for label, data in UNSEEN.items():
            with self.subTest(label):
                self.assertFalse(self.check(data)["safe"])

    def test_benign_files_raise_no_alarm(self):
        for label, data in BENIGN.items():
            with self.subTest(label):
                report = self.check(data, exit_code=2 if "first torch" in label else 1)
                self.assertIn(report["verdict"], ("not a checkpoint", "unchecked"))
                self.assertEqual(report["tricks"], [])
                self.assertEqual([row for row in report["globals"] if not row["allowed"]], [])

    def test_a_record_that_is_compressed_leaves_a_checkpoint_ok(self):
        file = io.BytesIO(torch_file())
        with zipfile.ZipFile(file, "a") as archive:
            archive.writestr("archive/extra/log.gz", gzip.compress(b"epoch 1\n" * 99))
        self.assertTrue(self.check(file.getvalue(), exit_code=0)["safe"])

    def test_pickles_that_go_on_are_never_safe(self):
        data = b"\x80\x02" + string_of(os.urandom(20 << 20)) + b"0" + EVIL[2:]
        for label, file in {"tar": make_tar(("x", data)), "gzip": gzip.compress(data, 1)}.items():
            with self.subTest(label):
                report = self.check(file)
                self.assertIn("is not looked into beyond 16 MiB", json.dumps(report["tricks"]))
                self.assertFalse(report["safe"])

    def peak_bytes(self, *files):
        paths = []
        for number, data in enumerate(files):
            paths.append(self.folder / f"{number}.pt")
            paths[-1].write_bytes(data)
        script = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=-3);"
                  "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
        run = subprocess.run([sys.executable, "-c", script, common.CKPT, "check", "-j", "4", *paths],
                             capture_output=True, check=True, timeout=common.SECONDS_PER_RUN)
        return int(run.stdout) * 1024

    def test_memory_does_not_grow_with_what_unfolds(self):
        """Four at once, of 48 MiB each; and bombs."""
        large = make_tar(("a", bytes(32 << 20)), ("model.pth", torch_file()),
                         ("b", os.urandom(1 << 20) * 16), mode="w:gz", compresslevel=1)
        self.assertLess(self.peak_bytes(large, large, large, large), 64 << 20)
        bomb = gzip.compress(b"\x80\x02" + b"}" * (64 << 20), 1)
        calls = gzip.compress(b"\x80\x02(ccollections\nOrderedDict\n" + b")R" * (32 << 20), 1)
        self.assertLess(self.peak_bytes(bomb, calls, bomb, calls), 600 << 20)


if __name__ == "__main__":
    common.main()
