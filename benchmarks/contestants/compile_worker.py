"""One network compiled once, in a process of its own; prints one line of JSON.

The driver, ``compile_time.py``, starts this file as

    PYTHON compile_worker.py LIBRARY PROGRAM DEPTH FORM

LIBRARY is "theano" (this project, or the original: whatever that Python has) or "pytensor". Runs on
Python 3.7.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from typing import Any

from deep_networks import PROGRAMS, Network


class Clock:
    """The seconds of what is done within it: on the wall, and of processors (children's too)."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def _now(self) -> tuple[float, float]:
        times = os.times()
        return time.perf_counter(), times.user + times.system + sum(times[2:4])

    def __enter__(self) -> Clock:
        self._start = self._now()
        return self

    def __exit__(self, *_: Any) -> None:
        wall, cpu = self._now()
        self.wall += wall - self._start[0]
        self.cpu += cpu - self._start[1]


def count_nodes(variables: list[Any]) -> int:
    """How many nodes the graph of ``variables`` has."""
    nodes = set()
    todo = list(variables)
    while todo:
        node = todo.pop().owner
        if node is not None and node not in nodes:
            nodes.add(node)
            todo.extend(node.inputs)
    return len(nodes)


def time_rewriting(clock: Clock) -> None:
    """Have ``clock`` run while this project's driver of rules does."""
    drivers = importlib.import_module("theano.rewriting")
    run = drivers.Equilibrium.run

    def timed(self: Any, fgraph: Any) -> Any:
        with clock:
            return run(self, fgraph)

    drivers.Equilibrium.run = timed


def measure(library: str, program: str, depth: int, form: str) -> dict[str, Any]:
    """Build, compile and call; the figures that the driver tabulates."""
    lib, tensor = importlib.import_module(library), importlib.import_module(library + ".tensor")
    ours = hasattr(lib, "lowering")
    if form == "conv" and not hasattr(getattr(tensor, "nnet", None), "conv2d"):
        raise ModuleNotFoundError(f"{library} has no tensor.nnet.conv2d")
    if not ours:
        # The others follow graphs by recursion here and there.
        sys.setrecursionlimit(200000)
    graph, function, first, second, rewriting = (Clock() for _ in range(5))
    with graph:
        step = PROGRAMS[program](Network(lib, tensor), depth, form)
    n_nodes = count_nodes([step.cost] + [new for _, new in step.updates])
    if ours:
        time_rewriting(rewriting)
    with function:
        f = lib.function(step.inputs, step.cost, updates=step.updates, profile=not ours)
    with first:
        first_cost = float(f(*step.arguments))
    with second:
        f(*step.arguments)
    figures = {
        "nodes": n_nodes,
        "nodes_after": len(f.maker.fgraph.apply_nodes),
        "graph_s": graph.wall,
        "function_s": function.wall,
        "first_call_s": first.wall,
        "total_s": function.wall + first.wall,
        "graph_cpu_s": graph.cpu,
        "total_cpu_s": function.cpu + first.cpu,
        "call_s": second.wall,
        "cost": first_cost,
        "python": sys.version.split()[0],
        "version": str(lib.__version__),
    }
    if ours:
        figures["rewriting_s"], figures["rewriting_cpu_s"] = rewriting.wall, rewriting.cpu
        figures["tracing_s"] = sum(c.trace_seconds for c in f.compilations)
        figures["compiling_s"] = sum(c.compile_seconds for c in f.compilations)
    else:
        profile = vars(f.profile)
        figures["rewriting_s"] = profile.get("rewriting_time", profile.get("optimizer_time"))
        figures["linking_s"] = profile["linker_time"]
    return figures


def main() -> None:
    library, program, depth, form = sys.argv[1:]
    # What a library prints on file descriptor 1 must not mix with the one line of JSON.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        figures = measure(library, program, int(depth), form)
        figures["status"] = "ok"
    except ModuleNotFoundError as error:
        figures = {"status": "unavailable", "reason": str(error)}
    except Exception as error:
        traceback.print_exc()
        first_line = (str(error).strip().splitlines() or [""])[0]
        figures = {"status": "failed", "reason": f"{type(error).__name__}: {first_line}"}
    answer.write(json.dumps(figures) + "\n")
    answer.close()
    # Not through Python's own end: the profilers of the others would print their tables.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
