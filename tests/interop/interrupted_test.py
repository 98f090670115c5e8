"""Writing that does not come to its end: signals, kills at random moments, and two editors of one
file. What is left always loads, and is what was there or what should be there.
"""
import os
import random
import shutil
import signal
import subprocess
import time
import unittest

import common
import torch

KILLS = 200
INTERRUPTIONS = 60


def plain_state_dict(tensors, elements):
    return {f"layer{i}.weight": torch.full((elements,), float(i)) for i in range(tensors)}


def started(*arguments, **options):
    return subprocess.Popen([common.CKPT, *map(str, arguments)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)


class Edited(common.TestCase):
    """A file of a few MB that is renamed in place, and what the edit makes of it."""

    def setUp(self):
        super().setUp()
        self.file = self.fresh_folder("work") / "model.pt"
        torch.save(plain_state_dict(1000, 2000), self.file)
        self.old = self.file.read_bytes()
        self.old_keys = list(torch.load(self.file, mmap=True))
        self.seconds = min(self.seconds_of_edit() for _ in range(3))
        self.new = self.file.read_bytes()
        loaded = torch.load(self.file, weights_only=True)
        self.assertEqual(list(loaded), [f"net.{key}" for key in self.old_keys])
        for i, tensor in enumerate(loaded.values()):
            self.assertTrue(torch.equal(tensor, torch.full((2000,), float(i))))
        self.random = random.Random(7)

    def edit(self):
        return ["remap", self.file, "--in-place", "--add-prefix", "net."]

    def seconds_of_edit(self):
        self.file.write_bytes(self.old)
        started_at = time.monotonic()
        self.run_ckpt(*self.edit())
        return time.monotonic() - started_at

    def names(self):
        return sorted(os.listdir(self.file.parent))

    def run_and_send(self, sent, arguments):
        """Starts the program, sends it a signal at a random moment; how it ended."""
        process = started(*arguments)
        time.sleep(self.random.uniform(0, 1.5 * self.seconds))
        process.send_signal(sent)
        error = process.stderr.read()
        process.stderr.close()
        return process.wait(), error

    def assert_old_or_new(self):
        """To the byte; torch has loaded both."""
        left = self.file.read_bytes()
        self.assertTrue(left in (self.old, self.new))
        return left == self.old


class Killed(Edited):
    def test_the_file_reads_after_a_kill_at_any_moment(self):
        undone, done, early = 0, 0, 0
        for _ in range(KILLS):
            self.file.write_bytes(self.old)
            self.run_and_send(signal.SIGKILL, self.edit())
            is_marked = ".model.pt.ckpt-undo" in self.names()
            keys = self.run_ckpt("ls", self.file).decode()
            self.assertEqual(self.names(), ["model.pt"])
            is_old = self.assert_old_or_new()
            self.assertEqual("\nnet." in keys, not is_old)
            undone, done, early = undone + is_marked, done + (not is_old), early + (
                is_old and not is_marked)
        print(f"{KILLS} kills: {early} before the first byte, {undone} undone, {done} done",
              flush=True)


class Signals(Edited):
    def test_an_edit_in_place_is_taken_back_or_done(self):
        ends = []
        for i in range(INTERRUPTIONS):
            sent = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[i % 3]
            self.file.write_bytes(self.old)
            code, error = self.run_and_send(sent, self.edit())
            self.assertIn(code, (0, -sent))  # as shells expect it, or too late
            if code != 0:
                self.assertNotIn(b"error", error)
            self.assertEqual(self.names(), ["model.pt"])
            self.assert_old_or_new()
            ends.append(code)
        self.assertGreater(sum(code != 0 for code in ends), INTERRUPTIONS // 4)

    def test_an_output_is_absent_or_whole(self):
        output = self.file.parent / "out.pt"
        arguments = ["remap", self.file, "-f", "-o", output, "--map", "net.*=>other.*"]
        self.run_ckpt(*arguments)
        whole = output.read_bytes()
        for i in range(INTERRUPTIONS):
            output.unlink(missing_ok=True)
            code, _ = self.run_and_send((signal.SIGINT, signal.SIGTERM)[i % 2], arguments)
            self.assertIn(code, (0, -signal.SIGINT, -signal.SIGTERM))
            self.assertEqual(self.file.read_bytes(), self.new)
            self.assertIn(self.names(), (["model.pt"], ["model.pt", "out.pt"]))
            if output.exists():
                self.assertEqual(output.read_bytes(), whole)
            else:
                self.assertNotEqual(code, 0)

    def test_an_ignored_signal_stays_ignored(self):
        def ignore():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self.file.write_bytes(self.old)
        process = started(*self.edit(), preexec_fn=ignore)
        while process.poll() is None:
            process.send_signal(signal.SIGHUP)
        process.stderr.close()
        self.assertEqual(process.returncode, 0)
        self.assertFalse(self.assert_old_or_new())


@unittest.skipUnless(shutil.which("strace"), "no strace")
class TwoEditors(Edited):
    def test_the_second_is_refused_while_the_first_is_at_work(self):
        self.file.write_bytes(self.old)
        first = subprocess.Popen(
            ["strace", "-o", "/dev/null", "-e", "inject=ftruncate,fsync:delay_enter=700000",
             common.CKPT, *map(str, self.edit())],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        note = self.file.parent / ".model.pt.ckpt-undo"
        while not note.exists() and first.poll() is None:
            time.sleep(0.01)
        refusal = f"ckpt: error: {self.file}: another program is editing it in place\n".encode()
        for arguments in (self.edit(), ["set", self.file, "--in-place", "x=1"],
                          ["ls", self.file], ["recover", self.file]):
            run = subprocess.run([common.CKPT, *map(str, arguments)], capture_output=True,
                                 check=False)
            self.assertEqual((run.returncode, run.stderr), (2, refusal), arguments)
        self.assertIsNone(first.poll())  # all that happened while it was at work
        self.assertEqual(first.wait(), 0)
        self.assertFalse(self.assert_old_or_new())

    def test_of_many_at_once_one_succeeds_at_a_time(self):
        small = self.fresh_folder("small") / "model.pt"
        torch.save({"w": torch.ones(3), "epoch": 0}, small)
        editors = [started("set", small, "--in-place", f"epoch={i}") for i in range(1, 9)]
        codes = []
        for editor in editors:
            editor.stderr.read()
            editor.stderr.close()
            codes.append(editor.wait())
        self.assertLessEqual(set(codes), {0, 2})
        self.assertIn(0, codes)
        epoch = torch.load(small, weights_only=True)["epoch"]
        self.assertEqual(codes[epoch - 1], 0)
        self.assertEqual(os.listdir(small.parent), ["model.pt"])


@unittest.skipUnless(shutil.which("strace"), "no strace")
class Flushing(Edited):
    """What is told to the disk before an output gets its name, and after."""

    def calls_of(self, *options):
        log = self.folder / "strace.txt"
        subprocess.run(["strace", "-qq", "-e", "trace=sync_file_range,fsync,linkat", "-o", log,
                        common.CKPT, "filter", self.file, "--drop", "net.layer7", "-o",
                        self.folder / "out", "-f", *options], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return [line.split("(")[0] for line in log.read_text().splitlines()]

    def test_an_output_is_flushed_then_named_and_its_folder_is_flushed(self):
        (self.folder / "out").unlink(missing_ok=True)
        calls = [call for call in self.calls_of() if call != "sync_file_range"]
        self.assertEqual(calls, ["fsync", "linkat", "fsync"])

    def test_without_sync_nothing_waits_and_the_file_is_the_same(self):
        (self.folder / "out").unlink(missing_ok=True)
        self.calls_of()
        flushed = (self.folder / "out").read_bytes()
        (self.folder / "out").unlink()
        self.assertEqual(self.calls_of("--no-sync"), ["linkat"])
        self.assertEqual((self.folder / "out").read_bytes(), flushed)


@unittest.skipUnless(shutil.which("strace"), "no strace")
class Calls(Edited):
    """The program calls the system for files in these ways and no other: tests/faults lets each
    of them fail that can."""
    FAILING = {"openat", "newfstatat", "fstat", "fstatfs", "access", "faccessat", "faccessat2", "flock", "lseek",
               "pread64", "write", "copy_file_range", "fallocate", "ftruncate", "fsync", "linkat",
               "rename", "renameat", "renameat2", "unlink", "unlinkat", "close"}
    # Of those for owner, mode and access list, a failure leaves an output to fewer users, never more.
    HARMLESS = {"fchmod", "fchown", "getxattr", "fsetxattr", "fremovexattr", "execve", "readlink", "readlinkat", "getcwd", "fcntl", "ioctl", "mmap", "read",
                "sync_file_range"}

    def test_calls_for_files_are_those_that_the_fault_harness_knows(self):
        output = self.folder / "out"
        for arguments in (["remap", self.file, "--in-place", "--map", "net.*=>*"],
                          ["filter", self.file, "-o", output, "--drop", "layer7"],
                          ["filter", self.file, "-f", "-o", output, "--drop", "layer7"],
                          ["compact", self.file, "-f", "-o", output],
                          ["show", self.file, "layer7.weight", "-f", "-o", output],
                          ["check", self.file, "--crc", "-j", "2"]):
            log = self.folder / "strace.txt"
            subprocess.run(["strace", "-f", "-qq", "-e", "trace=%file,%desc", "-e", "signal=none",
                            "-o", log, common.CKPT, *map(str, arguments)], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            calls = {line.split("(")[0].split()[-1] for line in log.read_text().splitlines()
                     if "(" in line and "resumed" not in line}
            self.assertIn("pread64", calls)
            self.assertLessEqual(calls, self.FAILING | self.HARMLESS)


if __name__ == "__main__":
    common.main()
