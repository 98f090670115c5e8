#!/usr/bin/env python3
"""How fast ckpt is: one table of jobs, each beside its bound and beside Python with torch.

    bench/run.py --ckpt build/release/ckpt [--torch-python build/venv/bin/python]

The bound is what the same bytes cost without ckpt: cp of a file of the output's size, cat of what
must be read, /bin/true where no tensor byte needs to be read, ls where only metadata changes. ckpt
flushes its output to the disk and cp does not, so that writing jobs show both: cp alone, and cp
followed by a flush of the copy. With --no-sync ckpt waits for the disk as little as cp.

How: every contender of a job runs once untimed (peak memory is taken there), then all of them in
turn, round after round; the seconds are medians over the rounds, a ratio is the median of those of
the rounds, so that a busy machine slows both sides of it.
Inputs stay in the page cache. Outputs are deleted, and the disk is synced, between runs, outside
the timed part. A timed part is a whole process, from its start to its end.
"""
import argparse
import pathlib
import signal
import subprocess
import sys
import tempfile

import jobs as job_table
import measure
import table

HERE = pathlib.Path(__file__).resolve().parent


def parse_arguments():
    parser = argparse.ArgumentParser(description="times ckpt beside cp and Python with torch")
    parser.add_argument("--ckpt", required=True, type=pathlib.Path, help="the program")
    parser.add_argument("--torch-python", default=sys.executable, metavar="PYTHON",
                        help="a Python that may have torch (default: this one)")
    parser.add_argument("--size", type=int, default=2048, metavar="MIB", help="the large model")
    parser.add_argument("--tiny", type=int, default=100_000, metavar="N",
                        help="tensors in the file of many tensors")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="rounds")
    parser.add_argument("--only", action="append", choices=job_table.NAMES, metavar="JOB",
                        help="only this job, may be repeated: " + ", ".join(job_table.NAMES))
    parser.add_argument("--markdown", action="store_true", help="the table as Markdown")
    parser.add_argument("--folder", type=pathlib.Path,
                        help="where to make the files (default: $TMPDIR or /tmp)")
    return parser.parse_args()


def has_torch(python):
    check = [python, "-c", "import torch"]
    return subprocess.run(check, capture_output=True, check=False).returncode == 0


def make_files(python, folder, options):
    print(f"making a model of {options.size} MiB and one of {options.tiny} tensors in {folder}",
          file=sys.stderr)
    subprocess.run([python, "-B", HERE / "make_files.py", folder, "--size", str(options.size),
                    "--tiny", str(options.tiny)], check=True)
    return job_table.Inputs(model=folder / "model.pt", equal=folder / "equal.pt",
                            changed=folder / "changed.pt", tiny=folder / "tiny.pt",
                            training=folder / "training.pt", small=folder / "small.pt",
                            folder_of_small_files=folder / "small")


def run_job(job, output, runs):
    """What was measured is told at once too: the table comes after many minutes."""
    print(f"measuring {job.name}", file=sys.stderr)
    measured = measure.measure(job.contenders(output), output, runs)
    print(table.to_text([(job, measured)]), file=sys.stderr)
    return measured


def main():
    options = parse_arguments()
    torch_python = options.torch_python if has_torch(options.torch_python) else None
    if torch_python is None:
        print("no torch: its columns stay empty", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="ckpt-bench-", dir=options.folder) as name:
        folder = pathlib.Path(name).resolve()
        inputs = make_files(torch_python or sys.executable, folder, options)
        jobs = job_table.make_jobs(options.ckpt.resolve(), torch_python, inputs, folder)
        chosen = [job for job in jobs if not options.only or job.name in options.only]
        print(f"{options.runs} rounds; model {inputs.model.stat().st_size} bytes")
        rows = [(job, run_job(job, folder / "output.pt", options.runs)) for job in chosen]
        print(table.to_markdown(rows) if options.markdown else table.to_text(rows))
        listing = [options.ckpt.resolve(), "ls", inputs.model]
        print(measure.bytes_read_text(listing, inputs.model))


if __name__ == "__main__":
    # An exception, so that the files, which are large, are removed then too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        main()
    except (measure.CommandFailed, subprocess.CalledProcessError) as error:
        sys.exit(f"bench: {error}")
