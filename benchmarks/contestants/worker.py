"""One contestant in a process of its own: import, build, train, print one line of JSON.

The driver, ``mnist_step.py``, starts this file; ``README.md`` beside it gives the protocol. Before
the contestant's module is imported nothing but the standard library is, so that the time of that
import is the import time of its framework (NumPy included). Runs on Python 3.7.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import statistics
import sys
import time
import traceback
from typing import Any, Callable

LIBRARIES = ("numpy", "theano", "jax", "jaxlib", "torch", "pytensor", "numba")


def keep_cpus(threads: int) -> None:
    """Confine the process to ``threads`` of its CPUs: thread pools are sized by what they see."""
    if not hasattr(os, "sched_setaffinity"):
        return
    allowed = sorted(os.sched_getaffinity(0))
    if threads < len(allowed):
        os.sched_setaffinity(0, allowed[:threads])


def peak_memory_bytes() -> int:
    """Peak resident memory of this process.

    Linux hands the starting process's ``ru_maxrss`` on to its children, so a large driver would
    show in every figure; ``VmHWM`` belongs to this process alone.
    """
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    # Not on every platform, and needed only where /proc is not.
    import resource  # noqa: PLC0415

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def busy_seconds() -> float:
    """Processor time that all processes of the machine have used so far; nan where unknown."""
    try:
        with open("/proc/stat") as stat:
            user, nice, system, _idle, _iowait, irq, softirq = stat.readline().split()[1:8]
    except (OSError, ValueError):
        return math.nan
    ticks = int(user) + int(nice) + int(system) + int(irq) + int(softirq)
    return ticks / os.sysconf("SC_CLK_TCK")


def percentile(values: list[float], percent: float) -> float:
    """The value at ``percent`` of the sorted ``values``, interpolated linearly."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Import, build and train one contestant; the figures that the driver tabulates.

    Raises: ValueError if the cost is not finite, and whatever the contestant raises.
    """
    start = time.perf_counter()
    contestant = importlib.import_module(options.module)
    import_s = time.perf_counter() - start

    # It imports NumPy, which belongs to the timed import above.
    from common import STEPS_PER_EPOCH, Setup, read_data  # noqa: PLC0415

    images, labels = read_data(options.data, contestant.INPUT_DTYPE)
    setup = Setup(images, labels, options.variant, options.threads, options.steps)

    start = time.perf_counter()
    program = contestant.build(setup)
    build_s = time.perf_counter() - start
    start = time.perf_counter()
    first_cost = float(program.train(0))
    first_call_s = time.perf_counter() - start

    stride = program.steps_per_call
    step = stride
    while step < options.warmup:
        program.train(step)
        step += stride

    ms_per_step = []
    cost = first_cost
    calls = max(options.steps // stride, 1 if stride == 1 else 3)
    busy_start, loop_cpu_start, loop_start = (
        busy_seconds(),
        time.process_time(),
        time.perf_counter(),
    )
    for _ in range(calls):
        start = time.perf_counter()
        cost = float(program.train(step))
        ms_per_step.append((time.perf_counter() - start) * 1e3 / stride)
        step += stride
    loop_s = time.perf_counter() - loop_start
    loop_cpu_s = time.process_time() - loop_cpu_start
    others_s = busy_seconds() - busy_start - loop_cpu_s
    if not (math.isfinite(first_cost) and math.isfinite(cost)):
        raise ValueError(f"the cost went from {first_cost} to {cost}")
    peak = peak_memory_bytes()

    predict_s = None
    if program.predictor is not None:
        start = time.perf_counter()
        program.predictor()(images[:10000])
        predict_s = time.perf_counter() - start

    return {
        "import_s": import_s,
        "build_s": build_s,
        "first_call_s": first_call_s,
        "compile_s": build_s + first_call_s,
        "predict_s": predict_s,
        "ms_per_step": statistics.median(ms_per_step),
        "ms_p10": percentile(ms_per_step, 10),
        "ms_p90": percentile(ms_per_step, 90),
        "cpu_ms_per_step": loop_cpu_s * 1e3 / (calls * stride),
        # The kernel counts the machine's time in coarse ticks: the difference can fall below 0.
        "others_cores": max(others_s, 0.0) / loop_s if math.isfinite(others_s) else None,
        "epoch_s": loop_s * STEPS_PER_EPOCH / (calls * stride),
        "steps_timed": calls * stride,
        "steps_per_call": stride,
        "peak_mib": peak / 2**20,
        "peak_less_data_mib": (peak - images.nbytes - labels.nbytes) / 2**20,
        "first_cost": first_cost if program.has_cost else None,
        "last_cost": cost if program.has_cost else None,
        "python": sys.version.split()[0],
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Versions of the libraries that were imported."""
    return {
        name: str(getattr(sys.modules[name], "__version__", "?"))
        for name in LIBRARIES
        if name in sys.modules
    }


def answer(measure: Callable[[argparse.Namespace], dict[str, Any]], options: Any) -> None:
    """Measure, and print one line of JSON, whatever happens."""
    # What a library prints on file descriptor 1 must not mix with the one line of JSON.
    line = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    keep_cpus(options.threads)
    try:
        figures = measure(options)
    except Exception as error:
        traceback.print_exc()
        # A submodule that is not there is a fault of the library, not its absence.
        missing = isinstance(error, ModuleNotFoundError) and "." not in (error.name or "")
        missing = missing or type(error).__name__ == "Unavailable"
        lines = str(error).strip().splitlines() or [""]
        reason = lines[0] if missing else f"{type(error).__name__}: {lines[0]}"
        figures = {"status": "unavailable" if missing else "failed", "reason": reason}
    else:
        figures["status"] = "ok"
    line.write(json.dumps(figures) + "\n")
    line.close()


def main() -> None:
    """Parse the driver's arguments, measure, and print one line of JSON, whatever happens."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module")
    parser.add_argument("--data", required=True)
    parser.add_argument("--variant", default="")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--warmup", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()

    answer(measure, options)


if __name__ == "__main__":
    main()
