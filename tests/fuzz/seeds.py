"""What the fuzz targets start from, one folder a kind, made of the files of this project and, where
they lie beside it, of a corpus and of remap cases.

    seeds.py PROJECT OUT
"""
import bz2
import gzip
import hashlib
import io
import json
import pathlib
import shutil
import sys
import tarfile
import zipfile
import zlib

MOST_BYTES = 12_000
DIVIDER = "\n%%\n"

PATTERNS = [
    ("layer1", "layer1.0.weight"),
    ("layer*.weight", "layer1.weight"),
    ("**.bias", "a.b.bias"),
    ("{conv,bn}1", "bn1.weight"),
    ("{a,{b,c}}{1,}", "b1"),
    (r"re:^l.*\d$", "layer1"),
    ("re:(a|b)+?[^c]{2,5}", "ababxx"),
    ("!layer4", "layer4.0"),
    ("optimizer:**", "optimizer:state:0"),
    (":epoch", "epoch"),
    (r"a\*b", "a*b"),
    ('optimizer:state:"0"', "0"),
    ("encoder.*=>enc.*", "encoder.layer1.weight"),
    ("{a,b}.**=>{1}x.**", "a.b.c"),
    ("module.?=>?", "module._orig_mod.a"),
]

KEYS = "a.0.w 2x4\na.1.w 2x4\na.0.b 2\na.1.b 2\nq 4x6\nn 1"
RULES = [
    "a.* -> b.*",
    "a.{i}.* -> layers.{i+1}.*\nkeep **",
    "[a.{i}. -> b.{1-i}.]\n{w,b} -> {weight,bias}\n[]\ndrop q\nkeep n",
    "q -> {q,k,v} | split(0, [1, 1, 2])",
    "a.{0..1}.w -> w | cat(0)\n? none -> x\nkeep **",
    "q -> r | t | reshape(2, -1) | permute(1, 0)",
    "q -> r | rearrange(\"(h d) c -> h d c\", h=2)",
    "param heads = 2\nlet d = dim(q, 0)/heads\nnew p = zeros(d, heads) f32\nkeep **",
    "new p.{i} = arange(0, 1, 4) i64 for a.{i}.w\nkeep **",
    "let n = count(a.{i}.w)\na.{i}.* -> b.{n-1-i}.*\nkeep **",
    "**.w -> **.weight\nkeep **",
    "q -> r | slice(0, 1, 3) | pad(0, 8) | cast(f16) | mul(2) | add(1)",
]

TEXTS = [
    "0123456789abcdef0123456789abcdef  model.pt\n\\0123456789abcdef0123456789abcdef  a\\tb\\n\tfc\n",
    '{"schema": "ckpt.shapes/1", "tensors": [{"key": "fc.weight", "dtype": "float32", "shape": [3, 4]}]}',
    '{"hidden_size": 768, "layers": 12, "name": "x", "theta": 1e4}',
]

# dtype, rank, flags, offset, (size, stride)...; then the storage
VIEWS = [
    bytes([1, 2, 0, 0, 2, 3, 3, 1]) + bytes(range(24)),
    bytes([1, 2, 0, 0, 3, 1, 2, 3]) + bytes(range(24)),
    bytes([3, 1, 0, 1, 4, 1]) + bytes(range(10)),
    bytes([20, 1, 1, 0, 2, 1]) + bytes(range(16)),
    bytes([13, 3, 0, 0, 2, 0, 3, 1, 1, 9]) + bytes(range(3)),
    bytes([10, 0, 4, 0]) + bytes(range(8)),
]


def add(folder, data):
    if isinstance(data, str):
        data = data.encode()
    if len(data) <= MOST_BYTES:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def pickles_of(path):
    try:
        with zipfile.ZipFile(path) as archive:
            return [archive.read(name) for name in archive.namelist() if name.endswith(".pkl")]
    except (zipfile.BadZipFile, OSError):
        return []


def add_checkpoints(project, out):
    for folder in (project / "testdata", project.parent / "shared/corpus"):
        for path in sorted(folder.rglob("*")):
            if path.suffix not in {".pt", ".pth", ".bin", ".pkl"}:
                continue
            pickles = pickles_of(path)
            add(out / ("archives" if pickles else "pickles"), path.read_bytes())
            for pickle in pickles:
                add(out / "pickles", pickle)


def tar_of(records):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in records.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def zip_of(records):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in records.items():
            archive.writestr(zipfile.ZipInfo(f"a/{name}"), data)  # without a date
    return file.getvalue()


def add_wrapped_pickles(out):
    """Pickles that `check` looks for in tars, and in what is compressed by itself."""
    pickle = b"\x80\x02ccollections\nOrderedDict\n)R."
    add(out / "archives", tar_of({"storages": pickle, "tensors": pickle, "pickle": pickle}))
    for packed in (gzip.compress(pickle, mtime=0), zlib.compress(pickle), bz2.compress(pickle)):
        add(out / "archives", packed)
        add(out / "archives", tar_of({"x.pkl": packed}))
        add(out / "archives", zip_of({"data.pkl": pickle, "version": b"3\n", "x.pkl": packed, "x": packed}))
    checkpoint = zip_of({"data.pkl": pickle, "version": b"3\n", "data/0": bytes(8)})
    add(out / "archives", gzip.compress(tar_of({"model.pth": checkpoint, "x": gzip.compress(pickle)}), mtime=0))
    add(out / "archives", zip_of({"model.pth": checkpoint, "x.tar": tar_of({"x": pickle})}))
    add(out / "archives", tar_of({"x": gzip.compress(gzip.compress(checkpoint, mtime=0), mtime=0)}))


def key_lines(tensors):
    return "\n".join(f"{row['key']} {'x'.join(map(str, row['shape']))}" for row in tensors)


def add_rules(project, out):
    cases = project.parent / "shared/cases/remap"
    for path in sorted((project / "presets").rglob("*.remap")):
        case = cases / f"{path.parent.name}__{path.stem}.json"
        keys = key_lines(json.loads(case.read_text())["source"]) if case.exists() else ""
        add(out / "rules", path.read_text() + DIVIDER + keys)
    for case in sorted(cases.glob("*__*.json")):
        if case.name.endswith(".rules.json"):
            add(out / "texts", case.read_bytes())
            continue
        sides = json.loads(case.read_text())
        add(out / "keys", key_lines(sides["source"]) + DIVIDER + key_lines(sides["target"]))


def main():
    project, out = map(pathlib.Path, sys.argv[1:])
    shutil.rmtree(out, ignore_errors=True)
    add_checkpoints(project, out)
    add_wrapped_pickles(out)
    add_rules(project, out)
    add(out / "keys", "a.0.weight 2x3\na.1.weight 3x3" + DIVIDER + "b.1.w 2x3\nb.2.w 3x3")
    for pattern in PATTERNS:
        add(out / "patterns", DIVIDER.join(pattern))
    for rules in RULES:
        add(out / "rules", rules + DIVIDER + KEYS)
    for text in TEXTS:
        add(out / "texts", text)
    for view in VIEWS:
        add(out / "views", view)


if __name__ == "__main__":
    main()
