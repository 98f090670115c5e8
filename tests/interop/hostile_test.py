"""Every way known to us to make an unpickler call something: `ckpt check --globals` names it, does
not do it, and touches no file but the one it was given."""
import json
import shutil
import struct
import subprocess
import unittest
import zipfile

import common
import torch
from weights_only_cases import call, name, number, text, tuple_of, STORAGE

OS_SYSTEM = name("os.system")
ID = text("id")
CALL = OS_SYSTEM + ID + b"\x85R"
EVIL = b"\x80\x02" + CALL + b"."


def short_text(value):
    return b"\x8c" + bytes([len(value)]) + value.encode()


def put(value, index):
    return value + b"q" + bytes([index])


def raw(data):
    return b"B" + struct.pack("<I", len(data)) + data


def latin1(data):
    return call("_codecs.encode", text(data.decode("latin1")), text("latin1"))


def protocol(level, body):
    return b"\x80" + bytes([level]) + body


# (name, stream, what must be named, called or not)
CASES = [
    ("reduce", EVIL, "os.system", True),
    ("old names", protocol(2, name("__builtin__.eval") + ID + b"\x85R."), "builtins.eval", True),
    ("old modules", protocol(2, name("commands.getoutput") + ID + b"\x85R."), "subprocess.getoutput", True),
    ("protocol 0", b"cposix\nsystem\n(S'id'\ntR.", "posix.system", True),
    ("stack global", protocol(4, short_text("os") + short_text("system") + b"\x93" + ID + b"\x85R."), "os.system", True),
    ("names from the memo", protocol(4, put(short_text("system"), 1) + put(short_text("os"), 2) + b"00h\x02h\x01\x93" + ID + b"\x85R."), "os.system", True),
    ("names put and popped by lines", b"Vos\np2\n0Vsystem\np3\n0g2\ng3\n\x93(Vid\ntR.", "os.system", True),
    ("dup of the name", protocol(4, short_text("os") + b"2\x93."), "os.os", False),
    ("mixed text kinds", protocol(4, b"U\x02os" + b"\x8d" + struct.pack("<Q", 6) + b"system" + b"\x93" + ID + b"\x85R."), "os.system", True),
    ("inst", b"(S'id'\nios\nsystem\n.", "os.system", True),
    ("obj", b"(" + OS_SYSTEM + ID + b"o.", "os.system", True),
    ("newobj", protocol(2, name("subprocess.Popen") + ID + b"\x85\x81."), "subprocess.Popen", True),
    ("newobj ex", protocol(4, name("subprocess.Popen") + ID + b"\x85}\x92."), "subprocess.Popen", True),
    ("reduce with a list", protocol(2, OS_SYSTEM + b"](" + ID + b"eR."), "os.system", True),
    ("arguments from a call", protocol(2, OS_SYSTEM + call("builtins.tuple", b"](" + ID + b"e") + b"R."), "os.system", True),
    ("getattr chain", protocol(2, call("builtins.getattr", name("os.path"), text("os")) + b"0" + call("builtins.getattr", name("os.path"), text("os")) + ID + b"\x85R."), "the result of builtins.getattr(os.path, 'os')", True),
    ("module by import", protocol(2, call("importlib.import_module", text("os")) + b"."), "importlib.import_module", True),
    ("attrgetter", protocol(2, call("operator.attrgetter", text("system")) + name("os.path") + b"\x85R."), "operator.attrgetter", True),
    ("methodcaller", protocol(2, call("operator.methodcaller", text("system"), ID) + b"."), "operator.methodcaller", True),
    ("partial", protocol(2, call("functools.partial", OS_SYSTEM, ID) + b")R."), "os.system", False),
    ("map", protocol(2, call("builtins.list", call("builtins.map", OS_SYSTEM, b"](" + ID + b"e")) + b"."), "builtins.map", True),
    ("dotted name", protocol(4, short_text("torch") + short_text("serialization.os.system") + b"\x93" + ID + b"\x85R."), "torch.serialization.os.system", True),
    ("dotted name of protocol 2", protocol(2, b"ctorch\nos.system\n" + ID + b"\x85R."), "torch.os.system", True),
    ("name made while it runs", protocol(4, call("builtins.str", text("os")) + short_text("system") + b"\x93" + ID + b"\x85R."), "<computed>.<computed>", True),
    ("name with a line break", protocol(4, short_text("os\nx") + short_text("system") + b"\x93)R."), "os\\nx.system", True),
    ("name with escapes", protocol(4, short_text("\x1b[2Jos") + short_text("system") + b"\x93)R."), "\\x1b[2Jos.system", True),
    ("long name", protocol(4, text("os." + "x" * 5000) + short_text("system") + b"\x93)R."), None, True),
    ("extension", protocol(2, b"\x82\x07)R."), "<extension registry>.code 7", True),
    ("extension of two bytes", protocol(2, b"\x83\x07\x01)R."), "<extension registry>.code 263", True),
    ("setstate", protocol(2, name("torch.utils.data.Dataset") + b")\x81}" + text("a") + CALL + b"sb."), "os.system", True),
    ("attributes of a class", protocol(2, name("torch.nn.Module") + b"(N}" + text("forward") + OS_SYSTEM + b"sltb."), "os.system", False),
    ("list of modules changed", protocol(2, name("sys.path") + text("/tmp/x") + b"a."), "sys.path", False),
    ("modules replaced", protocol(2, name("sys.modules") + text("os") + b"Ns."), "sys.modules", False),
    ("nested in bytes", protocol(3, name("pickle.loads") + raw(EVIL) + b"\x85R."), "os.system", True),
    ("nested in latin1", protocol(2, name("pickle.loads") + latin1(EVIL) + b"\x85R."), "os.system", True),
    ("nested without a protocol", protocol(3, name("_pickle.loads") + raw(CALL + b".") + b"\x85R."), "os.system", True),
    ("nested twice", protocol(3, name("pickle.loads") + raw(protocol(3, name("pickle.loads") + raw(EVIL) + b"\x85R.")) + b"\x85R."), "os.system", True),
    ("nested for somebody else", protocol(3, raw(EVIL) + b"."), "os.system", True),
    ("nested legacy stream", protocol(3, name("torch.storage._load_from_bytes") + raw(b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03." + EVIL) + b"\x85R."), "os.system", True),
    ("second pickle", b"\x80\x02N." + EVIL, "os.system", True),
    ("tenth pickle", b"\x80\x02N." * 9 + EVIL, "os.system", True),
    ("broken end", EVIL[:-1] + b"X\xff\xff\xff\x7fab", "os.system", True),
    ("no end", EVIL[:-1], "os.system", True),
    ("unknown opcode after it", EVIL[:-1] + b"\xff", "os.system", True),
    ("stack underflow after it", EVIL[:-1] + b"0000", "os.system", True),
    ("no arguments yet", protocol(2, OS_SYSTEM), "os.system", False),
    ("broken frame", protocol(4, b"\x95" + struct.pack("<Q", 2**40) + CALL + b"."), "os.system", True),
    ("build of a list before it", protocol(2, b"]Nb0" + CALL + b"."), "os.system", True),
    ("item of a list before it", protocol(2, b"](NeK\x00Ns0" + CALL + b"."), "os.system", True),
    ("append to a bytearray before it", protocol(5, b"\x96" + struct.pack("<Q", 0) + b"K\x01a0" + CALL + b"."), "os.system", True),
    ("persistent id", protocol(2, CALL + b"Q."), "os.system", True),
    ("persistent id line", b"Pabc\n0" + CALL + b".", "os.system", True),
    ("value thrown away", protocol(2, CALL + b"0N."), "os.system", True),
    ("hidden behind an allowed name", protocol(2, call("collections.OrderedDict", CALL) + b"."), "os.system", True),
    ("in the arguments of a tensor", protocol(2, call("torch._utils._rebuild_tensor_v2", STORAGE, CALL) + b"."), "os.system", True),
    ("as the storage class", protocol(2, tuple_of(text("storage"), OS_SYSTEM, text("0"), text("cpu"), number(6)) + b"Q."), "os.system", False),
    ("magic of the legacy stream by a call", protocol(2, name("__builtin__.eval") + text("0x1950A86A20F9469CFC6C") + b"\x85R.") + b"\x80\x02M\xe9\x03." + EVIL, "os.system", True),
    ("through dill", protocol(2, call("dill._dill._create_function", ID) + b"."), "dill._dill._create_function", True),
    ("through numpy", protocol(2, call("numpy.testing._private.utils.runstring", ID) + b"."), "numpy.testing._private.utils.runstring", True),
    ("through torch", protocol(2, call("torch.jit.unsupported_tensor_ops.execWrapper", ID) + b"."), "torch.jit.unsupported_tensor_ops.execWrapper", True),
    ("through pip", protocol(2, call("pip.main", ID) + b"."), "pip.main", True),
    ("through the builtins", protocol(2, name("builtins.__import__") + text("os") + b"\x85R."), "builtins.__import__", True),
]


# What needs no call: (name, stream, what must be named). Nothing says that they are pickles.
CHANGES = [
    ("a method of a class", b"ctorch.nn\nModule\n(N(Vforward\ncos\nsystem\ndtb.", "torch.nn.Module"),
    ("a method by itself", b"ctorch.nn\nModule\n(Vforward\ncos\nsystem\ndb.", "os.system"),
    ("a module taken away", b"csys\nmodules\nVos\nNs.", "sys.modules"),
    ("modules taken away", b"csys\nmodules\n(Vos\nNu.", "sys.modules"),
    ("a folder to import from", b"csys\npath\nV/tmp/evil\na.", "sys.path"),
    ("folders to import from", b"csys\npath\n(V/tmp/evil\ne.", "sys.path"),
]


class Hostile(common.TestCase):
    def check(self, path, *options):
        run = subprocess.run([common.CKPT, "check", "--json", "--globals", *options, str(path)],
                             capture_output=True, check=False)
        self.assertNotEqual(run.returncode, 0, path)
        return json.loads(run.stdout)["files"][0]

    def assert_named(self, report, wanted, is_called):
        found = [row for row in report["globals"] if not row["allowed"]]
        self.assertTrue(found, report)
        self.assertFalse(report["safe"])
        if wanted is None:
            return
        rows = [row for row in found if row["name"] == wanted]
        self.assertTrue(rows, f"{wanted} is not among {[row['name'] for row in found]}")
        self.assertEqual(any(row["calls"] for row in rows), is_called)

    def test_bare_pickles(self):
        for label, stream, wanted, is_called in CASES:
            with self.subTest(label):
                path = self.folder / "evil.pkl"
                path.write_bytes(stream)
                self.assert_named(self.check(path), wanted, is_called)

    def test_inside_of_archives(self):
        for label, stream, wanted, is_called in CASES:
            with self.subTest(label):
                path = self.folder / "evil.pt"
                writer = torch._C.PyTorchFileWriter(str(path))
                writer.write_record("data.pkl", stream, len(stream))
                writer.write_record("data/0", bytes(24), 24)
                writer.write_end_of_file()
                self.assert_named(self.check(path), wanted, is_called)

    def write_zip(self, records, **options):
        path = self.folder / "evil.pt"
        with zipfile.ZipFile(path, "w") as archive:
            for record, data in records:
                archive.writestr(zipfile.ZipInfo(record), data, **options)
        return path

    def test_records_under_other_names(self):
        good = b"\x80\x02}."
        common_records = [("a/version", b"3\n")]
        for label, records in (
                ("another case", [("a/DATA.PKL", EVIL)]),
                ("both cases", [("a/data.pkl", good), ("a/Data.pkl", EVIL)]),
                ("twice", [("a/data.pkl", good), ("a/data.pkl", EVIL)]),
                ("twice, the other way", [("a/data.pkl", EVIL), ("a/data.pkl", good)]),
                ("constants", [("a/data.pkl", good), ("a/constants.pkl", EVIL)]),
                ("constants beside it", [("a/data.pkl", EVIL), ("a/constants.pkl", good)]),
                ("another pickle", [("a/data.pkl", good), ("a/extra/hook.pkl", EVIL)]),
                ("no ending", [("a/data.pkl", good), ("a/hook", EVIL)]),
                ("another folder", [("a/data.pkl", good), ("b/data.pkl", EVIL)]),
                ("no folder", [("data.pkl", EVIL)]),
                ("no version", [("a/data.pkl", EVIL)])):
            with self.subTest(label):
                path = self.write_zip(records + common_records)
                self.assert_named(self.check(path), "os.system", True)

    def test_what_changes_a_global_without_a_call(self):
        good = [("a/data.pkl", b"\x80\x02}."), ("a/version", b"3\n")]
        late = b"V" + b"x" * 70_000 + b"\n0"
        for label, stream, wanted in CHANGES:
            for start in (b"", b"\x80\x00", b"\x80\x01", b"\x80\x02", late):
                with self.subTest(label, start=start[:2]):
                    path = self.folder / "evil.pkl"
                    path.write_bytes(start + stream)
                    self.assert_named(self.check(path), wanted, False)
            for record in ("a/data/0", "a/hook", "a/x.npy"):
                with self.subTest(label, record=record):
                    path = self.write_zip([*good, (record, stream)])
                    self.assert_named(self.check(path), wanted, False)

    def test_imports_behind_any_protocol(self):
        for level in range(6):
            with self.subTest(level):
                path = self.folder / "evil.pkl"
                path.write_bytes(protocol(level, b"cantigravity\nfly\n."))
                self.assert_named(self.check(path), "antigravity.fly", False)

    def test_compressed_and_damaged_archives(self):
        records = [("a/data.pkl", EVIL), ("a/version", b"3\n")]
        path = self.write_zip(records, compress_type=zipfile.ZIP_DEFLATED)
        self.assert_named(self.check(path), "os.system", True)
        path = self.write_zip(records)
        whole = path.read_bytes()
        for label, damaged in (("crc", whole.replace(struct.pack("<I", zipfile.crc32(EVIL)), b"\1\2\3\4")),
                               ("no directory", whole[:whole.index(b"PK\1\2")]),
                               ("no end", whole[:-1]),
                               ("flags", whole.replace(b"PK\1\2\x14\x03\x14\x00\x00\x00", b"PK\1\2\x14\x03\x14\x00\x01\x00"))):
            with self.subTest(label):
                path.write_bytes(damaged)
                self.assert_named(self.check(path), "os.system", True)

    def test_a_pickle_with_an_archive_behind_it(self):
        path = self.write_zip([("a/data.pkl", b"\x80\x02}."), ("a/version", b"3\n")])
        path.write_bytes(EVIL + path.read_bytes())
        self.assert_named(self.check(path), "os.system", True)

    @common.needs_corpus
    def test_every_file_of_the_corpus(self):
        called = {
            "malicious0.pkl": "builtins.eval", "malicious1_v0.pkl": "builtins.eval",
            "malicious1_v3.pkl": "builtins.eval", "malicious1_v4.pkl": "builtins.eval",
            "malicious3.pkl": "http.client.HTTPSConnection",
            "malicious7.pkl": "socket.create_connection", "malicious10.pkl": "builtins.exec",
            "malicious11.pkl": "os.system", "malicious14.pkl": "runpy._run_code",
            "malicious-invalid-bytes.pkl": "os.system", "pytorch_magic_bypass.pt": "posix.system"}
        for file, wanted in called.items():
            with self.subTest(file):
                self.assert_named(self.check(common.CORPUS / "hostile" / file), wanted, True)
        broken = self.check(common.CORPUS / "hostile" / "broken_model.pkl")
        self.assert_named(broken, "builtins.exec", False)

    @unittest.skipUnless(shutil.which("strace"), "no strace")
    def test_no_process_file_or_socket_beside_the_input(self):
        path = self.folder / "evil.pkl"
        path.write_bytes(EVIL)
        log = self.folder / "calls"
        subprocess.run(["strace", "-f", "-o", log, "-e", "trace=%process,%network,open,openat,creat",
                        common.CKPT, "check", "--crc", "--finite", "--globals", path],
                       capture_output=True, check=False)
        lines = log.read_text().splitlines()
        opened = [line for line in lines if "open" in line and " = -1 " not in line]
        beside = [line for line in opened
                  if str(path) not in line and not any(known in line for known in (
                      "/lib", "/etc/ld.so", "/usr/lib", "/proc/", "/sys/", "ld.so"))]
        self.assertEqual([], beside)
        self.assertTrue(any(str(path) in line for line in opened))
        for line in lines:
            self.assertNotRegex(line, r"\b(socket|connect|fork|vfork)\(")
        self.assertEqual(1, sum("execve(" in line for line in lines))

    def test_plain_state_dicts_raise_no_alarm(self):
        quiet = [path for folder in (common.TESTDATA / "torch-2.13", common.CORPUS / "zip",
                                     common.CORPUS / "legacy")
                 for path in sorted(folder.glob("*")) if path.suffix in (".pt", ".pth", ".bin")]
        objects = ("containers", "extra_state", "legacy_model", "library_objects", "namespace",
                   "numpy_scalars", "own_model", "protocol3", "protocol4.", "whole_model")
        quiet = [path for path in quiet if not path.name.startswith(objects)]
        self.assertGreater(len(quiet), 50)
        for path in quiet:
            with self.subTest(path.name):
                self.run_ckpt("check", "--crc", path)


if __name__ == "__main__":
    common.main()
