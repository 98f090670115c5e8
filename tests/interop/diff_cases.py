"""What the tests of `ckpt diff` and `ckpt hash` share: figures as torch computes them in float64, and a
small model that is trained.

Sums are added in another order there, so they agree to nearly the last digit of a double, not to
the bit.
"""
import json
import math

import common
import torch

FLOATS = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
SMALL_FLOATS = [getattr(torch, name) for name in (
    "float8_e5m2", "float8_e4m3fn", "float8_e5m2fnuz", "float8_e4m3fnuz", "float8_e8m0fnu")
    if hasattr(torch, name)]
INTEGERS = [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8]
COMPLEX = [torch.complex128, torch.complex64]
SUM_TOLERANCE = 1e-12


def bits_of(tensor):
    """One integer an element; two for a complex number."""
    tensor = tensor.contiguous()
    if tensor.dtype.is_complex:
        return torch.view_as_real(tensor).view(
            {8: torch.int32, 16: torch.int64}[tensor.element_size()]).flatten(0, -2)
    width = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
    return tensor.view(width[tensor.element_size()]).flatten().unsqueeze(-1)


def widened(tensor):
    tensor = tensor.flatten()
    return tensor.to(torch.complex128 if tensor.dtype.is_complex else torch.float64)


def figures(a, b):
    """What diff --json must say of two tensors of one dtype."""
    changed = (bits_of(a) != bits_of(b)).any(-1)
    a, b = widened(a), widened(b)
    finite = torch.isfinite(a) & torch.isfinite(b)
    result = {"elements": a.numel(), "changed": int(changed.sum()),
              "new_nan": int((torch.isnan(b) & ~torch.isnan(a)).sum()),
              "new_inf": int((torch.isinf(b) & ~torch.isinf(a)).sum()),
              "zero_signs": int((changed & (a == b)).sum())}
    a, b = a[finite], b[finite]
    distance = (a - b).abs()
    norm_a, norm_b = a.norm().item(), b.norm().item()
    not_zero = b.abs() > 0
    result.update(
        max_abs=distance.max().item(), mean_abs=distance.mean().item(),
        max_relative=(distance[not_zero] / b[not_zero].abs()).max().item() if not_zero.any() else 0,
        rms=math.sqrt((distance ** 2).mean().item()),
        relative_norm=distance.norm().item() / norm_a if norm_a else math.inf,
        cosine=(torch.vdot(a, b).real.item() / (norm_a * norm_b)) if norm_a and norm_b else "nan")
    return result


def sample(dtype, shape=(7, 31)):
    count = math.prod(shape)
    if dtype == torch.bool:
        return (torch.arange(count) % 3 == 0).reshape(shape)
    if dtype in INTEGERS:
        return (torch.arange(count) % 100).to(dtype).reshape(shape)
    if dtype.is_complex:
        return torch.complex(torch.linspace(-3, 3, count), torch.linspace(1, 2, count)) \
            .to(dtype).reshape(shape)
    return torch.linspace(0.01, 3, count, dtype=torch.float32).to(dtype).reshape(shape)


class DiffCase(common.TestCase):
    def save(self, name, value):
        path = self.folder / name
        torch.save(value, path)
        return path

    def diff(self, a, b, *options, exit_code=1):
        a = a if not isinstance(a, dict) else self.save("a.pt", a)
        b = b if not isinstance(b, dict) else self.save("b.pt", b)
        report = json.loads(self.run_ckpt("diff", "--json", a, b, *options, exit_code=exit_code))
        self.assertEqual(report["schema"], "ckpt.diff/1")
        self.assertEqual(report["same"], exit_code == 0)
        return report

    def assert_figures(self, row, a, b):
        for name, expected in figures(a, b).items():
            with self.subTest(dtype=str(a.dtype), figure=name):
                if isinstance(expected, float) and math.isfinite(expected):
                    self.assertTrue(math.isclose(row[name], expected, rel_tol=SUM_TOLERANCE,
                                                 abs_tol=0), (row[name], expected))
                else:
                    self.assertEqual(row[name], "inf" if expected == math.inf else expected)


def make_model():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4),
                               torch.nn.Flatten(), torch.nn.Linear(144, 2))


def train(model, optimizer, steps, first=0):
    for step in range(first, first + steps):
        torch.manual_seed(100 + step)
        loss = model(torch.randn(8, 3, 8, 8)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def checkpoint(model, optimizer, epoch):
    return {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}
