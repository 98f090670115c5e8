"""What the cases of conversions_test.py are made of."""
import torch

CASES = []


class Case:
    """rules        the text of a rule file
    source       what is saved; tied entries are one tensor
    target       what must come out, in order
    params       values for -D
    lost         keys that --reverse does not bring back
    skips_model  the executable model has no such dtype, or no such lists
    """

    def __init__(self, rules, source, target, params=None, lost=(), skips_model=False):
        self.rules, self.source, self.target = rules, source, target
        self.params, self.lost, self.skips_model = params or {}, set(lost), skips_model


def case(function):
    CASES.append(function)
    return function


class Weights:
    """Random tensors by name: w("a.b", 2, 3)."""

    def __init__(self, seed, dtype=torch.float32):
        self.generator = torch.Generator().manual_seed(seed)
        self.dtype, self.tensors = dtype, {}

    def __call__(self, key, *shape, dtype=None):
        values = torch.randn(shape, generator=self.generator).to(dtype or self.dtype)
        self.tensors[key] = values
        return values


def own(tensor):
    return tensor.contiguous().clone()


def halves(tensor, size):
    heads = tensor.reshape(-1, size // 2, 2, *tensor.shape[1:])
    return own(heads.transpose(1, 2).reshape(tensor.shape))
