"""What the tests of `ckpt copy` share: models with values of their own, what load_state_dict says
and leaves, and the comparison of both with OUT and its report."""
import copy
import json
import re
import subprocess

import common
import torch


def seeded(make, seed):
    torch.manual_seed(seed)
    model = make()
    for name, buffer in model.named_buffers():
        if buffer.is_floating_point():
            buffer.copy_(torch.rand_like(buffer))
        else:
            buffer.fill_(seed)
    return model


SIZE_MISMATCH = re.compile(r"size mismatch for (\S+): copying a param with shape torch.Size\("
                           r"\[([\d, ]*)\]\) from checkpoint, the shape in current model is "
                           r"torch.Size\(\[([\d, ]*)\]\)")


def torch_verdict(model, state):
    """load_state_dict(strict=False) into `model`: missing, unexpected, mismatched with shapes."""
    mismatched = []
    try:
        keys = model.load_state_dict(state, strict=False)
        missing, unexpected = keys.missing_keys, keys.unexpected_keys
    except RuntimeError as error:
        shapes = [[int(size) for size in text.split(",") if size.strip()]
                  for _, *texts in SIZE_MISMATCH.findall(str(error)) for text in texts]
        names = [found[0] for found in SIZE_MISMATCH.findall(str(error))]
        mismatched = list(zip(names, shapes[0::2], shapes[1::2]))
        fitting = copy.copy(state)  # with its _metadata
        for name in names:
            del fitting[name]
        keys = model.load_state_dict(fitting, strict=False)
        missing = [name for name in keys.missing_keys if name not in names]
        unexpected = keys.unexpected_keys
    return missing, unexpected, mismatched


def train(model, optimizer, first, end):
    for step in range(first, end):
        torch.manual_seed(step)
        optimizer.zero_grad()
        (model(torch.randn(16, 6)) - 1).pow(2).mean().backward()
        optimizer.step()


def bits(tensor):
    dense = tensor.detach().contiguous().reshape(-1).clone()
    return dense.view(torch.uint8)


class CopyCase(common.TestCase):
    def save(self, value, name):
        path = self.folder / name
        torch.save(value, path)
        return path

    def copy_out(self, source, target, *options):
        """OUT and the report of a copy."""
        out = self.folder / "out.pt"
        report = json.loads(self.run_ckpt("copy", source, target, "-f", "-o", out, "--json",
                                          *options))
        self.assertEqual(report["schema"], "ckpt.copy/1")
        return out, report

    def refused(self, source, target, *options):
        """The report of a copy that is refused; nothing is written."""
        out = self.folder / "refused.pt"
        text = self.run_ckpt("copy", source, target, "-o", out, "--json", *options, exit_code=2)
        self.assertFalse(out.exists())
        return json.loads(text) if text else None

    def run_both(self, *arguments):
        """A run that goes well, with what it says on both streams."""
        run = subprocess.run([common.CKPT, *map(str, arguments)], capture_output=True, text=True,
                             check=False, timeout=common.SECONDS_PER_RUN)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run

    def messages_of(self, *arguments):
        """What a run that is refused says on stderr."""
        run = subprocess.run([common.CKPT, *map(str, arguments)], capture_output=True, text=True,
                             check=False, timeout=common.SECONDS_PER_RUN)
        self.assertEqual(run.returncode, 2, run.stderr)
        return run.stderr

    def assert_verdict(self, report, verdict):
        missing, unexpected, mismatched = verdict
        keys = lambda entries: [entry["key"] for entry in entries]
        # What an option left out of SRC is missing to torch, which is given the rest.
        self.assertEqual(sorted(keys(report["missing"]) + keys(report["left_out"])),
                         sorted(missing))
        self.assertEqual(sorted(keys(report["unexpected"])), sorted(unexpected))
        self.assertEqual([(pair["target"]["key"], pair["source"]["shape"], pair["target"]["shape"])
                          for pair in report["mismatched"] if pair["reason"] == "shape"],
                         mismatched)

    def assert_state(self, state, expected):
        self.assertEqual(list(state), list(expected))
        for name, value in expected.items():
            self.assertEqual((value.dtype, value.shape, value.stride()),
                             (state[name].dtype, state[name].shape, state[name].stride()), name)
            self.assertTrue(torch.equal(bits(state[name]), bits(value)), name)

    def assert_what_torch_saves(self, out, target_path, state):
        value = common.load(target_path)
        with torch.no_grad():
            for name, tensor in value.items():
                if name in state and state[name].shape == tensor.shape:
                    tensor.copy_(state[name])
        theirs = self.fresh_folder("theirs") / "out.pt"
        torch.save(value, theirs)
        self.assert_same_file(out, theirs)

    def checkpoint(self, model, optimizer, name):
        return self.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(),
                          "epoch": len(name)}, name)
