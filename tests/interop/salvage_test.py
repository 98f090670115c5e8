"""`ckpt check --salvage`: of a file that is cut or damaged exactly the tensors come back whose
records are whole, bit for bit; the lost ones from an older file when there is one."""
import json
import struct
import zipfile

import common
import torch


def state_dict(shift=0):
    generator = torch.Generator().manual_seed(7)
    return {f"layer{i}.weight": torch.randn(3 + i % 7, 5 + i % 3, generator=generator) + shift
            for i in range(100)}


def record_ends(path):
    """Where the payload of each record ends, by its name without the folder."""
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return {entry.filename.split("/", 1)[1]:
                entry.header_offset + 30 + sum(struct.unpack_from("<2H", data, entry.header_offset + 26))
                + entry.file_size for entry in archive.infolist()}


class Salvage(common.TestCase):
    def setUp(self):
        super().setUp()
        self.whole, self.cut = self.folder / "whole.pt", self.folder / "cut.pt"
        self.output = self.folder / "left.pt"
        self.value = state_dict()
        torch.save(self.value, self.whole)
        self.data = self.whole.read_bytes()
        self.ends = record_ends(self.whole)

    def keys_before(self, length):
        return [key for i, key in enumerate(self.value) if self.ends[f"data/{i}"] <= length]

    def salvage(self, *arguments, exit_code=0):
        return json.loads(self.run_ckpt("check", self.cut, "--salvage", self.output, "-f", "--json",
                                        *arguments, exit_code=exit_code))

    def assert_left(self, keys):
        left = torch.load(self.output, weights_only=True)
        self.assertEqual(list(left), list(keys))
        for key in keys:
            self.assertTrue(torch.equal(left[key], self.value[key]), key)

    def test_a_cut_file_gives_the_tensors_before_the_cut(self):
        ends = sorted(self.ends.values())
        lengths = [int(len(self.data) * part) for part in (0.3, 0.6, 0.9)]
        lengths += [ends[50], ends[50] - 1, ends[50] + 1, ends[50] + 20, len(self.data) - 1]
        for length in lengths:
            with self.subTest(length):
                self.cut.write_bytes(self.data[:length])
                expected = self.keys_before(length)
                fates = self.salvage(exit_code=0 if len(expected) == 100 else 1)
                self.assertEqual([row["path"] for row in fates["saved"]], expected)
                self.assertEqual(len(fates["lost"]), 100 - len(expected))
                self.assert_left(expected)

    def test_every_cut_of_either_generation_gives_what_lies_before_it(self):
        for generation in ("torch-1.13", "torch-2.13"):
            source = common.TESTDATA / generation / "many_tensors.pt"
            self.value, self.data = common.load(source), source.read_bytes()
            self.ends = record_ends(source)
            tensors = list(self.value)
            order = {f"data/{i}" for i in range(len(tensors))}
            self.assertLessEqual(order, set(self.ends))
            ends = sorted(self.ends[name] for name in order)
            pickle_end = self.ends["data.pkl"]
            cuts = {end + step for end in ends[::7] for step in (-1, 0, 1)}
            cuts |= set(range(pickle_end, len(self.data), len(self.data) // 40))
            self.assertIn(True, [cut < ends[-1] for cut in cuts])
            for cut in sorted(cuts):
                with self.subTest(generation=generation, cut=cut):
                    self.cut.write_bytes(self.data[:cut])
                    expected = self.keys_before(cut)
                    if not expected:
                        self.run_ckpt("check", self.cut, "--salvage", self.output, "-f", exit_code=2)
                        continue
                    fates = self.salvage(exit_code=int(len(expected) < len(tensors)))
                    self.assertEqual([row["path"] for row in fates["saved"]], expected)
                    self.assert_left(expected)

    def test_nothing_is_written_when_nothing_is_left(self):
        self.cut.write_bytes(self.data[:self.ends["data/0"] - 1])
        self.run_ckpt("check", self.cut, "--salvage", self.output, exit_code=2)
        self.cut.write_bytes(self.data[:100])
        self.run_ckpt("check", self.cut, "--salvage", self.output, exit_code=2)
        self.assertFalse(self.output.exists())

    def test_lost_tensors_come_from_an_older_file(self):
        older = self.folder / "older.pt"
        old_value = state_dict(shift=1)
        old_value["layer99.weight"] = torch.zeros(1)  # of another shape: not taken
        torch.save(old_value, older)
        length = int(len(self.data) * 0.6)
        self.cut.write_bytes(self.data[:length])
        fates = self.salvage("--fill-from", older, exit_code=1)
        saved = self.keys_before(length)
        self.assertEqual([row["path"] for row in fates["lost"]], ["layer99.weight"])
        self.assertEqual(len(fates["filled"]), 99 - len(saved))
        left = torch.load(self.output, weights_only=True)
        self.assertEqual(list(left), list(self.value)[:99])
        for key, tensor in left.items():
            source = self.value if key in saved else old_value
            self.assertTrue(torch.equal(tensor, source[key]), key)

    def test_a_damaged_payload_costs_its_tensors_only(self):
        data = bytearray(self.data)
        data[self.ends["data/7"] - 1] ^= 1
        for length in (len(data), len(data) - 22, self.ends["data/98"] + 16):  # with and without directory
            with self.subTest(length):
                self.cut.write_bytes(data[:length])
                fates = self.salvage(exit_code=1)
                self.assertEqual(fates["lost"][0], {"path": "layer7.weight", "reason": "damaged"})
                keys = [key for key in self.keys_before(length) if key != "layer7.weight"]
                self.assert_left(keys)

    def test_a_damaged_header_costs_nothing_while_there_is_a_directory(self):
        data = bytearray(self.data)
        header = data.rindex(b"PK\3\4", 0, self.ends["data/7"])
        data[header:header + 30] = bytes(30)
        self.cut.write_bytes(data)
        self.salvage()
        self.assert_left(self.value)

    def test_a_whole_file_comes_back_as_it_was(self):
        folder = self.fresh_folder("same")
        self.cut, self.output = self.whole, folder / "whole.pt"
        self.salvage()
        self.assert_same_file(self.output, self.whole)

    def test_views_composites_and_lists_that_lose_a_storage(self):
        shared = torch.arange(6.)
        self.value = {"first": torch.ones(3), "sparse": torch.eye(3).to_sparse(),
                      "list": [torch.ones(2), shared[:2], 5], "view": shared[2:], "n": 3}
        torch.save(self.value, self.whole)
        self.data, self.ends = self.whole.read_bytes(), record_ends(self.whole)
        self.cut.write_bytes(self.data[:self.ends["data/3"] + 1])
        fates = self.salvage(exit_code=1)
        self.assertEqual([row["path"] for row in fates["lost"]], ["list:1", "view"])
        left = torch.load(self.output, weights_only=True)
        self.assertEqual(list(left), ["first", "sparse", "list", "n"])
        self.assertEqual((left["list"][1], left["list"][2], left["n"]), (None, 5, 3))
        self.assertTrue(torch.equal(left["sparse"].to_dense(), torch.eye(3)))
        self.cut.write_bytes(self.data[:self.ends["data/1"] + 1])
        fates = self.salvage(exit_code=1)
        self.assertEqual([row["path"] for row in fates["lost"]], ["sparse", "list:0", "list:1", "view"])

    def test_files_of_older_torch(self):
        for name in ("many_tensors", "training", "views"):
            source = common.TESTDATA / "torch-1.13" / f"{name}.pt"
            with self.subTest(name):
                self.cut.write_bytes(source.read_bytes()[:-1])
                self.salvage()
                difference = common.loaded_difference(common.load(self.output), common.load(source))
                self.assertIsNone(difference)


if __name__ == "__main__":
    common.main()
