"""What one would write in Python for the jobs of jobs.py: the fastest ways that torch offers, mapped
loading included.

    torch_peer.py ls FILE | ls-json FILE | rename FILE OUT | filter FILE OUT
"""
import json
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


def rename(path, output):
    torch.save({key.removeprefix("module."): tensor for key, tensor in load(path).items()}, output)


def keep_half(path, output):
    torch.save({key: tensor for key, tensor in load(path).items()
                if key.startswith("module.encoder.")}, output)


JOBS = {"ls": ls, "ls-json": ls_json, "rename": rename, "filter": keep_half}

if __name__ == "__main__":
    JOBS[sys.argv[1]](*sys.argv[2:])
