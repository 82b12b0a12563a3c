"""Runs processes in turn and measures each as a whole: wall clock, CPU of user and system, largest resident memory.

Only the standard library is imported, and nothing large: a child's peak memory starts at what its parent held at the
fork, so a heavy harness would hide a light contender.
"""
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass


@dataclass
class Contender:
    """A command that takes part. Its answer is read from `answer` if that is a path, else from stdout."""

    name: str
    command: list
    answer: str | None = None


@dataclass
class Run:
    """One process, from its start to its end."""

    wall: float
    cpu: float
    peak_mb: float
    code: int
    load: float
    output: bytes
    errors: bytes

    def figures(self):
        return {"wall_s": self.wall, "cpu_s": self.cpu, "peak_mb": self.peak_mb, "exit_code": self.code, "load": self.load}


def run_once(contender):
    """One run. `wait4` reports the CPU of the process with all the children it waited for, and its peak memory."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.monotonic()
        process = subprocess.Popen(contender.command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        written = output.read()
        if contender.answer and os.path.exists(contender.answer):
            with open(contender.answer, "rb") as file:
                written = file.read()
            os.remove(contender.answer)
        # Linux counts ru_maxrss in KiB
        return Run(
            wall=wall, cpu=usage.ru_utime + usage.ru_stime, peak_mb=usage.ru_maxrss * 1024 / 1e6,
            code=process.returncode, load=load, output=written, errors=errors.read(),
        )


def measure(contenders, rounds, warmup):
    """Runs by contender's name. Every round runs all of them, each round beginning with the next one, so that a slow
    minute of a shared machine, and what one leaves behind in the caches, meets them all alike."""
    runs = {contender.name: [] for contender in contenders}
    for number in range(-warmup, rounds):
        turn = number % len(contenders)
        for contender in contenders[turn:] + contenders[:turn]:
            if sys.stderr.isatty():
                print(f"\r\x1b[Kround {number + 1} of {rounds}: {contender.name}", end="", file=sys.stderr, flush=True)
            run = run_once(contender)
            if number >= 0:
                runs[contender.name].append(run)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    return runs
