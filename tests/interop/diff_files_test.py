"""`ckpt hash`, `ckpt diff` below git, and what both read of their files."""
import hashlib
import json
import os
import shutil
import struct
import subprocess
import unittest

import common
import torch
from diff_cases import DiffCase


class Hashes(DiffCase):
    def hash(self, path, *options):
        return self.run_ckpt("hash", path, *options).split()[0]

    def test_container_order_strides_and_sharing_do_not_matter(self):
        a, b = torch.randn(3, 4), torch.randn(5)
        expected = self.hash(self.save("plain.pt", {"a": a, "b": b}))
        wide = torch.zeros(10)
        wide[::2] = b
        others = {"order": {"b": b, "a": a}, "strides": {"a": a.t().contiguous().t(), "b": wide[::2]},
                  "nested": {"state_dict": {"a": a, "b": b}, "epoch": 3}}
        for name, state in others.items():
            self.assertEqual(self.hash(self.save(f"{name}.pt", state)), expected, name)

    def test_the_hash_is_of_what_the_documentation_says(self):
        def number(value):
            return struct.pack("<Q", value)

        def text(value):
            return number(len(value)) + value.encode()

        state = {"w": torch.randn(3, 4), "half": torch.randn(5).half(), "n": torch.tensor(7)}
        expected = {}
        for key, tensor in state.items():
            content = text(str(tensor.dtype).removeprefix("torch.")) + number(tensor.dim())
            content += b"".join(map(number, tensor.shape)) + tensor.numpy().tobytes()
            expected[key] = hashlib.sha256(content).digest()
        path = self.save("m.pt", state)
        lines = self.run_ckpt("hash", "--sha256", "--per-tensor", path).decode().splitlines()
        self.assertEqual({line.split("\t")[1]: line.split()[0] for line in lines},
                         {key: digest.hex() for key, digest in expected.items()})
        everything = b"".join(text(key) + expected[key] for key in sorted(expected))
        self.assertEqual(self.hash(path, "--sha256").decode(), hashlib.sha256(everything).hexdigest())

    def test_files_of_old_and_new_torch_have_the_hashes_that_their_tensors_have(self):
        folders = [common.TESTDATA / "torch-1.13", common.TESTDATA / "torch-2.13"]
        compared = 0
        for old in common.zip_files(folders[0]):
            new = folders[1] / old.relative_to(folders[0])
            if not new.exists():
                continue
            rows = [[(row["path"], row["dtype"], row["shape"], row["sha256"]) for row in
                     json.loads(file.with_name(file.name + ".json").read_text())["tensors"]]
                    for file in (old, new)]
            if any("sparse" in str(row) for row in rows[0]):
                continue
            same = sorted(map(str, rows[0])) == sorted(map(str, rows[1]))
            hashes = self.run_ckpt("hash", "--all", old, new).split()[::2]
            self.assertEqual(hashes[0] == hashes[1], same, old)
            compared += 1
        self.assertGreater(compared, 30)

    def test_names_dtypes_shapes_and_bytes_do(self):
        a = torch.arange(6, dtype=torch.int32)
        hashes = {self.hash(self.save("x.pt", state)) for state in (
            {"a": a}, {"b": a}, {"a": a.view(torch.float32)}, {"a": a.view(2, 3)},
            {"a": a + 1}, {"a": a, "b": a})}
        self.assertEqual(len(hashes), 6)

    def test_manifests_check(self):
        path = self.save("m.pt", {"w": torch.ones(3), "b": torch.zeros(2)})
        for options in ([], ["--per-tensor"], ["--sha256"], ["--sha256", "--per-tensor"]):
            manifest = self.folder / "manifest"
            manifest.write_bytes(self.run_ckpt("hash", path, *options))
            self.save("m.pt", {"w": torch.ones(3), "b": torch.zeros(2)})
            self.run_ckpt("hash", "--check", manifest)
            self.save("m.pt", {"w": torch.ones(3), "b": torch.ones(2)})
            self.run_ckpt("hash", "--check", manifest, exit_code=1)
            self.save("m.pt", {"w": torch.ones(3), "b": torch.zeros(2)})
        path.unlink()
        self.run_ckpt("hash", "--check", manifest, exit_code=2)


