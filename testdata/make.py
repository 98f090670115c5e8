#!/usr/bin/env python3
"""Writes the small real files that the tests read, and beside each what torch says of it.

    python3 testdata/make.py              all files of the installed torch, into testdata/torch-X.Y/
    python3 testdata/make.py tied views   only these

X.pt, X.pt.json (see describe.py), edits/ with edits.json (see make_cases/edits.py). The files are
committed; tests do not run this. A second run gives the same bytes, but for the storage keys of the
pre-1.6 format (legacy_*), which are addresses.
"""
import io
import json
import os
import pathlib
import sys
import warnings

HERE = pathlib.Path(__file__).resolve().parent

if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets reaches the files
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})

import torch  # noqa: E402 (after the restart above)

import describe  # noqa: E402
import sample_types  # noqa: E402
from make_cases import edits, objects, state_dicts, tensors, training  # noqa: E402

LARGEST_FILE_BYTES = 100_000
IS_TORCH_2 = int(torch.__version__.split(".")[0]) >= 2

THEMES = (state_dicts, tensors, objects, training)
BUILDERS = {name: builder for theme in THEMES for name, builder in theme.BUILDERS.items()}
if IS_TORCH_2:
    for theme in (state_dicts, tensors, training):
        BUILDERS.update(theme.BUILDERS_SINCE_2)


def save(value, path):
    torch.save(value, path)


def save_to_buffer(value, path):
    buffer = io.BytesIO()
    torch.save(value, buffer)
    pathlib.Path(path).write_bytes(buffer.getvalue())


def save_without_crc(value, path):
    torch.serialization.set_crc32_options(False)
    try:
        torch.save(value, path)
    finally:
        torch.serialization.set_crc32_options(True)


def save_with_protocol(protocol):
    return lambda value, path: torch.save(value, path, pickle_protocol=protocol)


def save_legacy(value, path):
    torch.save(value, path, _use_new_zipfile_serialization=False)


# name: (builder, how it is saved)
OTHER_WAYS = {
    "protocol3": ("containers", save_with_protocol(3)),
    "protocol4": ("containers", save_with_protocol(4)),
    "protocol4_training": ("training", save_with_protocol(4)),
    "protocol5": ("plain", save_with_protocol(5)),
    "buffer_saved": ("plain", save_to_buffer),
    "legacy": ("plain", save_legacy),
    "legacy_views": ("views", save_legacy),
    "legacy_training": ("training", save_legacy),
    "legacy_model": ("own_model", save_legacy),
}
if IS_TORCH_2:
    OTHER_WAYS["crc_off"] = ("plain", save_without_crc)


def load(path):
    """As the object was; only for files that this script wrote."""
    return torch.load(path, weights_only=False) if IS_TORCH_2 else torch.load(path)


def write(name, folder, value, save_as):
    path = folder / f"{name}.pt"
    save_as(value, str(path))
    rows = describe.describe(load(path))
    path.with_name(f"{path.name}.json").write_text(describe.as_json(path.name, rows))


def write_files(names, folder):
    ways = {name: (name, save) for name in BUILDERS} | OTHER_WAYS
    for name in names or ways:
        builder, save_as = ways[name]
        torch.manual_seed(0)
        write(name, folder, BUILDERS[builder](), save_as)


def write_edits(folder):
    (folder / "edits").mkdir(exist_ok=True)
    rows = []
    for edit in edits.EDITS:
        source, output = f"{edit.source}.pt", f"edits/{edit.source}.{edit.name}.pt"
        write(output.removesuffix(".pt"), folder, edit.change(load(folder / source)), save)
        rows.append({"input": source, "output": output, "arguments": edit.arguments})
    lines = ",\n".join(json.dumps(row) for row in rows)
    (folder / "edits" / "edits.json").write_text(f"[\n{lines}\n]\n")


def check_sizes(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    large = [path.name for path in files if path.stat().st_size > LARGEST_FILE_BYTES]
    if large:
        sys.exit(f"{folder.name}: larger than {LARGEST_FILE_BYTES} bytes: {', '.join(large)}")
    total = sum(path.stat().st_size for path in files)
    print(f"{folder.name}: {len(files)} files, {total} bytes")


def main(names):
    warnings.simplefilter("ignore")  # quantised and sparse tensors are announced as beta, or old
    torch.set_num_threads(1)
    # Legacy files of whole models name their source file: not by a path of this machine.
    os.chdir(HERE)
    sample_types.__file__ = "sample_types.py"
    folder = HERE / ("torch-" + ".".join(torch.__version__.split(".")[:2]))
    folder.mkdir(exist_ok=True)
    write_files(names, folder)
    if not names:
        write_edits(folder)
    check_sizes(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
