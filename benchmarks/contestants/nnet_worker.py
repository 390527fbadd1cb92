"""One contestant and one case of the networks, in a process of its own; prints a line of JSON.

The driver, ``nnet.py``, starts this file as

    PYTHON nnet_worker.py MODULE CASE --variant NAME --expected FILE --seconds S --threads N

What the first calls give, and what they change in the weights, is compared with that in FILE before
anything is timed; a FILE that is not there is written. Runs on Python 3.7.
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import sys
import time
from typing import Any

from loops_worker import settle
from worker import answer, busy_seconds, peak_memory_bytes, percentile, versions


def compare(case: str, found: dict[str, Any], path: str) -> None:
    """Compare results with those in a file, or write it.

    Raises: ValueError if they differ.
    """
    # NumPy's import belongs to the contestant's.
    import numpy as np  # noqa: PLC0415
    from nnet_cases import difference  # noqa: PLC0415

    if not os.path.exists(path):
        np.savez(path, **found)
        return
    with np.load(path) as stored:
        expected = {name: stored[name] for name in stored.files}
    said = difference(case, found, expected)
    if said:
        raise ValueError("other results than the first contestant's: " + said)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Build, check, and call again and again; the figures that the driver tabulates."""
    start = time.perf_counter()
    contestant = importlib.import_module(options.module)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(options.threads)
    import_s = time.perf_counter() - start

    from nnet_cases import found_by  # noqa: PLC0415  it imports NumPy
    from nnet_cases import problem as problem_of  # noqa: PLC0415

    problem = problem_of(options.case, options.small)
    base = peak_memory_bytes()

    start = time.perf_counter()
    built = contestant.build(options.case, problem, options.variant)
    build_s = time.perf_counter() - start
    start = time.perf_counter()
    found = found_by(built, problem)
    first_calls_s = time.perf_counter() - start
    compare(options.case, found, options.expected)
    del found
    more_calls, more_calls_s = settle(built.call)

    ms: list[float] = []
    busy_start, cpu_start, loop_start = busy_seconds(), time.process_time(), time.perf_counter()
    loop_s = 0.0
    while not ms or loop_s < options.seconds:
        start = time.perf_counter()
        built.call()
        end = time.perf_counter()
        ms.append((end - start) * 1e3)
        loop_s = end - loop_start
    cpu_s = time.process_time() - cpu_start
    others_s = busy_seconds() - busy_start - cpu_s
    peak = peak_memory_bytes()
    return {
        "import_s": import_s,
        "build_s": build_s,
        "first_calls_s": first_calls_s,
        "compile_s": build_s + first_calls_s + more_calls_s,
        "calls_to_settle": more_calls,
        "ms_per_call": statistics.median(ms),
        "ms_p10": percentile(ms, 10),
        "ms_p90": percentile(ms, 90),
        "cpu_ms_per_call": 1e3 * cpu_s / len(ms),
        "calls_timed": len(ms),
        # Coarse ticks of the kernel: the difference can fall below 0; nan where it is unknown.
        "others_cores": max(others_s, 0.0) / loop_s if others_s == others_s else None,
        "peak_mib": peak / 2**20,
        "peak_less_start_mib": (peak - base) / 2**20,
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
