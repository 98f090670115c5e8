"""A copy that changes nothing is the same file, byte for byte, whoever wrote it."""
import common
import torch


class Identity(common.TestCase):
    def assert_copy(self, copy, original):
        if copy.read_bytes() != original.read_bytes():
            difference = common.first_file_difference(copy.read_bytes(), original.read_bytes())
            self.fail(f"{difference or 'the digits of serialization_id differ'}\n"
                      f"{common.first_record_difference(copy, original)}")

    def check_copies(self, files):
        self.assertTrue(files)
        for number, path in enumerate(files):
            with self.subTest(common.file_label(path)):
                copy = self.fresh_folder(str(number)) / path.name
                self.run_ckpt("filter", path, "-o", copy, "--keep", "**")
                self.assert_copy(copy, path)

    def test_every_archive_of_testdata_is_copied_byte_for_byte(self):
        self.check_copies(common.testdata_files())

    @common.needs_corpus
    def test_every_archive_of_the_corpus_is_copied_byte_for_byte(self):
        self.check_copies(common.corpus_files())

    def test_a_copy_under_another_name_is_the_file_or_what_torch_saves_under_that_name(self):
        path = common.TESTDATA / "torch-2.13" / "training.pt"
        copy = self.folder / "another_name.ckpt"
        self.run_ckpt("filter", path, "-o", copy, "--keep", "**")
        if copy.read_bytes() != path.read_bytes():
            reference = self.fresh_folder("torch") / copy.name
            torch.save(common.load(path), reference)
            self.assert_same_file(copy, reference)

    def test_the_input_is_not_touched(self):
        path = self.folder / "input.pt"
        before = (common.TESTDATA / "torch-2.13" / "plain.pt").read_bytes()
        path.write_bytes(before)
        self.run_ckpt("filter", path, "-o", self.folder / "output.pt", "--keep", "**")
        self.assertTrue(path.read_bytes() == before)


if __name__ == "__main__":
    common.main()
