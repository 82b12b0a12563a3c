"""Tables for people: medians, ratios, and the targets."""
import os
import platform
import statistics
from dataclasses import dataclass

# must and aim, as ratios to a reference: (reference, figure, must, aim)
RATIOS = [
    ("duckdb_split", "wall", 0.85, 0.60),
    ("duckdb_split", "cpu", 0.85, 0.60),
    ("polars_streaming", "wall", 1.0, 0.75),
    ("polars_streaming", "cpu", 1.0, 0.75),
    ("duckdb_decode", "wall", 3.3, 2.3),
    ("duckdb_decode", "cpu", 3.3, 2.3),
]
PEAK_MB = {"10m": (900, 650), "100m": (3000, 2000)}
PEAK_MB_WITHOUT_UNIQUENESS = (400, 300)
WALL_S_1M = (0.5, 0.35)
WALL_S_FOOTERS = (0.050, 0.020)
GROWTH_CPU_10 = (11.5, 10.5)


@dataclass
class Result:
    """All runs at one size."""

    size: str
    field: list
    runs: dict

    def median(self, name, figure):
        return statistics.median(getattr(run, figure) for run in self.runs[name])

    def ratio(self, name, reference, figure):
        """The median of the ratios round by round: both sides of each met the same minute of the machine."""
        ratios = sorted(getattr(a, figure) / getattr(b, figure) for a, b in zip(self.runs[name], self.runs[reference]))
        return statistics.median(ratios), ratios[0], ratios[-1]

    def peak(self, name):
        return max(run.peak_mb for run in self.runs[name])


def machine(options):
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            model = next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    cores = len(os.sched_getaffinity(0))
    return f"{model}, {cores} cores for each contender, {options.rounds} rounds after {options.warmup} to warm up, load at start {os.getloadavg()[0]:.1f}"


def table(result):
    """One line per contender: medians, the spread of the wall clock, and how assay compares with it."""
    names = list(result.runs)
    first = names[0]
    lines = ["", f"{result.size} rows", f"{'':22}{'wall s':>8}{'min..max':>14}{'CPU s':>8}{'peak MB':>9}   {first} is ... of it (wall, CPU)"]
    for name in names:
        walls = [run.wall for run in result.runs[name]]
        line = f"{name:22}{result.median(name, 'wall'):8.3f}{f'{min(walls):.2f}..{max(walls):.2f}':>14}{result.median(name, 'cpu'):8.3f}{result.peak(name):9.0f}"
        if name != first:
            line += f"   {result.ratio(first, name, 'wall')[0]:.2f}, {result.ratio(first, name, 'cpu')[0]:.2f}"
        lines.append(line)
    loads = [run.load for runs in result.runs.values() for run in runs]
    lines.append(f"load while measuring: {min(loads):.1f} to {max(loads):.1f}")
    return "\n".join(lines)


def targets(result, options):
    """What has to hold (must) and what is aimed at. Where both were run, the one without footers is judged: a table
    whose footers prove nothing has to be fast, too."""
    judged = next((name for name in ("assay --no-footers", "assay") if name in result.runs), None)
    if judged is None:
        return ""
    rows = []
    if options.contract == "footers":
        rows.append(("wall s, answered by footers", result.median("assay", "wall"), *WALL_S_FOOTERS))
    else:
        # the ratios are agreed for all twenty checks
        for reference, figure, must, aim in RATIOS:
            if reference in result.runs and options.uniqueness == "on":
                median, low, high = result.ratio(judged, reference, figure)
                rows.append((f"{figure} / {reference} ({low:.2f}..{high:.2f})", median, must, aim))
        if options.uniqueness == "off":
            rows.append(("peak MB without uniqueness", result.peak(judged), *PEAK_MB_WITHOUT_UNIQUENESS))
        elif result.size in PEAK_MB:
            rows.append((f"peak MB at {result.size}", result.peak(judged), *PEAK_MB[result.size]))
        if result.size == "1m":
            rows.append(("wall s, whole process", result.median(judged, "wall"), *WALL_S_1M))
    return "\n".join([f"{'target, ' + judged:48}{'measured':>9}{'must':>8}{'aim':>8}", *(verdict(*row) for row in rows)])


def growth(results):
    """CPU from one size to the next; the target is for ten times the rows."""
    lines = [""]
    for small, large in zip(results, results[1:]):
        times = int(large.size[:-1]) / int(small.size[:-1])
        for name in small.runs:
            if name in large.runs:
                factor = large.median(name, "cpu") / small.median(name, "cpu")
                text = f"CPU {small.size} to {large.size}, {name}"
                is_target = times == 10 and small.size == "10m" and name in ("assay", "assay --no-footers")
                lines.append(verdict(text, factor, *GROWTH_CPU_10) if is_target else f"{text:48}{factor:9.2f}   for {times:g} times the rows")
    return "\n".join(lines)


def verdict(text, measured, must, aim):
    word = "aim reached" if measured <= aim else "must holds" if measured <= must else "MUST MISSED"
    return f"{text:48}{measured:9.3f}{must:8.3g}{aim:8.3g}  {word}"
