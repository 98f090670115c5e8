"""What `ckpt check` says it looked at, what it keeps when something cannot be read, and when it says
neither safe nor unsafe."""
import base64
import io
import json
import pickle
import struct
import tarfile
import zipfile
import zlib

import common
import torch

CALL = b"\x80\x02cos\nsystem\nX\x06\x00\x00\x00canaryq\x00\x85R."
ONES = "ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\x000X" \
       "\3\0\0\0cpuK\4tQK\0K\4\x85K\1\x85\x89ccollections\nOrderedDict\n)RtR"
DEEP = 1 << 40


class Report(common.TestCase):
    def check(self, data, *options):
        path = self.folder / "file"
        path.write_bytes(data)
        run = common.subprocess.run([common.CKPT, "check", "--json", str(path), *options],
                                    capture_output=True, check=False)
        report = json.loads(run.stdout)["files"][0]
        return report, run.returncode

    def zip_of(self, records, method=zipfile.ZIP_STORED):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", method) as archive:
            for name, data in records.items():
                archive.writestr(name, data)
        return file.getvalue()

    def saved(self, value, **options):
        file = io.BytesIO()
        torch.save(value, file, **options)
        return file.getvalue()

    def text_of(self, data, *options):
        path = self.folder / "file"
        path.write_bytes(data)
        run = common.subprocess.run([common.CKPT, "check", "file", *options], cwd=path.parent,
                                    capture_output=True, check=False, text=True)
        return run.stdout.splitlines()[0]

    def test_ok_says_what_it_stands_for(self):
        data = self.saved({"w": torch.ones(4)})
        self.assertRegex(self.text_of(data), r"\(structure and pickle; --crc reads the tensors\)$")
        self.assertRegex(self.text_of(data, "--crc"), r"\(every byte\)$")
        self.assertRegex(self.text_of(data, "--finite"),
                         r"\(structure, pickle and elements; --crc verifies the bytes\)$")
        legacy = self.saved({"w": torch.ones(4)}, _use_new_zipfile_serialization=False)
        self.assertRegex(self.text_of(legacy, "--crc"),
                         r"\(structure and pickles; its tensors have no CRC-32\)$")
        self.assertEqual(self.check(data)[0]["looked_at"], "structure")
        self.assertEqual(self.check(data, "--crc")[0]["looked_at"], "every byte")
        self.assertEqual(self.check(pickle.dumps({}))[0]["looked_at"], "pickles")

    def test_records_without_crc_are_said(self):
        before = torch.serialization.get_crc32_options()
        torch.serialization.set_crc32_options(False)
        try:
            data = self.saved({"w": torch.ones(4)})
        finally:
            torch.serialization.set_crc32_options(before)
        self.assertRegex(self.text_of(data, "--crc"), r"\(every byte; \d records? ha(s|ve) no CRC-32\)$")

    def test_what_the_pickle_calls_is_told_though_a_tensor_cannot_be_read(self):
        object_ = ("\x80\2}(X\1\0\0\0wcos\ngetcwd\n)RX\1\0\0\0v" + ONES + "u.").encode("latin1")
        data = bytearray(self.zip_of({"a/data.pkl": object_, "a/data/0": bytes(16),
                                      "a/version": "3\n"}, zipfile.ZIP_DEFLATED))
        at = data.find(b"a/data/0") + len("a/data/0")
        data[at:at + 2] = b"\xff\xff"  # a block of no kind
        report, code = self.check(bytes(data), "--finite")
        self.assertEqual(["os.getcwd"], [row["name"] for row in report["globals"]
                                         if not row["allowed"]])
        self.assertIs(report["safe"], False)
        self.assertEqual((report["verdict"], code), ("unsafe", 1))
        self.assertIn("error", report)

    def test_an_archive_that_is_not_understood_is_neither_safe_nor_unsafe(self):
        encoded = json.dumps({"policy": {":serialized:": base64.b64encode(CALL).decode()}})
        weights = self.saved({"w": torch.ones(2)})
        model = {"data": encoded, "policy.pth": weights, "_version": "2.3.2"}
        report, code = self.check(self.zip_of(model))
        self.assertEqual((report["safe"], report["verdict"], code), (None, "not a checkpoint", 1))
        self.assertIn("the first: 'data'", " ".join(report["remarks"]))
        self.assertIsNone(self.check(self.zip_of(model, zipfile.ZIP_DEFLATED))[0]["safe"])
        self.assertIs(self.check(self.zip_of({"inner.zip": self.zip_of(model)}))[0]["safe"], None)
        self.assertIs(self.check(self.zip_of({**model, "x.pkl": CALL}))[0]["safe"], False)
        self.assertIs(self.check(self.zip_of({"policy.pth": weights}))[0]["safe"], True)
        self.assertIs(self.check(weights)[0]["safe"], True)
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w") as archive:
            info = tarfile.TarInfo("data")
            info.size = len(encoded)
            archive.addfile(info, io.BytesIO(encoded.encode()))
        self.assertIsNone(self.check(file.getvalue())[0]["safe"])

    def test_shapes_of_thousands_of_dimensions_are_no_attack(self):
        value = {f"w{i}": torch.zeros([1] * 5000) for i in range(40)}
        value["meta"] = torch.empty([1] * 5000, device="meta")
        value["p"] = torch.nn.Parameter(torch.zeros([1] * 5000))
        data = self.saved(value)
        torch.load(io.BytesIO(data), weights_only=True)
        report, code = self.check(data)
        self.assertEqual((report["verdict"], code, report["tensors"]), ("ok", 0, 42))
        self.assertTrue(report["loading"]["weights_only"], report["loading"]["refusal"])

    def test_long_names_of_records_are_shortened(self):
        names = b"".join(b"cm\nn%d\n0" % i for i in range(2000))
        name = "a/" + "long/" * 12000 + "x.pkl"
        report, _ = self.check(self.zip_of({name: b"\x80\2" + names + b"N."}))
        self.assertEqual(2000, len(report["globals"]))
        place = report["globals"][0]["place"]
        self.assertLess(len(place), 300)
        self.assertTrue(place.endswith("long/x.pkl"))


