"""Holds ckpt check against what other scanners of pickles know to be hostile: for every callable
that their tables and tests call unsafe a pickle that calls it, in four forms, and the files that they
ship. Reads their sources and runs none of them; nothing is unpickled.

  scanners.py SOURCES    a folder of unpacked source packages

Ends with 1 when a hostile file is safe, or a benign one is not, beyond the kinds that SECURITY.md
names.
"""
import ast
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

CKPT = os.environ.get("CKPT", "ckpt")
TABLE = re.compile(r"unsafe|suspicious_globals|dangerous_(imports|builtins)|os_module_aliases", re.I)
DOTTED = re.compile(r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")
SHIPPED = {".pkl", ".pickle", ".pt", ".pth", ".bin", ".joblib", ".npy", ".npz", ".zip", ".h5", ".keras",
           ".skops", ".7z", ".tar", ".gz", ".dill"}
# Calls that stand encoded in a string of a pickle, and texts that name no callable.
BEYOND = {"nested_pickle_base64.pkl", "nested_pickle_hex.pkl", "decode_exec_chain.pkl",
          "simple_nested.pkl"}
ANY = "anything"


# ---- what the sources call unsafe

def literal(node):
    """Texts, lists, sets and dicts; what else it is does not matter."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.List, ast.Set, ast.Tuple)):
        return [literal(item) for item in node.elts]
    if isinstance(node, ast.Dict):
        return {literal(key): literal(value) for key, value in zip(node.keys, node.values)
                if isinstance(key, ast.Constant)}
    if isinstance(node, ast.Call) and len(node.args) == 1:  # frozenset({...})
        return literal(node.args[0])
    return None


def names_in(table):
    """(module, name) pairs of {module: "*" or names}, of {group: such a table} and of [module]."""
    if isinstance(table, list):
        yield from ((module, ANY) for module in table if isinstance(module, str))
    if not isinstance(table, dict):
        return
    for module, names in table.items():
        if not isinstance(module, str):
            continue
        if isinstance(names, dict) and module.isupper():
            yield from names_in(names)
        elif isinstance(names, (list, dict)) and "functions" not in names:
            yield from ((module, name) for name in names if isinstance(name, str))
        else:
            yield module, ANY


def tables_in(tree):
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and TABLE.search(target.id) for target in targets):
                yield literal(node.value)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values):
                if isinstance(key, ast.Constant) and str(key.value) == "unsafe_globals":
                    yield literal(value)


def expected_in(tree):
    """Global("os", "system", SafetyLevel.Dangerous), as tests expect it."""
    for node in ast.walk(tree):
        if (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Global"
                and len(node.args) == 3 and isinstance(node.args[2], ast.Attribute)
                and node.args[2].attr == "Dangerous"):
            yield literal(node.args[0]), literal(node.args[1])


def unsafe_names(package):
    found = set()
    for path in sorted(package.rglob("*.py")):
        tree = ast.parse(path.read_bytes())
        pairs = [*expected_in(tree), *(pair for table in tables_in(tree) for pair in names_in(table))]
        found.update((module, ANY if name == "*" else name) for module, name in pairs
                     if isinstance(name, str) and DOTTED.match(module or "")
                     and DOTTED.match(ANY if name == "*" else name))
    return sorted(found)


# ---- files

def text(value):
    data = value.encode()
    return b"\x8c" + bytes([len(data)]) + data


def forms(module, name):
    path = f"{module}\n{name}\n".encode()
    yield "global.pkl", b"c" + path + b"(S'x'\ntR."
    yield "inst.pkl", b"(S'x'\ni" + path + b"."
    yield "stack.pkl", b"\x80\4" + text(module) + text(name) + b"\x93" + text("x") + b"\x85R."
    yield "zip.pt", b"\x80\2}q\0X\1\0\0\0ac" + path + b"X\1\0\0\0x\x85Rs."


def write(path, pickle):
    if path.suffix != ".pt":
        path.write_bytes(pickle)
        return
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/data.pkl", pickle)
        archive.writestr("a/version", "3\n")


def reports(paths):
    run = subprocess.run([CKPT, "check", "--json", *map(str, paths)], capture_output=True, check=False)
    return {pathlib.Path(row["file"]): row for row in json.loads(run.stdout)["files"]}


def is_benign(path):
    return path.name.startswith("safe_") or "license_scenarios" in path.parts


class Counts:
    def __init__(self):
        self.hostile = self.benign = self.missed = self.alarms = self.beyond = 0
        self.allowed = set()

    def add_called(self, pair, row):
        self.hostile += 1
        if row.get("safe") is not True:
            return
        if row["globals"] and all(entry["allowed"] for entry in row["globals"]):
            self.allowed.add(".".join(pair))
        else:
            self.missed += 1
            print(f"missed: {pair}: {row['file']}")

    def add_shipped(self, path, row):
        if is_benign(path):
            self.benign += 1
            # Formats that are not looked into, and classes of others, are never safe.
            if row.get("safe") is False and not any(not e["allowed"] for e in row.get("globals", [])):
                self.alarms += 1
                print(f"alarm: {path}")
            return
        self.hostile += 1
        if row.get("safe") is not True:
            return
        if path.name in BEYOND:
            self.beyond += 1
            return
        self.missed += 1
        print(f"missed: {path}")


def hold_against(package):
    counts = Counts()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        made = {}
        for number, pair in enumerate(unsafe_names(package)):
            for form, pickle in forms(*pair):
                path = folder / f"{number}-{form}"
                write(path, pickle)
                made[path] = pair
        if made:
            for path, row in reports([folder]).items():
                counts.add_called(made[path], row)
    shipped = [path for path in sorted(package.rglob("*"))
               if path.suffix in SHIPPED and "tests" in path.parts]
    if shipped:
        for path, row in reports(shipped).items():
            counts.add_shipped(path, row)
    print(f"{package.name}: {counts.hostile} hostile, {counts.missed} missed, {counts.beyond} beyond "
          f"what is promised; {counts.benign} benign, {counts.alarms} alarms; allowed by weights_only: "
          f"{', '.join(sorted(counts.allowed)) or 'none'}")
    return counts.missed + counts.alarms


def main():
    packages = [path for path in sorted(pathlib.Path(sys.argv[1]).iterdir()) if path.is_dir()]
    sys.exit(1 if sum([hold_against(package) for package in packages]) or not packages else 0)


if __name__ == "__main__":
    main()
