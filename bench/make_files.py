#!/usr/bin/env python3
"""Makes the files that the bench measures on: by torch.save where torch is there, else in the same
format by torch_format.py.

    bench/make_files.py FOLDER [--size MIB] [--tiny N]

model.pt  300 float32 tensors (weights and biases) of MIB MiB together, named as DataParallel names
          them: module.encoder.layers.0.weight; half of the layers are the encoder's
equal.pt, changed.pt  the same tensors once more, and with every number changed, for diff
tiny.pt   N tensors of 4 numbers
training.pt  a third of model.pt, and the Adam that trains it
small.pt  a tenth of model.pt
small/    200 files of 30 tensors of 4 numbers
"""
import argparse
import pathlib
import shutil

try:
    import torch
except ImportError:
    torch = None

import torch_format

LAYERS = 150
FLOAT_BYTES = 4
COLUMNS = 1024
SMALL_FILES = 200


def model_shapes(size_mib):
    """Shapes by name: a weight and a bias a layer."""
    floats_per_layer = size_mib * 2**20 // FLOAT_BYTES // LAYERS
    rows = max(1, floats_per_layer // COLUMNS - 1)
    shapes = {}
    for layer in range(LAYERS):
        part = "encoder" if layer < LAYERS // 2 else "decoder"
        name = f"module.{part}.layers.{layer % (LAYERS // 2)}"
        shapes[f"{name}.weight"] = (rows, COLUMNS)
        shapes[f"{name}.bias"] = (COLUMNS,)
    return shapes


def tiny_shapes(count):
    return {f"blocks.{index // 10}.part{index % 10}.weight": (4,) for index in range(count)}


def adam_shapes(model):
    """Of the model and of its moments, which have its shapes; step is a scalar."""
    moments = {f"{slot} {name}": shape for name, shape in model.items()
               for slot, shape in (("step", ()), ("exp_avg", shape), ("exp_avg_sq", shape))}
    return model | moments


def with_adam(tensors):
    """The tensors of adam_shapes as a checkpoint of a training."""
    model = {name: tensor for name, tensor in tensors.items() if " " not in name}
    state = {index: {slot: tensors[f"{slot} {name}"] for slot in ("step", "exp_avg", "exp_avg_sq")}
             for index, name in enumerate(model)}
    group = {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-08, "weight_decay": 0, "amsgrad": False,
             "params": list(state)}
    return {"model": model, "optimizer": {"state": state, "param_groups": [group]}, "epoch": 3}


def save(shapes, path, seed=0, arrange=dict):
    """Numbers from 0 to 1; those of two seeds differ almost everywhere. `arrange` makes of the
    tensors by name what is saved."""
    if torch is None:
        torch_format.save(shapes, path, seed, arrange)
    else:
        torch.manual_seed(seed)
        torch.save(arrange({name: torch.rand(shape) for name, shape in shapes.items()}), path)


def main():
    parser = argparse.ArgumentParser(description="makes the files that the bench measures on")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--size", type=int, default=2048, metavar="MIB")
    parser.add_argument("--tiny", type=int, default=100_000, metavar="N")
    options = parser.parse_args()
    save(model_shapes(options.size), options.folder / "model.pt")
    shutil.copyfile(options.folder / "model.pt", options.folder / "equal.pt")
    save(model_shapes(options.size), options.folder / "changed.pt", seed=1)
    save(tiny_shapes(options.tiny), options.folder / "tiny.pt")
    save(adam_shapes(model_shapes(options.size // 3)), options.folder / "training.pt",
         arrange=with_adam)
    save(model_shapes(options.size // 10), options.folder / "small.pt")
    (options.folder / "small").mkdir()
    for index in range(SMALL_FILES):
        save(tiny_shapes(30), options.folder / "small" / f"{index}.pt")


if __name__ == "__main__":
    main()