class Git(DiffCase):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]

    def git(self, *arguments):
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1",
                       "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_PAGER": "cat",
                       "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
        run = subprocess.run(["git", *arguments], cwd=self.folder, capture_output=True, text=True,
                             check=False, env=environment)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def test_git_diff_shows_what_changed(self):
        self.git("init", "-q")
        self.git("config", "diff.ckpt.command", f"'{common.CKPT}' diff")
        (self.folder / ".gitattributes").write_text("*.pt diff=ckpt\n")
        self.save("model.pt", {"w": torch.ones(3), "b": torch.zeros(2)})
        self.git("add", ".")
        self.git("commit", "-qm", "first")
        self.save("model.pt", {"w": torch.tensor([1.0, 1.0, 1.5]), "b": torch.zeros(2)})
        shown = self.git("diff")
        self.assertIn("~ w  f32 3  1 of 3 (33.3 %)  max 0.5 at [2]", shown)
        self.assertIn("tensors: 1 same, 1 changed", shown)
        self.git("commit", "-qam", "second")
        self.assertIn("~ w  f32 3", self.git("log", "-p", "--ext-diff", "-1"))

    def test_git_diff_with_textconv(self):
        self.git("init", "-q")
        self.git("config", "diff.ckpt.textconv", f"'{common.CKPT}' ls --hash")
        (self.folder / ".gitattributes").write_text("*.pt diff=ckpt\n")
        self.save("model.pt", {"w": torch.ones(3), "b": torch.zeros(2)})
        self.git("add", ".")
        self.git("commit", "-qm", "first")
        self.save("model.pt", {"w": torch.ones(3) * 2, "b": torch.zeros(2)})
        shown = self.git("diff")
        lines = shown.splitlines()
        self.assertEqual([line[0] for line in lines if "w  f32 3  " in line], ["-", "+"], shown)
        self.assertEqual([line[0] for line in lines if "b  f32 2  " in line], [" "], shown)

    def test_git_gives_added_deleted_renamed_and_unmerged_files(self):
        self.git("init", "-q")
        self.git("config", "diff.ckpt.command", f"'{common.CKPT}' diff")
        (self.folder / ".gitattributes").write_text("*.pt diff=ckpt\n")
        self.git("add", ".")
        self.git("commit", "-qm", "attributes")
        big = torch.arange(1000.0)
        self.save("model.pt", {"w": big})
        self.git("add", ".")
        self.assertIn("+ w  f32 1000", self.git("diff", "--cached"))
        self.git("commit", "-qm", "first")
        self.git("mv", "model.pt", "moved.pt")
        big[7] += 1
        torch.save({"w": big}, self.folder / "moved.pt")
        self.git("add", ".")
        shown = self.git("diff", "--cached", "-M10%")
        self.assertIn("ckpt diff model.pt => moved.pt\n", shown)
        self.assertIn("~ w  f32 1000  1 of 1000", shown)
        self.git("commit", "-qm", "moved")
        (self.folder / "moved.pt").unlink()
        self.assertIn("- w  f32 1000", self.git("diff"))

        self.git("checkout", "-q", ".")
        self.git("checkout", "-qb", "other", "HEAD")
        self.save("moved.pt", {"w": big * 2})
        self.git("commit", "-qam", "doubled")
        self.git("checkout", "-q", "-")
        self.save("moved.pt", {"w": big * 3})
        self.git("commit", "-qam", "tripled")
        subprocess.run(["git", *self.identity, "merge", "-q", "other"], cwd=self.folder,
                       capture_output=True, check=False)
        self.assertIn("ckpt diff moved.pt: unmerged\n", self.git("diff", "--cached"))

    def test_git_without_attributes_and_through_the_environment(self):
        self.git("init", "-q")
        self.save("a.pt", {"w": torch.zeros(2)})
        self.git("add", ".")
        self.git("commit", "-qm", "first")
        self.save("a.pt", {"w": torch.ones(2)})
        self.assertIn("~ w  f32 2", self.git("-c", f"diff.external='{common.CKPT}' diff", "diff"))
        old, new = self.save("old.pt", {"w": torch.zeros(2)}), self.folder / "a.pt"
        shown = self.run_ckpt("diff", "a.pt", old, "0" * 40, "100644", new, "1" * 40, "100644")
        self.assertTrue(shown.decode().startswith("ckpt diff a.pt\n~ w  f32 2"), shown)

    def test_git_tells_of_a_version_that_is_no_checkpoint(self):
        self.git("init", "-q")
        self.git("config", "diff.external", f"'{common.CKPT}' diff")
        (self.folder / "a.pt").write_text("no checkpoint\n")
        self.git("add", ".")
        self.git("commit", "-qm", "first")
        self.save("a.pt", {"w": torch.ones(2)})
        run = subprocess.run(["git", "diff"], cwd=self.folder, capture_output=True, check=False)
        self.assertEqual(run.returncode, 128)
        self.assertIn(b"ckpt: error", run.stderr)


