"""Edits of optimizer state, judged by torch.

Each case of the acceptance suite trains with torch, states an edit, and says what the edited file
must hold and where a run resumed from it must end, bit for bit. Here every case is one or a few
ckpt commands.

    optim_cases.py CKPT CASES_DIR [CASE...]

CASES_DIR holds caseNN_*.py and common.py. Exit code 77 (skipped) when it is not there.
"""
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
import traceback

try:
    import torch._dynamo  # noqa: F401 (the cases need torch, and their optimizers this)
except ImportError:
    print("skipped: this Python has no torch")
    sys.exit(77)


class Ckpt:
    """Runs ckpt; a failing command fails the case unless a refusal is expected."""

    def __init__(self, program):
        self.program = program

    def __call__(self, *arguments):
        command = [self.program, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def refuses(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True)
        return done.returncode == 2 and done.stderr.startswith("ckpt: error: ")


def rename(ckpt, d, out):
    ckpt("remap", d / "in.pt", "-o", out, "--map", "fc1.*=>encoder.input.*", "--map",
         "bn.*=>encoder.norm.*", "--map", "fc2.*=>encoder.hidden.*", "--map", "out.*=>head.*")


def reorder(ckpt, d, out):
    ckpt("remap", d / "in.pt", "-o", out, "--order", d / "order.txt")


def remove_aux(ckpt, d, out):
    ckpt("filter", d / "in.pt", "-o", out, "--drop", "aux")


def swap_head(ckpt, d, out):
    ckpt("optim", "merge", d / "in.pt", d / "donor.pt", "--replace", "head", "-o", out)


def merge_disjoint(ckpt, d, out):
    ckpt("optim", "merge", f"enc.={d / 'a.pt'}", f"dec.={d / 'b.pt'}", "-o", out)


def extract(ckpt, d, out):
    part = d / "dec.part"
    ckpt("filter", d / "in.pt", "-o", part, "--keep", "dec")
    ckpt("remap", part, "-o", out, "--strip-prefix", "dec.")


def frozen(ckpt, d, out):
    ckpt("filter", d / "in.pt", "-o", out, "--drop", "transformer.aux")


def never_stepped(ckpt, d, out):
    part = d / "part.tmp"
    ckpt("filter", d / "in.pt", "-o", part, "--drop", "gone")
    ckpt("remap", part, "-o", out, "--order", d / "order.txt")


def zoo(ckpt, d, out):
    out.mkdir()
    for name in sorted(os.listdir(d / "in")):
        part = d / (name + ".part")
        ckpt("filter", d / "in" / name, "-o", part, "--drop", "aux")
        ckpt("remap", part, "-o", out / name, "--map", "b=>mid", "--map", "c=>out", "--order",
             d / "order.txt")


def replace_part(ckpt, d, out):
    ckpt("optim", "merge", d / "a.pt", d / "b.pt", "--replace", "enc", "-o", out)


def average(ckpt, d, out):
    ckpt("optim", "merge", "--average", d / "a.pt", d / "b.pt", "-o", out)


def param_names(ckpt, d, out):
    part = d / "part.tmp"
    ckpt("filter", d / "in.pt", "-o", part, "--drop", "aux")
    ckpt("remap", part, "-o", out, "--map", "stem=>s", "--map", "trunk=>t", "--map", "head=>h")


def passthrough(ckpt, d, out):
    ckpt("remap", d / "in.pt", "-o", out, "--map", "fc1=>inp", "--map", "fc2=>out")


def hf_folder(ckpt, d, out):
    out.mkdir()
    drop = ["--drop", "transformer.aux"]
    ckpt("filter", d / "in/pytorch_model.bin", "-o", out / "pytorch_model.bin", *drop)
    ckpt("filter", d / "in/optimizer.pt", "--model", d / "in/pytorch_model.bin", "-o",
         out / "optimizer.pt", *drop)
    shutil.copy(d / "in/scheduler.pt", out / "scheduler.pt")


def fuse_qkv(ckpt, d, out):
    ckpt("remap", d / "in.pt", "-o", out, "-e",
         "{q,k,v}.{p:weight,bias} -> in_proj_{p:weight,bias} | cat(0)", "-e", "keep **", "--order", order_file(d, [
             "in_proj_weight", "in_proj_bias", "pre.weight", "pre.bias", "o.weight", "o.bias"]))


def order_file(d, names):
    path = d / "order.txt"
    path.write_text("\n".join(names) + "\n")
    return path


def must_refuse(ckpt, d, out):
    (out / "refused").mkdir(parents=True)
    (out / "hinted").mkdir()
    dropped = {"frozen.pt": "2", "twolr.pt": "3", "reversed.pt": "3", "foreign.pt": "3"}
    hints = {
        "frozen.pt": ["--frozen", "1.weight", "--frozen", "4.weight", "--frozen", "6.weight"],
        "twolr.pt": ["--group", "7.*", "--group", "*"],
        "reversed.pt": ["--order", d / "reversed.txt"],
    }
    for name, part in dropped.items():
        if not ckpt.refuses("filter", d / "in" / name, "-o", out / "refused" / name, "--drop", part):
            raise RuntimeError(f"{name}: was not refused")
    for name, hint in hints.items():
        ckpt("filter", d / "in" / name, "-o", out / "hinted" / name, "--drop", dropped[name], *hint)


def ls(ckpt, d, out):
    out.mkdir()
    for name in sorted(os.listdir(d / "in")):
        (out / (name + ".json")).write_text(ckpt("optim", "ls", "--json", d / "in" / name))


def like_skeleton(ckpt, d, out):
    """The copy, and the same by renaming and replacing parts: one file."""
    ckpt("copy", d / "old.pt", d / "skeleton.pt", "-o", out, "--map", "a=>core.inp", "--map",
         "n=>core.norm", "--map", "b=>out", "--state", "fresh")
    renamed, merged = d / "renamed.part", d / "merged.part"
    ckpt("remap", d / "old.pt", "-o", renamed, "--map", "a=>core.inp", "--map", "n=>core.norm",
         "--map", "b=>out")
    ckpt("optim", "merge", d / "skeleton.pt", renamed, "--replace", "core", "--replace", "out",
         "--state", "fresh", "-o", merged)
    ckpt("diff", out, merged)


# case: (edit, output is a folder)
CASES = {
    "case01_rename": (rename, False),
    "case02_reorder": (reorder, False),
    "case03_remove_head": (remove_aux, False),
    "case04_swap_head": (swap_head, False),
    "case05_merge_disjoint": (merge_disjoint, False),
    "case07_extract": (extract, False),
    "case09_frozen": (frozen, False),
    "case11_never_stepped": (never_stepped, False),
    "case12_zoo": (zoo, True),
    "case14_replace_part": (replace_part, False),
    "case15_average": (average, False),
    "case17_legacy_ids": (remove_aux, False),
    "case18_param_names": (param_names, False),
    "case20_layout_dtype": (reorder, False),
    "case21_passthrough": (passthrough, False),
    "case23_hf_folder": (hf_folder, True),
    "case25_fuse_qkv": (fuse_qkv, False),
    "case27_must_refuse": (must_refuse, True),
    "case28_ls": (ls, True),
    "case31_like_skeleton": (like_skeleton, False),
}


def run_script(cases_dir, script, *arguments):
    """(exit code, what was printed). In a fork, which has torch at hand without importing it."""
    with tempfile.TemporaryFile("w+") as said:
        process = os.fork()
        if process == 0:
            os.dup2(said.fileno(), sys.stdout.fileno())
            os.dup2(said.fileno(), sys.stderr.fileno())
            become_script(cases_dir, os.path.join(cases_dir, script + ".py"), arguments)
        exit_code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        said.seek(0)
        return exit_code, said.read()


def become_script(cases_dir, path, arguments):
    sys.argv = [path, *map(str, arguments)]
    sys.path[:0] = [cases_dir, os.path.join(cases_dir, "model")]
    exit_code = 0
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code)
        exit_code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        exit_code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


