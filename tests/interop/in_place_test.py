"""Edits in place: what torch loads afterwards, what a kill at any system call leaves, and what
compact makes of it.
"""
import collections
import shutil
import subprocess

import common
import torch

TRAINING = common.TESTDATA / "torch-2.13" / "training.pt"
EDITS = [  # a file of testdata, and the edit
    ("wrapped.pt", ["remap", "--strip-wrappers"]),
    ("tied.pt", ["remap", "--add-prefix", "net."]),
    ("batchnorm.pt", ["filter", "--drop", "**.num_batches_tracked"]),
    ("training.pt", ["filter", "--sections", "model"]),
    ("training.pt", ["optim", "drop"]),
    ("training.pt", ["optim", "reset"]),
    ("training.pt", ["set", "epoch=12", "optimizer:param_groups:*:lr=0.5"]),
    ("many_1001.pt", ["remap", "--add-prefix", "x."]),
]
CALLS = "write,fsync,ftruncate,linkat,unlink,fallocate,lseek,flock"


def commands(edit, path):
    words = [word for word in edit if not word.startswith("-")]
    place = 2 if words[0] == "optim" else 1
    return [*edit[:place], path, *edit[place:]]


class InPlace(common.TestCase):
    def copy_of(self, name, folder):
        path = self.fresh_folder(folder) / name
        shutil.copy(common.TESTDATA / "torch-2.13" / name, path)
        return path

    def edited_pair(self, name, edit, folder):
        """The file edited in place, and written as another file of that name."""
        edited = self.copy_of(name, f"{folder}/edited")
        self.run_ckpt(*commands(edit, edited), "--in-place")
        written = self.fresh_folder(f"{folder}/written") / name
        self.run_ckpt(*commands(edit, common.TESTDATA / "torch-2.13" / name), "-o", written)
        return edited, written

    def test_torch_loads_what_the_same_edit_writes_elsewhere(self):
        for number, (name, edit) in enumerate(EDITS):
            with self.subTest(name=name, edit=edit):
                edited, written = self.edited_pair(name, edit, str(number))
                for options in ({}, {"mmap": True}):
                    self.assertIsNone(common.loaded_difference(
                        common.load(edited, **options), common.load(written, **options)))
                before = common.TESTDATA / "torch-2.13" / name
                self.assertTrue(edited.read_bytes().startswith(before.read_bytes()))

    def test_compact_makes_of_it_the_file_written_elsewhere(self):
        for number, (name, edit) in enumerate(EDITS):
            with self.subTest(name=name, edit=edit):
                edited, written = self.edited_pair(name, edit, str(number))
                compact = self.fresh_folder(f"{number}/compact") / name
                self.run_ckpt("compact", edited, "-o", compact)
                self.assert_same_file(compact, written)

    def test_edits_add_up(self):
        path = self.copy_of("training.pt", "several")
        for epoch in range(20):
            self.run_ckpt("set", path, "--in-place", f"epoch={epoch}")
            self.assertEqual(common.load(path)["epoch"], epoch)
        self.run_ckpt("optim", "drop", path, "--in-place")
        self.assertNotIn("optimizer", common.load(path))

    def test_a_new_tensor_is_appended(self):
        path = self.fresh_folder("new") / "lr.pt"
        torch.save({"lr": torch.tensor(0.5), "w": torch.arange(3.0)}, path)
        self.run_ckpt("set", path, "--in-place", ":lr=0.25")
        loaded = common.load(path)
        self.assertTrue(torch.equal(loaded["lr"], torch.tensor(0.25)))
        self.assertTrue(torch.equal(loaded["w"], torch.arange(3.0)))


