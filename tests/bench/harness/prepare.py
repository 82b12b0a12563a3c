"""What a run needs and makes for itself: the references' Python, the data, the binary, a place for results."""
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "assay-bench")
# Another generator makes other data: raise this number with it, so that no old file is taken for a new one.
DATA_VERSION = 1


def python():
    """A Python with the pinned reference libraries; installed anew when the pins change."""
    venv = os.path.join(CACHE, "references")
    program = os.path.join(venv, "bin", "python")
    pins = os.path.join(HERE, "requirements.txt")
    with open(pins) as file:
        wanted = file.read()
    stamp = os.path.join(venv, "installed.txt")
    if os.path.exists(stamp) and open(stamp).read() == wanted:
        return program
    print(f"installing the references into {venv}", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
    subprocess.run([program, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", pins], check=True)
    with open(stamp, "w") as file:
        file.write(wanted)
    return program


def data(python, size):
    """The folder that holds the orders of this size, their truth, and the customers."""
    millions = size.removesuffix("m")
    if not size.endswith("m") or not millions.isdigit() or millions == "0":
        sys.exit(f"a size is a number of millions, as in 10m: {size}")
    folder = os.path.join(CACHE, f"orders-v{DATA_VERSION}")
    if not os.path.exists(os.path.join(folder, f"orders_{millions}m.parquet")):
        subprocess.run([python, os.path.join(HERE, "make_orders.py"), folder, millions], check=True)
    return folder


def build():
    """The release build of this working tree."""
    subprocess.run(["cargo", "build", "--release", "--locked", "--package", "assay"], cwd=REPOSITORY, check=True)
    metadata = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--no-deps"], cwd=REPOSITORY, check=True, capture_output=True
    )
    return os.path.join(json.loads(metadata.stdout)["target_directory"], "release", "assay")


def save(results, options):
    """Every single run, for those who distrust medians."""
    folder = os.path.join(CACHE, "results")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, time.strftime("checks-%Y%m%dT%H%M%S.json"))
    document = {
        "options": vars(options),
        "sizes": [{"size": r.size, "runs": {name: [run.figures() for run in runs] for name, runs in r.runs.items()}} for r in results],
    }
    with open(path, "w") as file:
        json.dump(document, file, indent=1)
    return path
