"""`ckpt ls --json --all` and torch say the same of every tensor: where it is, dtype, shape, stride,
offset, and which tensors share a storage.

What torch says of testdata lies beside the files, written by the version that wrote them; of the
corpus the installed torch is asked. Tensors that are no plain strided views (sparse, nested) are
compared by none but those who list them: ckpt may list their parts below them.
"""
import ast
import collections
import json
import re

import common

SURROGATE = re.compile("[\ud800-\udfff]")


def step_of(step):
    """A step of describe.py as the text of a key-path level."""
    if isinstance(step, str):
        return step
    (kind, value), = step.items()
    if kind in ("int", "index"):
        return value
    if kind == "attribute":
        return value
    literal = {"bytes": lambda: bytes.fromhex(value), "float": lambda: float(value),
               "repr": lambda: ast.literal_eval(value)}.get(kind, lambda: value)()
    return f"<{literal!r}>"


def parse_path(text):
    """The levels of a key path: bare integers are ints, quoted ones are strings, so is the rest."""
    if not text:
        return ()  # the top itself
    levels, position = [], 0
    while position <= len(text):
        if text.startswith('"', position):
            level, end = json.JSONDecoder().raw_decode(text, position)
        else:
            end = text.find(":", position)
            end = len(text) if end < 0 else end
            level = text[position:end]
            level = int(level) if re.fullmatch(r"-?\d+", level) else level
        levels.append(level)
        position = end + 1
    return tuple(levels)


def without_surrogates(levels):
    """Lone surrogates are no valid Unicode: a JSON writer may put U+FFFD for each, or several."""
    return tuple(re.sub("\ufffd+", "\ufffd", SURROGATE.sub("\ufffd", level))
                 if isinstance(level, str) else level for level in levels)


def comparable(row):
    """What must be equal, from a row of describe.py."""
    result = {name: row[name] for name in ("dtype", "shape", "stride")}
    if row["storage"] is not None:
        result.update(offset=row["offset"], storage_bytes=row["storage_bytes"])
    return result


def comparable_listed(row, expected):
    """The same from a row of ls; only what torch has something to say about."""
    result = {name: row.get(name) for name in ("dtype", "shape", "stride")}
    if "offset" in expected:
        result.update(offset=row.get("offset"), storage_bytes=row["storage"]["bytes"])
    return result


def sharing(pairs):
    """Groups of paths with one storage; `pairs` are (path, storage id)."""
    groups = collections.defaultdict(set)
    for path, storage in pairs:
        groups[storage].add(path)
    return sorted(sorted(map(str, group)) for group in groups.values())


def is_plain(row):
    return "layout" not in row and "nested" not in row


class Ls(common.TestCase):
    def listing(self, path):
        answer = json.loads(self.run_ckpt("ls", "--json", "--all", path))
        self.assertEqual(answer["schema"], "ckpt.ls/1")
        return answer

    def assert_keys_are_short_paths(self, answer):
        """Directly inside the root the key stands alone, elsewhere it is the full path."""
        root = parse_path(answer["root"]) if answer["root"] else ()
        for row in answer["tensors"]:
            path = parse_path(row["path"])
            inside = path[:len(root)] == root and len(path) == len(root) + 1
            self.assertIn(row["key"], (row["path"][len(answer["root"]):].lstrip(":"), path[-1])
                          if inside else (row["path"],))

    def assert_says_what_torch_says(self, answer, torch_rows):
        by_path = {without_surrogates(parse_path(row["path"])): row for row in answer["tensors"]}
        self.assertEqual(len(by_path), len(answer["tensors"]), "a path is listed twice")
        expected = {without_surrogates(map(step_of, row["path"])): row for row in torch_rows}
        listed, shared = [], []
        for path, row in expected.items():
            if not is_plain(row):
                continue
            self.assertIn(path, by_path)
            want = comparable(row)
            self.assertEqual(comparable_listed(by_path[path], want), want, path)
            listed.append(path)
            if row["storage_bytes"]:
                shared.append((path, row["storage"], by_path[path]["storage"]["id"]))
        self.assertEqual(sharing((path, ours) for path, _, ours in shared),
                         sharing((path, theirs) for path, theirs, _ in shared))
        self.assertEqual([path for path in by_path if path in listed], listed, "the order")
        for path in by_path:
            self.assertTrue(any(path[:length] in expected for length in range(len(path) + 1)),
                            f"torch has no tensor at or above {path}")

    def check(self, path, torch_rows):
        with self.subTest(common.file_label(path)):
            answer = self.listing(path)
            self.assert_says_what_torch_says(answer, torch_rows)
            self.assert_keys_are_short_paths(answer)

    def test_every_archive_of_testdata_is_listed_as_torch_sees_it(self):
        for path in common.testdata_files():
            if path.stem == "library_objects":
                continue  # tensors inside a namedtuple and in slots: see the next test
            self.check(path, json.loads(path.with_name(f"{path.name}.json").read_text())["tensors"])

    def test_tensors_inside_unknown_objects_are_listed_wherever_that_is(self):
        for path in common.TESTDATA.glob("torch-*/library_objects.pt"):
            torch_rows = json.loads(path.with_name(f"{path.name}.json").read_text())["tensors"]
            seen = [json.dumps(comparable_listed(row, comparable(torch_rows[0])), sort_keys=True)
                    for row in self.listing(path)["tensors"]]
            self.assertCountEqual(
                seen, [json.dumps(comparable(row), sort_keys=True) for row in torch_rows])

    @common.needs_corpus
    def test_every_archive_of_the_corpus_is_listed_as_torch_sees_it(self):
        for path in common.corpus_files():
            self.check(path, json.loads(json.dumps(common.describe.describe(common.load(path)))))


if __name__ == "__main__":
    common.main()
