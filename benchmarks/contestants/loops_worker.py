"""One contestant and one case of the loops, in a process of its own; prints one line of JSON.

The driver, ``loops.py``, starts this file as

    PYTHON loops_worker.py MODULE CASE --variant NAME --expected FILE --seconds S --threads N

The first call's results are compared with those in FILE before anything is timed; a FILE that is
not there is written. Runs on Python 3.7.
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import sys
import time
from typing import Any

from worker import answer, busy_seconds, peak_memory_bytes, percentile, versions


def compare(case: str, names: list[str], results: Any, path: str) -> None:
    """Compare results with those in a file, or write it.

    Raises: ValueError if they differ.
    """
    # NumPy's import belongs to the contestant's.
    import numpy as np  # noqa: PLC0415
    from loop_cases import difference  # noqa: PLC0415

    found = [np.asarray(value) for value in results]
    if not os.path.exists(path):
        np.savez(path, *found)
        return
    with np.load(path) as stored:
        expected = [stored["arr_%d" % k] for k in range(len(stored.files))]
    said = difference(case, names, found, expected)
    if said:
        raise ValueError("other results than the first contestant's: " + said)


def settle(run: Any) -> tuple[int, float]:
    """Call six times, or for ten seconds; the number and the seconds.

    Who compiles for a length when it has come several times is through with it then.
    """
    took: list[float] = []
    while len(took) < 6 and sum(took) < 10:
        start = time.perf_counter()
        run()
        took.append(time.perf_counter() - start)
    return len(took), sum(took)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Build, check, and call again and again; the figures that the driver tabulates."""
    start = time.perf_counter()
    contestant = importlib.import_module(options.module)
    if options.module == "loops_theano":
        importlib.import_module(options.variant)
    elif "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(options.threads)
    import_s = time.perf_counter() - start

    from loop_cases import problem as problem_of  # noqa: PLC0415  it imports NumPy

    problem = problem_of(options.case, options.small)
    base = peak_memory_bytes()

    start = time.perf_counter()
    run = contestant.build(options.case, problem, options.variant)
    build_s = time.perf_counter() - start
    start = time.perf_counter()
    results = run()
    first_call_s = time.perf_counter() - start
    names = ["cost", *("gradient of " + name for name in problem.weights)]
    compare(options.case, names, results, options.expected)
    cost = float(results[0])
    del results
    more_calls, more_calls_s = settle(run)

    ms: list[float] = []
    busy_start, cpu_start, loop_start = busy_seconds(), time.process_time(), time.perf_counter()
    loop_s = 0.0
    while not ms or loop_s < options.seconds:
        start = time.perf_counter()
        run()
        end = time.perf_counter()
        ms.append((end - start) * 1e3)
        loop_s = end - loop_start
    others_s = busy_seconds() - busy_start - (time.process_time() - cpu_start)
    peak = peak_memory_bytes()
    return {
        "import_s": import_s,
        "build_s": build_s,
        "first_call_s": first_call_s,
        "compile_s": build_s + first_call_s + more_calls_s,
        "calls_to_settle": more_calls,
        "ms_per_call": statistics.median(ms),
        "ms_p10": percentile(ms, 10),
        "ms_p90": percentile(ms, 90),
        "calls_timed": len(ms),
        # Coarse ticks of the kernel: the difference can fall below 0; nan where it is unknown.
        "others_cores": max(others_s, 0.0) / loop_s if others_s == others_s else None,
        "peak_mib": peak / 2**20,
        "peak_less_start_mib": (peak - base) / 2**20,
        "cost": cost,
        "python": sys.version.split()[0],
        "versions": versions(),
    }


def main() -> None:
    """Measure, and print one line of JSON, whatever happens."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module")
    parser.add_argument("case")
    parser.add_argument("--variant", default="")
    parser.add_argument("--expected", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()

    answer(measure, options)


if __name__ == "__main__":
    main()