class Reading(DiffCase):
    def bytes_read(self, *arguments, exit_code):
        """Of checkpoints; each thread is traced into a file of its own."""
        traces = self.fresh_folder("traces")
        for old in traces.iterdir():
            old.unlink()
        run = subprocess.run(
            ["strace", "-ff", "-y", "-s", "0", "-o", traces / "t", "-e",
             "trace=read,pread64,readv,preadv,preadv2,mmap", common.CKPT, *map(str, arguments)],
            capture_output=True, check=False)
        self.assertEqual(run.returncode, exit_code, run.stderr)
        calls = [line for trace in traces.iterdir() for line in trace.read_text().splitlines()
                 if ".pt>" in line]
        self.assertFalse([call for call in calls if "mmap(" in call])
        return sum(int(call.rsplit("= ", 1)[1]) for call in calls)

    @unittest.skipUnless(shutil.which("strace"), "no strace")
    def test_what_is_decided_without_reading_is_not_read(self):
        a = {f"layer{i}.weight": torch.randn(250_000) for i in range(8)}
        b = {key: value.clone() for key, value in a.items()}
        b["layer5.weight"][7] += 1
        one, two = self.save("one.pt", a), self.save("two.pt", b)
        few = 400_000  # the directories and the pickles
        self.assertLess(self.bytes_read("diff", "-q", one, two, exit_code=1), few)
        self.assertLess(self.bytes_read("diff", "-q", one, one, exit_code=0), few)
        self.assertLess(self.bytes_read("diff", one, one, exit_code=0), few)
        self.assertLess(self.bytes_read("diff", "--keys", one, two, exit_code=0), few)
        everything = one.stat().st_size + two.stat().st_size
        self.assertLess(self.bytes_read("diff", one, two, exit_code=1), everything + few + 1_000_000)

    @unittest.skipUnless(shutil.which("strace"), "no strace")
    def test_shared_storages_are_read_once(self):
        w = torch.randn(1_000_000)
        tied = self.save("one.pt", {f"w{i}": w for i in range(4)})
        other = self.save("two.pt", {f"w{i}": w for i in range(4)})
        self.assertLess(self.bytes_read("diff", tied, other, exit_code=0),
                        tied.stat().st_size + other.stat().st_size + 400_000)

    @unittest.skipUnless(os.access("/usr/bin/time", os.X_OK), "no /usr/bin/time")
    def test_memory_does_not_grow_with_the_file(self):
        a = {"w": torch.zeros(40_000_000), "t": torch.zeros(2000, 4000).t()}
        one, two = self.save("one.pt", a), self.save("two.pt", {k: v + 1 for k, v in a.items()})
        for arguments in (["diff", "-j4", one, two], ["hash", one], ["ls", "--hash", two]):
            report = self.folder / "time"
            subprocess.run(["/usr/bin/time", "-f", "%M", "-o", report, common.CKPT,
                            *map(str, arguments)], capture_output=True, check=False)
            self.assertLess(int(report.read_text().split()[-1]), 64 * 1024, arguments)


if __name__ == "__main__":
    common.main()
