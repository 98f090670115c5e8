"""What is measured: each job as ckpt does it, as its bound does it, and as Python with torch does.

A new job is one row of make_jobs and its name in NAMES.
"""
import dataclasses
import pathlib

PEER = pathlib.Path(__file__).resolve().parent / "torch_peer.py"
NAMES = ("ls", "rename", "filter half", "ls --json", "diff equal", "diff changed")


@dataclasses.dataclass(frozen=True)
class Inputs:
    model: pathlib.Path  # large; names begin with module.encoder or module.decoder, half of each
    equal: pathlib.Path  # the same tensors as those of model
    changed: pathlib.Path  # the same names, every number another
    tiny: pathlib.Path  # many tensors of a few bytes


@dataclasses.dataclass(frozen=True)
class Job:
    name: str
    what: str  # for the table
    ckpt: list
    bounds: dict  # from the bound's name to its command
    torch: list | None
    reference: pathlib.Path | None = None  # a copy of ckpt's output, which cp copies

    def contenders(self, output):
        """The commands by their names in the table; `output` is what each of them writes."""
        named = {"ckpt": self.ckpt, **self.bounds}
        if self.torch:
            named["torch"] = self.torch
        return {name: Contender(command, self.reference if name == "ckpt" else None)
                for name, command in named.items()}


@dataclasses.dataclass(frozen=True)
class Contender:
    command: list
    reference: pathlib.Path | None  # where to keep the output of the untimed run


def copy_bounds(source, output):
    return {"cp": ["cp", source, output],
            "cp, flushed": ["sh", "-c", 'cp "$1" "$2" && sync "$2"', "sh", source, output]}


def concurrent_cat(a, b):
    return {"2 cat": ["sh", "-c", 'cat "$1" >/dev/null & cat "$2" >/dev/null & wait', "sh", a, b]}


def with_differences(command):
    """Exit code 1 is the answer, and any other one a failure."""
    return ["sh", "-c", '"$@"; test $? -eq 1', "sh", *command]


def make_jobs(ckpt, torch_python, inputs, folder):
    output = folder / "output.pt"
    reference = folder / "reference.pt"
    process_start = {"/bin/true": ["/bin/true"]}

    def peer(*arguments):
        return [torch_python, "-B", PEER, *arguments] if torch_python else None

    return [
        Job("ls", "ls of the model", [ckpt, "ls", inputs.model], process_start,
            peer("ls", inputs.model)),
        Job("rename", "remap --strip-prefix",
            [ckpt, "remap", inputs.model, "--strip-prefix", "module.", "-o", output],
            copy_bounds(inputs.model, output), peer("rename", inputs.model, output)),
        Job("filter half", "filter --keep, half",
            [ckpt, "filter", inputs.model, "--keep", "module.encoder", "-o", output],
            copy_bounds(reference, output), peer("filter", inputs.model, output), reference),
        Job("ls --json", "ls --json of many", [ckpt, "ls", "--json", inputs.tiny], process_start,
            peer("ls-json", inputs.tiny)),
        Job("diff equal", "diff of equal models",
            [ckpt, "diff", inputs.model, inputs.equal],
            concurrent_cat(inputs.model, inputs.equal),
            peer("diff-equal", inputs.model, inputs.equal)),
        Job("diff changed", "diff, all changed",
            with_differences([ckpt, "diff", "--json", inputs.model, inputs.changed]),
            concurrent_cat(inputs.model, inputs.changed),
            peer("diff-changed", inputs.model, inputs.changed)),
    ]
