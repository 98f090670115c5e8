"""Where files cannot be written or read: a full disk, folders that are read-only, names that are
something else, streams that are closed or full, a limit on the size of files, an input that becomes
shorter. Each time one line says so, and what was there stays.
"""
import itertools
import os
import resource
import shutil
import subprocess
import time
import unittest

import common
import torch

NEW_FILE_SYSTEM = ["unshare", "--map-root-user", "--mount"]


def can_mount():
    try:
        return subprocess.run([*NEW_FILE_SYSTEM, "mount", "-t", "tmpfs", "none", "/mnt"],
                              capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


class Places(common.TestCase):
    def setUp(self):
        super().setUp()
        self.work = self.fresh_folder("work")
        self.file = self.work / "model.pt"
        torch.save({"first": torch.arange(60000.0), "second": torch.ones(20000)}, self.file)
        self.bytes = self.file.read_bytes()
        self.other = self.fresh_folder("other") / "model.pt"
        shutil.copy(self.file, self.other)

    def writing(self, output):
        """Every way to write an output, one in place among them."""
        return [
            ["filter", self.file, "-o", output, "--drop", "second"],
            ["remap", self.file, "-o", output, "--add-prefix", "a."],
            ["remap", self.file, "-o", output, "-e", "first -> x.{a,b} | split(0)", "-e", "keep **"],
            ["copy", self.file, self.other, "-o", output],
            ["compact", self.file, "-o", output],
            ["check", self.file, "--salvage", output],
            ["show", self.file, "first", "-o", str(output).replace(".pt", ".npy")],
        ]

    def run_anyhow(self, *arguments, **options):
        return subprocess.run([common.CKPT, *map(str, arguments)], capture_output=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=60, **options)

    def assert_refused(self, run, *parts):
        self.assertEqual(run.returncode, 2, run)
        error = [line for line in run.stderr.splitlines() if line.startswith(b"ckpt: error: ")]
        self.assertEqual(len(error), 1, run.stderr)
        for part in parts:
            self.assertIn(os.fsencode(part), error[0])

    def assert_untouched(self, *others):
        self.assertEqual(self.file.read_bytes(), self.bytes)
        self.assertEqual(sorted(os.listdir(self.work)), sorted(["model.pt", *others]))


@unittest.skipUnless(can_mount(), "no file system can be mounted here")
class OtherFileSystems(Places):
    def run_in(self, options, script):
        """A shell script in a folder on a file system of its own, with a copy of the file."""
        setup = f"mount -t tmpfs -o {options} none '{self.work}' && cd '{self.work}' && cp '{self.source}' model.pt"
        run = subprocess.run([*NEW_FILE_SYSTEM, "sh", "-c", f"{setup} && {script}"],
                             capture_output=True, check=False, env={**os.environ, "CKPT": common.CKPT})
        return run.stdout.decode().splitlines(), run.stderr.decode()

    def setUp(self):
        super().setUp()
        self.source = self.fresh_folder("source") / "model.pt"
        shutil.move(self.file, self.source)

    def assert_all_refused(self, options, before, cause):
        edits = ["filter model.pt -o out.pt --drop second", "remap model.pt -o out.pt --add-prefix a.",
                 "compact model.pt -o out.pt", "remap model.pt --in-place --add-prefix a.",
                 "check model.pt --salvage out.pt", "show model.pt first -o out.npy"]
        for edit in edits:
            with self.subTest(edit):
                out, error = self.run_in(
                    options, f'{before}; "$CKPT" {edit}; echo $?; ls -A; cmp model.pt {self.source}')
                self.assertEqual(out[0], "2", error)
                self.assertEqual([name for name in out[1:] if name != "filling"], ["model.pt"])
                self.assertRegex(error, "^ckpt: error: .*(out\\.|model)")
                self.assertIn(cause, error)
                self.assertEqual(error.count("\n"), 1)

    def test_a_full_disk(self):
        self.assert_all_refused("size=400k", "cat /dev/zero > filling 2> /dev/null",
                                "No space left on device")

    def test_a_read_only_disk(self):
        self.assert_all_refused("size=1m", "mount -o remount,ro .", "Read-only file system")

    def test_a_read_only_disk_can_be_read(self):
        out, _ = self.run_in("size=1m", 'mount -o remount,ro . ; "$CKPT" ls model.pt | wc -l; '
                                        '"$CKPT" check --crc model.pt > /dev/null; echo $?')
        self.assertEqual(out, ["3", "0"])


class Folders(Places):
    @unittest.skipIf(os.geteuid() != 0, "may not become another user")
    def test_a_folder_without_permission_to_write(self):
        for folder in (self.folder, self.work):
            folder.chmod(0o755)
        self.file.chmod(0o666)
        # The program itself may lie in a folder that another user cannot enter.
        program = shutil.copy(common.CKPT, self.folder)
        for arguments in [*self.writing(self.work / "out.pt"),
                          ["remap", self.file, "--in-place", "--add-prefix", "a."]]:
            with self.subTest(arguments[0]):
                run = self.run_anyhow(*arguments, user=65534, executable=program)
                self.assert_refused(run, str(self.work), "Permission denied")
                self.assert_untouched()

    def test_names_that_are_something_else(self):
        folder, fifo = self.work / "folder", self.work / "fifo"
        folder.mkdir()
        os.mkfifo(fifo)
        for output in (folder, fifo, "/dev/full", "/dev/null"):
            for arguments in self.writing(output):
                for force in ([], ["-f"]):
                    with self.subTest([arguments[0], str(output), *force]):
                        run = self.run_anyhow(*arguments, *force)
                        self.assert_refused(run, output, "is not a regular file")
                        self.assert_untouched("folder", "fifo")
        for name, kind in ((folder, "is a directory"), (fifo, "is a FIFO"), ("/dev/null", "is a device")):
            for command in (["ls"], ["info"], ["show", "x"], ["diff", str(self.file)], ["hash"],
                            ["set", "--in-place", "x=1"], ["compact", "-o", "out"], ["recover"],
                            ["filter", "--in-place", "--drop", "x"], ["optim", "ls"]):
                words = [*command[:1 + (command[0] == "optim")], name, *command[1 + (command[0] == "optim"):]]
                with self.subTest(words):
                    self.assert_refused(self.run_anyhow(*words), name, kind)
        self.assert_untouched("folder", "fifo")

    def test_a_limit_on_the_size_of_files(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        for arguments in [*self.writing(self.work / "out.pt"),
                          ["remap", self.file, "--in-place", "--add-prefix", "a."]]:
            with self.subTest(arguments[0]):
                self.assert_refused(self.run_anyhow(*arguments, preexec_fn=limit), "File too large")
                self.assert_untouched()


class Streams(Places):
    def printing(self):
        file = self.file
        return [
            ["ls", file], ["ls", "--json", file], ["ls", "--tree", file], ["info", file],
            ["info", "--json", file], ["show", file, "first"], ["show", "--json", file, "first"],
            ["diff", file, common.TESTDATA / "torch-2.13" / "plain.pt"],
            ["diff", "--json", file, file], ["hash", file], ["hash", "--per-tensor", file],
            ["check", file], ["check", "--json", "--crc", file], ["match", file, file],
            ["match", "--json", file, file], ["copy", file, self.other, "-n"],
            ["remap", file, "-n", "--add-prefix", "a."], ["remap", "--preset", "list"],
            ["remap", "explain", "timm-vit/hf-vit", "vit.layernorm.bias"],
            ["remap", "check", "-e", "a -> b"],
            ["optim", "ls", common.TESTDATA / "torch-2.13" / "training.pt"],
            ["set", common.TESTDATA / "torch-2.13" / "training.pt", "-n", "epoch=1"],
            ["completions", "bash"], ["--version"], ["--help"], ["ls", "--help"],
        ]

    def test_a_full_standard_output(self):
        for arguments in self.printing():
            with self.subTest(list(map(str, arguments))), open("/dev/full", "wb") as full:
                run = subprocess.run([common.CKPT, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                     stdout=full, stderr=subprocess.PIPE, check=False)
                self.assert_refused(run, "standard output: No space left on device")

    def test_a_closed_standard_output(self):
        for arguments in self.printing():
            with self.subTest(list(map(str, arguments))):
                run = subprocess.run(["sh", "-c", '"$@" >&-', "sh", common.CKPT, *map(str, arguments)],
                                     stdin=subprocess.DEVNULL, capture_output=True, check=False)
                self.assert_refused(run, "standard output: Bad file descriptor")

    def test_closed_streams_do_not_end_up_in_files(self):
        whole = self.work / "whole" / "out.pt"
        whole.parent.mkdir()
        self.run_ckpt("filter", self.file, "-o", whole, "--drop", "second")
        output = self.work / "out.pt"
        for closed in itertools.chain.from_iterable(
                itertools.combinations(("<&-", ">&-", "2>&-"), n) for n in range(4)):
            with self.subTest(closed):
                output.unlink(missing_ok=True)
                subprocess.run(
                    ["sh", "-c", f'"$@" {" ".join(closed)}', "sh", common.CKPT, "filter",
                     str(self.file), "-o", str(output), "--drop", "second"],
                    capture_output=True, check=False)
                self.assertEqual(output.read_bytes(), whole.read_bytes())
                self.assert_untouched("out.pt", "whole")


@unittest.skipUnless(shutil.which("strace"), "no strace")
class Shrinking(Places):
    def test_an_input_that_becomes_shorter_while_it_is_copied(self):
        log = self.folder / "strace.txt"
        run = subprocess.Popen(
            ["strace", "-o", log, "-e", "trace=fallocate,rt_sigpending",
             "-e", "inject=rt_sigpending:delay_enter=1500000:when=1", common.CKPT, "filter",
             str(self.file), "-o", str(self.work / "out.pt"), "--drop", "second"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while b"fallocate" not in (log.read_bytes() if log.exists() else b"") and run.poll() is None:
            time.sleep(0.01)
        os.truncate(self.file, len(self.bytes) // 2)
        _, error = run.communicate()
        self.assertEqual(run.returncode, 2)
        self.assertRegex(error.decode(), r"^ckpt: error: .*model\.pt: ends at byte \d+, but ")
        self.assertEqual(os.listdir(self.work), ["model.pt"])


if __name__ == "__main__":
    common.main()
