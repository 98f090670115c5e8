"""What is measured: each job as ckpt does it, as its bound does it, and as Python with torch does.

A new job is one row of make_jobs and its name in NAMES.
"""
import dataclasses
import pathlib

PEER = pathlib.Path(__file__).resolve().parent / "torch_peer.py"
NAMES = ("ls", "ls --json", "ls small files", "rename", "rename, no sync", "filter half",
         "filter half, no sync", "drop optimizer", "drop optimizer, no sync", "cast", "stats",
         "diff equal", "diff changed", "in place", "in place, small")


@dataclasses.dataclass(frozen=True)
class Inputs:
    model: pathlib.Path  # large; names begin with module.encoder or module.decoder, half of each
    equal: pathlib.Path  # the same tensors as those of model
    changed: pathlib.Path  # the same names, every number another
    tiny: pathlib.Path  # many tensors of a few bytes
    training: pathlib.Path  # a model and its Adam, together as large as model
    small: pathlib.Path  # a tenth of model
    folder_of_small_files: pathlib.Path


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


def without_sync(job):
    """Neither the job nor its bound waits for the disk."""
    return Job(f"{job.name}, no sync", f"{job.what}, --no-sync", [*job.ckpt, "--no-sync"],
               {"cp": job.bounds["cp"]}, None, job.reference)


def concurrent_cat(a, b):
    return {"2 cat": ["sh", "-c", 'cat "$1" >/dev/null & cat "$2" >/dev/null & wait', "sh", a, b]}


def cast_bounds(source, reference, output):
    both = 'cat "$1" >/dev/null; cat "$2" >"$3"'
    words = ["sh", source, reference, output]
    return {"cat, cat": ["sh", "-c", both, *words],
            "cat, cat, flushed": ["sh", "-c", both + '; sync "$3"', *words]}


def for_each_file(folder, *command):
    return ["sh", "-c", 'folder=$1; shift; for file in "$folder"/*; do "$@" "$file"; done', "sh",
            folder, *command]


def in_place(ckpt, path):
    """Each run makes the names longer, so that there is something to do in the next one too."""
    return [ckpt, "remap", path, "--in-place", "--add-prefix", "x."]


def with_differences(command):
    """Exit code 1 is the answer, and any other one a failure."""
    return ["sh", "-c", '"$@"; test $? -eq 1', "sh", *command]


def make_jobs(ckpt, torch_python, inputs, folder):
    output = folder / "output.pt"
    reference = folder / "reference.pt"
    process_start = {"/bin/true": ["/bin/true"]}

    def peer(*arguments):
        return [torch_python, "-B", PEER, *arguments] if torch_python else None

    rename = Job("rename", "remap --strip-prefix",
                 [ckpt, "remap", inputs.model, "--strip-prefix", "module.", "-o", output],
                 copy_bounds(inputs.model, output), peer("rename", inputs.model, output))
    half = Job("filter half", "filter --keep, half",
               [ckpt, "filter", inputs.model, "--keep", "module.encoder", "-o", output],
               copy_bounds(reference, output), peer("filter", inputs.model, output), reference)
    drop = Job("drop optimizer", "optim drop, of Adam",
               [ckpt, "optim", "drop", inputs.training, "-o", output],
               copy_bounds(reference, output), peer("drop", inputs.training, output), reference)
    return [
        Job("ls", "ls of the model", [ckpt, "ls", inputs.model], process_start,
            peer("ls", inputs.model)),
        Job("ls --json", "ls --json of many", [ckpt, "ls", "--json", inputs.tiny], process_start,
            peer("ls-json", inputs.tiny)),
        Job("ls small files", "ls of small files, one by one",
            for_each_file(inputs.folder_of_small_files, ckpt, "ls"),
            {"/bin/true": for_each_file(inputs.folder_of_small_files, "/bin/true")},
            peer("ls-all", inputs.folder_of_small_files)),
        rename, without_sync(rename),
        half, without_sync(half),
        drop, without_sync(drop),
        Job("cast", "remap, cast f32 to bf16",
            [ckpt, "remap", inputs.model, "-e", "** -> ** | cast(bf16)", "-o", output],
            cast_bounds(inputs.model, reference, output), peer("cast", inputs.model, output),
            reference),
        Job("stats", "ls --stats", [ckpt, "ls", "--stats", inputs.model],
            {"cat": ["cat", inputs.model]}, peer("stats", inputs.model)),
        Job("diff equal", "diff of equal models",
            [ckpt, "diff", inputs.model, inputs.equal],
            concurrent_cat(inputs.model, inputs.equal),
            peer("diff-equal", inputs.model, inputs.equal)),
        Job("diff changed", "diff, all changed",
            with_differences([ckpt, "diff", "--json", inputs.model, inputs.changed]),
            concurrent_cat(inputs.model, inputs.changed),
            peer("diff-changed", inputs.model, inputs.changed)),
        # Last, because they change what the jobs above compare.
        Job("in place", "remap --in-place", in_place(ckpt, inputs.changed),
            {"ls": [ckpt, "ls", inputs.changed]}, peer("rename", inputs.changed, output)),
        Job("in place, small", "remap --in-place, a tenth", in_place(ckpt, inputs.small),
            {"ls": [ckpt, "ls", inputs.small]}, peer("rename", inputs.small, output)),
    ]