def run_case(ckpt, cases_dir, name, work):
    from pathlib import Path
    inputs, outputs = Path(work) / "in" / name, Path(work) / "out"
    outputs.mkdir(exist_ok=True)
    edit, is_folder = CASES[name]
    exit_code, said = run_script(cases_dir, name, "gen", inputs)
    if exit_code != 0:
        return f"gen failed\n{said}"
    out = outputs / (name if is_folder else name + ".pt")
    try:
        edit(ckpt, inputs, out)
    except (RuntimeError, OSError) as error:
        return str(error)
    exit_code, said = run_script(cases_dir, name, "check", out, inputs)
    return "" if exit_code == 0 else said or f"exit code {exit_code}"


def main():
    program, cases_dir, chosen = sys.argv[1], sys.argv[2], sys.argv[3:] or list(CASES)
    if not os.path.isdir(cases_dir):
        print(f"{cases_dir}: not there, skipped")
        return 77
    ckpt, failed = Ckpt(os.path.abspath(program)), 0
    with tempfile.TemporaryDirectory() as work:
        for name in chosen:
            problem = run_case(ckpt, cases_dir, name, work)
            print(name, "FAIL\n" + problem if problem else "ok", flush=True)
            failed += bool(problem)
    print(f"{len(chosen)} cases, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
