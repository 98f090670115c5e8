"""What one would write in Python for the jobs of jobs.py: the fastest ways that torch offers, mapped
loading included.

    torch_peer.py ls FILE | ls-json FILE | ls-all FOLDER | rename FILE OUT | filter FILE OUT |
                  drop FILE OUT | cast FILE OUT | stats FILE | diff-equal A B | diff-changed A B
"""
import json
import pathlib
import sys

import torch


def load(path):
    return torch.load(path, map_location="cpu", mmap=True, weights_only=True)


def ls(path):
    for key, tensor in load(path).items():
        print(key, tensor.dtype, list(tensor.shape), tensor.nbytes)


def ls_json(path):
    rows = [{"key": key, "dtype": str(tensor.dtype), "shape": list(tensor.shape),
             "bytes": tensor.nbytes} for key, tensor in load(path).items()]
    json.dump({"tensors": rows}, sys.stdout)


def ls_all(folder):
    for path in pathlib.Path(folder).iterdir():
        ls(path)


def rename(path, output):
    torch.save({key.removeprefix("module."): tensor for key, tensor in load(path).items()}, output)


def keep_half(path, output):
    torch.save({key: tensor for key, tensor in load(path).items()
                if key.startswith("module.encoder.")}, output)


def drop_optimizer(path, output):
    checkpoint = load(path)
    del checkpoint["optimizer"]
    torch.save(checkpoint, output)


def cast(path, output):
    torch.save({key: tensor.bfloat16() for key, tensor in load(path).items()}, output)


def stats(path):
    for key, tensor in load(path).items():
        finite = tensor[tensor.isfinite()]
        print(key, finite.min().item(), finite.max().item(), finite.mean().item(),
              finite.std(correction=0).item(), finite.norm().item(), (tensor == 0).sum().item(),
              tensor.isnan().sum().item(), tensor.isinf().sum().item())


def diff_equal(path_a, path_b):
    b = load(path_b)
    if not all(torch.equal(tensor, b[key]) for key, tensor in load(path_a).items()):
        raise SystemExit("different")


def statistics(a, b):
    """The figures of `ckpt diff --json` in float64: of NaN, Inf and signs of zero the counts."""
    changed = a.view(torch.int32) != b.view(torch.int32)
    new_nan = torch.isnan(b) & ~torch.isnan(a)
    new_inf = torch.isinf(b) & ~torch.isinf(a)
    zero_signs = changed & (a == b)
    a, b = a.double().flatten(), b.double().flatten()
    distance = (a - b).abs()
    norm, norm_a, norm_b = distance.norm(), a.norm(), b.norm()
    return [changed.sum(), new_nan.sum(), new_inf.sum(), zero_signs.sum(), distance.max(),
            distance.argmax(), distance.mean(), (distance / b.abs()).max(),
            (distance * distance).mean().sqrt(), norm / norm_a, (a @ b) / (norm_a * norm_b)]


def diff_changed(path_a, path_b):
    b = load(path_b)
    for key, tensor in load(path_a).items():
        print(key, *(figure.item() for figure in statistics(tensor, b[key])))


JOBS = {"ls": ls, "ls-json": ls_json, "ls-all": ls_all, "rename": rename, "filter": keep_half,
        "drop": drop_optimizer, "cast": cast, "stats": stats,
        "diff-equal": diff_equal, "diff-changed": diff_changed}

if __name__ == "__main__":
    JOBS[sys.argv[1]](*sys.argv[2:])
