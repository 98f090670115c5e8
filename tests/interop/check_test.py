"""What `ckpt check` says of loading is what torch.load(weights_only=True) does."""
import json
import warnings
import zipfile

import common
import hostile_files_test
import torch
import weights_only_cases

STORAGE_BYTES = torch.arange(6.).numpy().tobytes()


# What ckpt does not read, though this one unpickler would: CPython's refuses the first and the last,
# and the other has a stride too few.
STRICTER = {"list as arguments", "protocol 9", "rebuild, ranks differ"}


def write_archive(path, pickle):
    writer = torch._C.PyTorchFileWriter(str(path))
    writer.write_record("data.pkl", pickle, len(pickle))
    writer.write_record("data/0", STORAGE_BYTES, len(STORAGE_BYTES))
    writer.write_end_of_file()


def torch_refusal(path):
    """"" when torch loads it, on a machine with every device."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            torch.load(path, weights_only=True, map_location="cpu")
        except Exception as error:  # of any kind: torch refuses in many ways
            return f"{type(error).__name__}: {str(error)[:300]}"
    return ""


class WeightsOnly(common.TestCase):
    def verdicts(self, folder, least):
        run = common.subprocess.run([common.CKPT, "check", "--json", str(folder)],
                                    capture_output=True, check=False)
        files = json.loads(run.stdout)["files"]
        self.assertGreaterEqual(len(files), least)
        return files

    def assert_agrees(self, folder, least):
        differences = []
        for file in self.verdicts(folder, least):
            loading = file["loading"]
            loads = loading["weights_only"] and not file["problems"] if loading else False
            refusal = torch_refusal(file["file"])
            if loads != (refusal == ""):
                label = labels_of(folder)[common.pathlib.Path(file["file"]).stem]
                if label in STRICTER and not loads:
                    continue
                ours = loading and loading["refusal"] or file["problems"]
                differences.append(f"{label}: ckpt: {ours or 'loads'}; torch: {refusal or 'loads'}")
        self.assertEqual([], differences, "\n" + "\n".join(differences))

    def test_streams_by_hand(self):
        cases = weights_only_cases.streams()
        for number, (label, pickle) in enumerate(cases):
            write_archive(self.folder / f"s{number:04}.pt", pickle)
        (self.folder / "labels.json").write_text(
            json.dumps({f"s{i:04}": label for i, (label, _) in enumerate(cases)}))
        self.assert_agrees(self.folder, len(cases))

    def test_saved_values_of_every_protocol(self):
        labels = {}
        for label, protocol, value in weights_only_cases.protocol_dumps():
            stem = f"v{len(labels):04}"
            torch.save(value, self.folder / f"{stem}.pt", pickle_protocol=protocol)
            labels[stem] = f"{label}, protocol {protocol}"
        (self.folder / "labels.json").write_text(json.dumps(labels))
        self.assert_agrees(self.folder, 300)

    def test_saved_values_of_the_stream_before_1_6(self):
        labels = {}
        for label, value in weights_only_cases.saved_values():
            if label.startswith("nested tensor"):
                continue  # torch asks memory that nobody has written for their sizes
            stem = f"l{len(labels):04}"
            try:
                torch.save(value, self.folder / f"{stem}.pt", _use_new_zipfile_serialization=False)
                labels[stem] = label
            except (RuntimeError, TypeError, KeyError, AttributeError, NotImplementedError):
                (self.folder / f"{stem}.pt").unlink()
        (self.folder / "labels.json").write_text(json.dumps(labels))
        self.assert_agrees(self.folder, 70)

    def test_archives_that_only_pytorch_reads_so(self):
        pickle = b"\x80\x02N."
        archives = {
            "as it should be": [("a/data.pkl", pickle), ("a/version", b"3\n")],
            "a 0 byte in the names": [("a\0b/data.pkl", pickle), ("a\0b/version", b"3\n")],
            "another version of TorchScript": [
                ("a/data.pkl", pickle), ("a/version", b"3\n"), ("a/.data/version", b"99")],
            "another version for others": [
                ("a/data.pkl", pickle), ("a/version", b"99"), ("a/.data/version", b"3")],
            "an id that is no text": [
                ("a/data.pkl", pickle), ("a/version", b"3\n"), ("a/.data/serialization_id", b"\xff")],
            "a long id": [("a/data.pkl", pickle), ("a/version", b"3\n"),
                          ("a/.data/serialization_id", b"1" * 5000)],
            "TorchScript": [("a/data.pkl", pickle), ("a/version", b"3\n"),
                            ("a/constants.pkl", b"\x80\x02).")],
            "a pickle that is marked as a folder": [("a/data.pkl", pickle), ("a/version", b"3\n")],
        }
        labels = {}
        for label, records in archives.items():
            stem = f"a{len(labels):04}"
            labels[stem] = label
            path = self.folder / f"{stem}.pt"
            path.write_bytes(hostile_files_test.make_zip(
                [hostile_files_test.entry(*record) for record in records]))
            if "folder" in label:
                data = bytearray(path.read_bytes())
                data[data.index(b"PK\1\2") + 38] = 0x10
                path.write_bytes(data)
        (self.folder / "labels.json").write_text(json.dumps(labels))
        self.assert_agrees(self.folder, len(archives))

    def test_every_global_that_torch_allows_is_allowed_and_no_other(self):
        import torch._weights_only_unpickler as restricted
        allowed = set(restricted._get_allowed_globals())
        paths = weights_only_cases.global_paths()
        pickle = b"\x80\x02" + b"".join(
            weights_only_cases.name(path) + b"0" for path in paths if "." in path) + b"N."
        write_archive(self.folder / "all.pt", pickle)
        found = {row["name"]: row["allowed"]
                 for row in self.verdicts(self.folder, 1)[0]["globals"]}
        self.assertEqual(allowed, {name for name, is_allowed in found.items() if is_allowed})
        self.assertGreater(len(found), len(allowed) + 40)


class EveryByte(common.TestCase):
    """--crc of archives that torch did not lay out."""

    def check(self, path, exit_code):
        return json.loads(self.run_ckpt("check", "--crc", "--json", path, exit_code=exit_code))["files"][0]

    def rezipped(self, method):
        source, path = common.TESTDATA / "torch-2.13" / "tied.pt", self.folder / "zipped.pt"
        with zipfile.ZipFile(path, "w", method) as archive:
            for name, _, data in common.records(source):
                archive.writestr(name, data)
        return path

    def test_rezipped_files_are_whole_and_their_damage_is_found(self):
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            with self.subTest(method):
                path = self.rezipped(method)
                self.assertEqual(self.check(path, 0)["problems"], [])
                whole = path.read_bytes()
                with zipfile.ZipFile(path) as archive:
                    entry = next(entry for entry in archive.infolist() if entry.filename.endswith("data/0"))
                payload = entry.header_offset + 30 + len(entry.filename)
                for offset in (payload, entry.header_offset + 8, entry.header_offset + 14,
                               entry.header_offset + 18, entry.header_offset + 30):
                    damaged = bytearray(whole)
                    damaged[offset] ^= 1
                    path.write_bytes(damaged)
                    problems = self.check(path, 1)["problems"]
                    self.assertIn("data/0", str(problems), offset)

    def test_what_an_edit_in_place_leaves_behind_is_no_damage(self):
        path = self.folder / "edited.pt"
        path.write_bytes((common.TESTDATA / "torch-2.13" / "tied.pt").read_bytes())
        self.run_ckpt("remap", path, "--in-place", "--add-prefix", "x.")
        report = self.check(path, 0)
        self.assertEqual(report["problems"], [])
        self.assertIn("belong", report["remarks"][0])

    def test_finite_tells_counts_and_the_first_index(self):
        path = self.folder / "odd.pt"
        odd = torch.zeros(3, 4)
        odd[1, 2], odd[2, 0], odd[2, 3] = float("nan"), float("inf"), -float("inf")
        torch.save({"odd": odd, "turned": odd.t(), "half": odd.bfloat16(), "fine": torch.rand(3),
                    "ones": torch.ones(2), "integers": torch.zeros(2, dtype=torch.int64)}, path)
        report = json.loads(self.run_ckpt("check", "--finite", "--json", path, exit_code=1))["files"][0]
        self.assertEqual(report["verdict"], "not finite")
        row = {"elements": 12, "nan": 1, "inf": 2}
        self.assertEqual(report["tensors_not_finite"], [
            {"path": "odd", **row, "first_index": "[1, 2]"},
            {"path": "turned", **row, "first_index": "[0, 2]"},
            {"path": "half", **row, "first_index": "[1, 2]"}])
        self.assertEqual(report["tensors_constant"], ["ones"])

    def test_repeated_elements_are_looked_at_once(self):
        path = self.folder / "repeated.pt"
        some = torch.tensor([0.0, float("nan"), 1.0])[:, None]
        torch.save({"zeros": torch.zeros(1).expand(2**40), "some": some.expand(3, 2**38),
                    "few": some.expand(2, 3, 4)}, path)
        report = json.loads(self.run_ckpt("check", "--finite", "--json", path, exit_code=1))["files"][0]
        self.assertEqual(report["tensors_not_finite"], [
            {"path": "some", "elements": 3 * 2**38, "nan": 2**38, "inf": 0, "first_index": "[1, 0]"},
            {"path": "few", "elements": 24, "nan": 8, "inf": 0, "first_index": "[0, 1, 0]"}])
        self.assertEqual(report["tensors_constant"], ["zeros"])


def labels_of(folder):
    return json.loads((folder / "labels.json").read_text())


if __name__ == "__main__":
    common.main()
