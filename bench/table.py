"""The table that the bench prints: a line for each job and bound, in columns.

    job                   ckpt s  peak MiB  bound        bound s  ckpt/bound  torch s  ...
    ls of the model       0.0021       4.9  /bin/true     0.0008        2.63   1.4120
    remap --strip-prefix  1.2000       6.1  cp            1.2500        0.96   4.3210
                                            cp, flushed   2.9000        0.41

ckpt/bound: 1.00 is as fast, less is faster. torch/ckpt: how many times faster ckpt is. Seconds are
medians over the rounds, ratios the medians of the rounds' ratios.
"""

HEADER = ("job", "ckpt s", "peak MiB", "bound", "bound s", "ckpt/bound", "torch s", "torch MiB",
          "torch/ckpt")
LEFT_ALIGNED = {"job", "bound"}


def to_text(rows):
    """`rows`: pairs of a job and its Measured by contender name."""
    lines = _lines(rows)
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    return "\n".join(_joined(line, widths) for line in lines)


def to_markdown(rows):
    """The same as a table of Markdown."""
    header, *lines = _lines(rows)
    marks = ["---" if title in LEFT_ALIGNED else "---:" for title in HEADER]
    return "\n".join(f"| {' | '.join(line)} |" for line in (header, marks, *lines))


def _lines(rows):
    return [HEADER, *(line for job, measured in rows for line in _lines_of(job, measured))]


def _lines_of(job, measured):
    ckpt = measured["ckpt"]
    own = (job.what, _seconds(ckpt), _mib(ckpt))
    others = ("", "", "")
    if "torch" in measured:
        torch = measured["torch"]
        others = (_seconds(torch), _mib(torch), _ratio(torch, ckpt))
    for bound in job.bounds:
        yield (*own, bound, _seconds(measured[bound]), _ratio(ckpt, measured[bound]), *others)
        own = others = ("", "", "")


def _seconds(measured):
    return f"{measured.median_seconds:.4f}"


def _mib(measured):
    return "" if measured.peak_mib is None else f"{measured.peak_mib:.1f}"


def _ratio(upper, lower):
    return f"{upper.ratio_to(lower):.2f}"


def _joined(line, widths):
    cells = [cell.ljust(width) if title in LEFT_ALIGNED else cell.rjust(width)
             for title, cell, width in zip(HEADER, line, widths)]
    return "  ".join(cells).rstrip()
