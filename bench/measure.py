"""Runs commands, in turn and in rounds, and takes their seconds, peak memory and bytes read."""
import dataclasses
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time


class CommandFailed(Exception):
    pass


@dataclasses.dataclass(frozen=True)
class Measured:
    seconds: list  # one a round
    peak_mib: float | None

    @property
    def median_seconds(self):
        return statistics.median(self.seconds)

    def ratio_to(self, other):
        """The median of the rounds' ratios."""
        return statistics.median(a / b for a, b in zip(self.seconds, other.seconds))


def measure(contenders, output, runs):
    """Measured by contender name. The contender that runs first changes from round to round."""
    peaks = {name: _warm_up(contender, output) for name, contender in contenders.items()}
    seconds = {name: [] for name in contenders}
    names = list(contenders)
    for round_number in range(runs):
        start = round_number % len(names)
        for name in names[start:] + names[:start]:
            seconds[name].append(_timed(contenders[name].command, output))
    return {name: Measured(seconds[name], peaks[name]) for name in names}


def _warm_up(contender, output):
    """Peak memory in MiB of an untimed run, or None without /usr/bin/time."""
    _clear(output)
    peak = _peak_mib(contender.command)
    if contender.reference:
        shutil.move(output, contender.reference)
    _clear(output)
    return peak


def _clear(output):
    output.unlink(missing_ok=True)
    os.sync()


def _timed(command, output):
    _clear(output)
    start = time.perf_counter()
    _run(command)
    seconds = time.perf_counter() - start
    _clear(output)
    return seconds


def _run(command):
    """A plain spawn: subprocess.run costs a millisecond, as much as some of what is measured."""
    words = [str(word) for word in command]
    with open(os.devnull, "r+b") as null, tempfile.TemporaryFile() as errors:
        actions = [(os.POSIX_SPAWN_DUP2, null.fileno(), 0), (os.POSIX_SPAWN_DUP2, null.fileno(), 1),
                   (os.POSIX_SPAWN_DUP2, errors.fileno(), 2)]
        child = os.posix_spawnp(words[0], words, os.environ, file_actions=actions)
        _, status = os.waitpid(child, 0)
        if status != 0:
            errors.seek(0)
            raise CommandFailed(f"{' '.join(words)}: exit {os.waitstatus_to_exitcode(status)}: "
                                + errors.read().decode(errors="replace"))


def _peak_mib(command):
    """Asked of time(1), a small program: what wait4 tells of a child begins at the size of the
    process that spawned it, and Python's is larger than ckpt's."""
    if not os.access("/usr/bin/time", os.X_OK):
        _run(command)
        return None
    with tempfile.NamedTemporaryFile() as report:
        _run(["/usr/bin/time", "-f", "%M", "-o", report.name, *command])
        return int(report.read()) / 1024


def bytes_read_text(command, path):
    """One line: how many bytes of the file `path` the command reads, as strace sees it."""
    if not shutil.which("strace"):
        return "bytes read: not measured, no strace"
    with tempfile.NamedTemporaryFile() as trace:
        _run(["strace", "-f", "-y", "-s", "0", "-o", trace.name, "-e",
              "trace=read,pread64,readv,preadv,preadv2,mmap,sendfile,copy_file_range", *command])
        calls = trace.read().decode(errors="replace").splitlines()
    of_file = [call for call in calls if f"<{path}>" in call]
    if any("mmap(" in call for call in of_file):
        return f"{command[1]}: maps the file, so that the bytes it reads cannot be counted"
    counts = [int(found.group(1)) for call in of_file if (found := re.search(r"= (\d+)$", call))]
    return (f"{command[1]} of the model: {sum(counts)} bytes read in {len(counts)} reads, of "
            f"{os.stat(path).st_size}")
