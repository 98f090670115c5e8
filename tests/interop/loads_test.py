"""Whatever ckpt writes, torch loads, with weights_only and mmap too where it loaded the input so;
and what it loads is what the same edit in Python leaves: values, order, strides, sharing."""
import common
import edit_cases
import torch

WAYS = ({"weights_only": False}, {"weights_only": True}, {"weights_only": True, "mmap": True},
        {"weights_only": False, "mmap": True})


def is_loadable(path, way):
    try:
        common.load(path, **way)
    except Exception:  # of any kind: the question is only whether torch takes the input so
        return False
    return True


class Loads(common.TestCase):
    def assert_loads_as(self, ours, source, expected):
        """Loads `ours` in every way in which `source` loads, and compares with `expected`."""
        for way in WAYS:
            if not is_loadable(source, way):
                continue
            difference = common.loaded_difference(common.load(ours, **way), expected)
            self.assertIsNone(difference, f"{ours.name} with {way}")

    def test_edited_files_load_and_are_equal(self):
        for number, case in enumerate(edit_cases.ALL):
            with self.subTest(case.name):
                folder = self.fresh_folder(str(number))
                source, ours, changed = edit_cases.run_case(self, case, folder)
                self.assert_loads_as(ours, source, changed)

    def test_edits_of_testdata_load_and_are_equal(self):
        for folder, edit in edit_cases.testdata_edits():
            with self.subTest(f"{folder.name}: {edit['output']}"):
                ours, theirs = edit_cases.run_testdata_edit(self, folder, edit)
                self.assert_loads_as(ours, theirs, common.load(theirs))

    def test_a_model_takes_a_renamed_state_dict_strictly(self):
        model = edit_cases.state_dicts.BatchNormNet()
        wrapped = edit_cases.state_dicts.Wrapper("module", model)
        source, ours = self.folder / "ddp.pt", self.folder / "plain.pt"
        torch.save(wrapped.state_dict(), source)
        self.run_ckpt("remap", source, "-o", ours, "--strip-prefix", "module.")
        state = common.load(ours, weights_only=True)
        model.load_state_dict(state, strict=True)
        self.assertEqual(state._metadata["bn1"], {"version": 2})
        self.assertEqual(list(state._metadata), list(model.state_dict()._metadata))


if __name__ == "__main__":
    common.main()