class Killed(common.TestCase):
    """The program dies at its n-th system call of each kind that changes something."""

    def kill_at(self, path, call, number):
        run = subprocess.run(
            ["strace", "-o", "/dev/null", "-e", f"inject={call}:signal=SIGKILL:when={number}",
             common.CKPT, "set", path, "--in-place", "epoch=99"],
            capture_output=True, check=False, stdin=subprocess.DEVNULL)
        return run.returncode != 0

    def test_the_file_is_the_old_or_the_new_one_after_the_next_command(self):
        old = TRAINING.read_bytes()
        kills = 0
        for call in CALLS.split(","):
            for number in range(1, 20):
                path = self.fresh_folder(f"{call}{number}") / "training.pt"
                path.write_bytes(old)
                if not self.kill_at(path, call, number):
                    break
                kills += 1
                shown = self.run_ckpt("show", path, "epoch")
                self.assertIn(shown, (b"3\n", b"99\n"), (call, number))
                self.assertEqual(common.load(path)["epoch"], int(shown))
                if shown == b"3\n":
                    self.assertEqual(path.read_bytes(), old)
                self.assertEqual([entry.name for entry in path.parent.iterdir()], ["training.pt"])
        self.assertGreaterEqual(kills, 8)

    def test_a_failing_system_call_leaves_the_old_file_and_nothing_beside_it(self):
        old = TRAINING.read_bytes()
        for call, error in (("write", "ENOSPC"), ("fsync", "EIO"), ("linkat", "EACCES")):
            for number in range(1, 20):
                path = self.fresh_folder(f"{call}{number}") / "training.pt"
                path.write_bytes(old)
                run = subprocess.run(
                    ["strace", "-o", "/dev/null", "-e", f"inject={call}:error={error}:when={number}",
                     common.CKPT, "set", path, "--in-place", "epoch=99"],
                    capture_output=True, check=False, stdin=subprocess.DEVNULL)
                names = [entry.name for entry in path.parent.iterdir()]
                self.assertEqual(names, ["training.pt"], (call, number))
                if run.returncode == 0 or b"standard error" in run.stderr:  # the last words
                    self.assertEqual(common.load(path)["epoch"], 99)
                    break
                self.assertEqual(run.returncode, 2)
                self.assertIn(b"training.pt", run.stderr)
                self.assertEqual(path.read_bytes(), old, (call, number))

    def test_what_was_cut_back_is_said_by_recover(self):
        path = self.fresh_folder("recover") / "training.pt"
        path.write_bytes(TRAINING.read_bytes())
        self.assertTrue(self.kill_at(path, "unlink", 1))
        run = subprocess.run([common.CKPT, "recover", path], capture_output=True, check=True)
        self.assertIn(b"an interrupted edit was undone", run.stderr)
        self.assertEqual(path.read_bytes(), TRAINING.read_bytes())


class Compact(common.TestCase):
    def compact(self, value, name="case"):
        before = self.fresh_folder(f"{name}/before") / "small.pt"
        torch.save(value, before)
        after = self.fresh_folder(f"{name}/after") / "small.pt"
        self.run_ckpt("compact", before, "-o", after)
        return after

    def assert_is_saved_as(self, value, clones, name):
        after = self.compact(value, name)
        theirs = self.fresh_folder(f"{name}/torch") / "small.pt"
        torch.save(clones, theirs)
        self.assert_same_file(after, theirs)

    def test_lone_views_are_what_their_clones_are(self):
        base = torch.arange(240.0).reshape(4, 6, 10)
        views = {
            "row": base[2], "column": base[:, :, 3], "box": base[1:3, 2:4, 5:7],
            "transposed": base[1].t(), "gaps_transposed": base[0, :, ::2].t(),
            "steps": base[::2, ::3], "scalar": base[3, 5, 9], "none": base[2:2],
            "bytes": torch.arange(64, dtype=torch.uint8)[17:40],
            "half": torch.arange(64.0).half().reshape(8, 8)[:, 1:3],
            "complex": torch.arange(64.0).to(torch.complex64)[3:9],
        }
        for name, view in views.items():
            with self.subTest(name):
                self.assert_is_saved_as({"w": view}, {"w": view.clone()}, name)

    def test_views_apart_get_storages_of_their_own(self):
        base = torch.arange(1000.0)
        value = collections.OrderedDict(a=base[10:20], b=base[500:700], c=base[900:901])
        self.assert_is_saved_as(
            value, collections.OrderedDict((k, v.clone()) for k, v in value.items()), "apart")

    def test_columns_that_do_not_meet_are_parted(self):
        base = torch.arange(80.0).reshape(8, 10)
        value = {"a": base[:, 0:3], "b": base[:, 5:9]}
        self.assert_is_saved_as(value, {k: v.clone() for k, v in value.items()}, "columns")

    def test_tied_tensors_and_overlapping_views_still_share(self):
        base = torch.arange(100.0)
        tied = torch.nn.Parameter(base[50:60].view(2, 5), requires_grad=True)
        loaded = common.load(self.compact({"a": base[10:20], "b": base[15:25], "c": tied,
                                           "d": tied}, "tied"))
        self.assertEqual(loaded["a"].untyped_storage().data_ptr(),
                         loaded["b"].untyped_storage().data_ptr())
        self.assertEqual(loaded["a"].untyped_storage().nbytes(), 15 * 4)
        self.assertTrue(torch.equal(loaded["a"], base[10:20]))
        self.assertTrue(torch.equal(loaded["b"], base[15:25]))
        self.assertIs(loaded["c"], loaded["d"])
        self.assertTrue(torch.equal(loaded["c"], tied))

    def test_a_storage_seen_whole_stays_as_it_is(self):
        fused = torch.arange(30.0).reshape(6, 5)
        for name, value in {
                "parts": {"q": fused[:2], "k": fused[2:4], "v": fused[4:]},
                "whole": {"all": fused, "part": fused[1:3, 2]},
                "storage": {"part": fused[0], "raw": fused.storage()},
                "expanded": {"w": torch.arange(5.0).unsqueeze(0).expand(100, 5)}}.items():
            with self.subTest(name):
                self.assert_is_saved_as(value, value, name)


if __name__ == "__main__":
    common.main()
