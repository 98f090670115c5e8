"""The same edit by ckpt and by hand in Python (load, change the dict, torch.save): one file.

Equal byte for byte, but for the digits of .data/serialization_id that depend on the C++ library.
"""
import common
import edit_cases
import torch


class Edits(common.TestCase):
    def check_cases(self, cases):
        for number, case in enumerate(cases):
            with self.subTest(case.name):
                folder = self.fresh_folder(str(number))
                _, ours, changed = edit_cases.run_case(self, case, folder)
                (folder / "torch").mkdir()
                theirs = folder / "torch" / case.output_name
                torch.save(changed, theirs)
                self.assert_same_file(ours, theirs)

    def test_filtered_state_dicts_are_what_torch_saves(self):
        self.check_cases(edit_cases.FILTERS)

    def test_checkpoints_without_some_sections_are_what_torch_saves(self):
        self.check_cases(edit_cases.SECTIONS)

    def test_renamed_state_dicts_are_what_torch_saves(self):
        self.check_cases(edit_cases.RENAMES)

    def test_identity_of_texts_is_what_torch_sees_after_loading(self):
        self.check_cases(edit_cases.IDENTITY)

    def test_the_output_name_gives_the_top_folder_as_torch_has_it(self):
        self.check_cases(edit_cases.FILE_NAMES)

    def test_edits_of_testdata_are_what_torch_of_that_version_saved(self):
        for folder, edit in edit_cases.testdata_edits():
            with self.subTest(f"{folder.name}: {edit['output']}"):
                self.assert_same_file(*edit_cases.run_testdata_edit(self, folder, edit))


if __name__ == "__main__":
    common.main()
