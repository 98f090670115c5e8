#!/usr/bin/env python3
"""How the bytes of a file get into another one the fastest: what FileWriter's choice rests on.

    bench/moving.py [--size MIB] [--runs N] [--folder DIR]

copy_file_range, by one thread and by two, sendfile, and read with write, each with the space of the
output reserved or not, to where the bytes lie alike in their pages and 64 bytes further, as they do
after a rename. Medians of seconds over rounds in which every way has its turn: until the last call
returns, and until the disk has the bytes. Memory that the machine has not used for a while makes
single runs several times slower; a smaller --size and more --runs are steadier.
"""
import argparse
import concurrent.futures
import mmap
import os
import pathlib
import statistics
import tempfile
import time

BLOCK_BYTES = 1 << 20
KERNEL_BYTES = 32 << 20  # a call of those that move inside of the kernel


def copy_file_range(source, target, size, shift):
    start = 0
    while start < size:
        start += os.copy_file_range(source, target, min(size - start, KERNEL_BYTES), start,
                                    start + shift)


def two_threads(source, target, size, shift):
    """copy_file_range of one half each."""
    def move(start, end):
        while start < end:
            start += os.copy_file_range(source, target, min(end - start, KERNEL_BYTES), start,
                                        start + shift)

    halves = [(0, size // 2), (size // 2, size)]
    with concurrent.futures.ThreadPoolExecutor(len(halves)) as pool:
        list(pool.map(move, *zip(*halves)))


def sendfile(source, target, size, shift):
    os.lseek(target, shift, os.SEEK_SET)
    start = 0
    while start < size:
        start += os.sendfile(target, source, start, min(size - start, KERNEL_BYTES))


def read_write(source, target, size, shift):
    block = mmap.mmap(-1, BLOCK_BYTES)  # whole pages
    start = 0
    while start < size:
        count = os.preadv(source, [block], start)
        start += os.pwrite(target, memoryview(block)[:count], start + shift)


def timed(move, is_reserved, shift, source_path, target_path):
    """Seconds until the calls returned, and until the disk has the bytes."""
    size = source_path.stat().st_size
    with open(source_path, "rb", buffering=0) as source, open(target_path, "wb") as target:
        start = time.perf_counter()
        if is_reserved:
            os.posix_fallocate(target.fileno(), 0, size + shift)
        move(source.fileno(), target.fileno(), size, shift)
        returned = time.perf_counter() - start
        os.fsync(target.fileno())
        flushed = time.perf_counter() - start
    target_path.unlink()
    os.sync()
    return returned, flushed


def main():
    parser = argparse.ArgumentParser(description="times ways to move the bytes of a file")
    parser.add_argument("--size", type=int, default=1024, metavar="MIB")
    parser.add_argument("--runs", type=int, default=5, metavar="N")
    parser.add_argument("--folder", type=pathlib.Path, help="where (default: $TMPDIR or /tmp)")
    options = parser.parse_args()
    ways = [(move, is_reserved, shift)
            for move in (copy_file_range, two_threads, sendfile, read_write)
            for is_reserved in (True, False) for shift in (0, 64)]
    seconds = {way: [] for way in ways}
    with tempfile.TemporaryDirectory(prefix="ckpt-bench-", dir=options.folder) as name:
        source, target = pathlib.Path(name) / "source", pathlib.Path(name) / "target"
        with open(source, "wb") as file:
            for _ in range(options.size):
                file.write(os.urandom(1 << 20))
        os.sync()
        for _ in range(options.runs):
            for way in ways:
                seconds[way].append(timed(*way, source, target))
    print(f"{'way':18}{'reserved':>10}{'shift':>7}{'returned s':>12}{'flushed s':>12}")
    for way in ways:
        move, is_reserved, shift = way
        returned, flushed = map(statistics.median, zip(*seconds[way]))
        print(f"{move.__name__:18}{'yes' if is_reserved else 'no':>10}{shift:7}"
              f"{returned:12.3f}{flushed:12.3f}")


if __name__ == "__main__":
    main()
