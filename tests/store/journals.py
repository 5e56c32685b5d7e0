"""What a journal costs: `python tests/store/journals.py [--against OTHER_CHECKOUT]`.

One process commits units of a scan as fast as it can while another looks at the flags. Told are commits a second, how
long a look takes, and how long opening a store that is up to date takes. With another checkout both are measured in
turns on the same disk, and what is told is the ratio too.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

WRITER = """
import sys, time
from dataclasses import replace
from pathlib import Path
from broadcasts import SPOKEN, begin, flag
from monitor.store import Store, Unit
store = Store.open(Path(sys.argv[1]))
stream_id = begin(store)
print("ready", flush=True)
until_s, commits = time.monotonic() + float(sys.argv[2]), 0
while time.monotonic() < until_s:
    cues = [replace(SPOKEN, cue_id=f"{commits}-{n}") for n in range(10)]
    store.add(stream_id, Unit(cues=cues, flags=[flag(f"f-{commits % 20}")], reached_ms=commits))
    commits += 1
print(commits, flush=True)
"""
READER = """
import json, sys, time
from pathlib import Path
from monitor.store import Store
began_s = time.perf_counter()
for _ in range(20):
    store = Store.open(Path(sys.argv[1]))
opened_ms = (time.perf_counter() - began_s) * 50
until_s, took_ms = time.monotonic() + float(sys.argv[2]), []
while time.monotonic() < until_s:
    began_s = time.perf_counter()
    list(store.flags())
    took_ms.append((time.perf_counter() - began_s) * 1000)
    time.sleep(0.02)
print(json.dumps({"opened_ms": opened_ms, "took_ms": took_ms}))
"""


def measured(checkout: Path, seconds: float) -> dict[str, float]:
    """Commits a second alone and beside a reader; a look's median, 99th percentile and longest; opening."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(checkout), str(HERE)])}

    with tempfile.TemporaryDirectory(dir=ROOT) as place:

        def start(script: str, workspace: Path) -> subprocess.Popen[str]:
            command = [sys.executable, "-c", script, str(workspace), str(seconds)]
            # Away from here: Python looks for modules in the current folder first.
            return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=place)

        alone, _ = start(WRITER, Path(place) / "alone").communicate()
        writer = start(WRITER, Path(place) / "both")
        assert writer.stdout
        writer.stdout.readline()
        reader, _ = start(READER, Path(place) / "both").communicate()
        beside, _ = writer.communicate()
    looks = json.loads(reader)
    took_ms = sorted(looks["took_ms"])
    return {
        "commits/s alone": int(alone.split()[-1]) / seconds,
        "commits/s beside a reader": int(beside.split()[-1]) / seconds,
        "look, median ms": statistics.median(took_ms),
        "look, p99 ms": took_ms[int(len(took_ms) * 0.99)],
        "look, longest ms": took_ms[-1],
        "open beside a writer, ms": looks["opened_ms"],
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--against", type=Path, help="another checkout")
    options.add_argument("--seconds", type=float, default=6.0, help="each measurement")
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    checkouts = [ROOT] if given.against is None else [given.against.resolve(), ROOT]
    rounds = [[measured(checkout, given.seconds) for checkout in checkouts] for _ in range(given.rounds)]
    for name in rounds[0][0]:
        middle = [statistics.median(one[n][name] for one in rounds) for n in range(len(checkouts))]
        ratio = f"   {middle[1] / middle[0]:6.2f} of the other" if len(middle) == 2 else ""
        sys.stdout.write(f"{name:28}" + "".join(f"{value:10.1f}" for value in middle) + ratio + "\n")


if __name__ == "__main__":
    main()