def local_header(name, size, crc):
    extra = struct.pack("<HHQQ", 1, 16, size, size)
    fixed = struct.pack("<HHHIIIIHH", 45, 0, 0, 0, crc, 0xffffffff, 0xffffffff, len(name), len(extra))
    return b"PK\3\4" + fixed + name + extra


def central_header(name, size, crc, offset):
    extra = struct.pack("<HHQQQ", 1, 24, size, size, offset)
    fixed = struct.pack("<HHHHIIIIHHHHHII", 45, 45, 0, 0, 0, crc, 0xffffffff, 0xffffffff, len(name),
                        len(extra), 0, 0, 0, 0, 0xffffffff)
    return b"PK\1\2" + fixed + name + extra


class Holes(common.TestCase):
    """Zeros that take no room on the disk."""

    def write(self, size, crc):
        path = self.folder / "hole.pt"
        with open(path, "wb") as file:
            directory = b""
            for name, payload in ((b"a/data.pkl", b"\x80\2}."), (b"a/version", b"3\n"),
                                  (b"a/data/0", None)):
                length = size if payload is None else len(payload)
                sum_ = crc if payload is None else zlib.crc32(payload)
                directory += central_header(name, length, sum_, file.tell())
                file.write(local_header(name, length, sum_) + (payload or b""))
                if payload is None:
                    file.seek(size, 1)
            start = file.tell()
            file.write(directory)
            end = file.tell()
            file.write(b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, 3, 3, len(directory),
                                               start))
            file.write(b"PK\6\7" + struct.pack("<IQI", 0, end, 1))
            file.write(b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0xffff, 0xffff, 0xffffffff,
                                               0xffffffff, 0))
        return path

    def run_within(self, seconds, *command):
        return common.subprocess.run([common.CKPT, *command], capture_output=True, check=False,
                                     text=True, timeout=seconds)

    def test_their_crc_is_known_without_reading_them(self):
        size = (1 << 26) + 4097
        run = self.run_within(20, "check", "--crc", self.write(size, zlib.crc32(bytes(size))))
        self.assertEqual(0, run.returncode, run.stdout)
        run = self.run_within(20, "check", "--crc", self.write(DEEP, 0x12345678))
        self.assertEqual(1, run.returncode)
        self.assertIn("the payload is damaged: expected CRC-32 0x12345678", run.stdout)

    def test_a_pickle_in_front_of_one_is_read_as_far_as_it_goes(self):
        path = self.folder / "torn.pt"
        with open(path, "wb") as file:
            file.write(local_header(b"a/data.pkl", DEEP, 0) + CALL)
            file.truncate(DEEP)
        run = self.run_within(20, "check", path)
        self.assertIn("calls os.system('canary')", run.stdout)
        run = self.run_within(20, "check", "--salvage", str(self.folder / "left.pt"), path)
        self.assertIn(run.returncode, (0, 1, 2))


if __name__ == "__main__":
    common.main()
