"""How long graphs take to compile, against their size: this project, PyTensor, Theano 1.0.5.

Networks of growing depth, with batch normalisation, their gradients and updates; see
``contestants/deep_networks.py``. Every one is built, compiled and called once in a process of its
own. Prints a table and, for each contestant, the exponent of growth: the slope of the logarithm of
the time against that of the number of nodes. Theano 1.0.5 runs on no Python of today; its figures
come from ``compile_time_theano_1_0_5.json``, which ``--record`` writes anew.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

# The script may be started from anywhere.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.mnist_step import (
    FLOAT32,
    HERE,
    Contestant,
    Record,
    answer_of,
    environment,
    machine,
    table,
)

WORKER = HERE / "contestants" / "compile_worker.py"
RECORDED = HERE / "compile_time_theano_1_0_5.json"
PROGRAMS = ("mlp-10", "mlp-30", "mlp-100", "resnet-164")
CONTESTANTS = {
    "ours": Contestant("theano", environment={"THEANO_FLAGS": FLOAT32}),
    "pytensor": Contestant(
        "pytensor", interpreter="pytensor_python", environment={"PYTENSOR_FLAGS": FLOAT32}
    ),
    "pytensor_c": Contestant(
        "pytensor",
        interpreter="pytensor_python",
        environment={"PYTENSOR_FLAGS": FLOAT32 + ",linker=cvm"},
    ),
    "theano_1_0_5": Contestant(
        "theano",
        interpreter="theano_python",
        optional_interpreter=False,
        environment={"THEANO_FLAGS": FLOAT32},
    ),
}
FIGURES = ("graph_s", "rewriting_s", "tracing_s", "compiling_s", "linking_s", "first_call_s")
FITTED = ("graph_cpu_s", "rewriting_s", "total_s", "total_cpu_s")

NOTES = """\
nodes: of the graph as it was built, and after rewriting. graph: building it, gradient included.
rewriting, tracing, compiling: parts of what follows; tracing is JAX's, compiling XLA's. linking:
  writing and compiling C (theano_1_0_5, pytensor_c), or preparing Numba (pytensor, which compiles
  at the first call). What these keep on disk from earlier runs is used.
total: theano.function and the first call. cpu: seconds of processors over all threads and child
  processes, for the same; where a machine is shared it says more than the clock on the wall.
growth: time ~ nodes^exponent, fitted over the sizes of one kind of network."""


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--programs", default=",".join(PROGRAMS), help="KIND-DEPTH, by commas (%(default)s)"
    )
    parser.add_argument("--contestants", default=",".join(CONTESTANTS))
    parser.add_argument(
        "--form",
        choices=("dense", "conv"),
        default="dense",
        help="products of the residual network: matrix products, or convolutions",
    )
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many runs counts")
    parser.add_argument("--pytensor-python", metavar="PATH", help="Python with PyTensor")
    parser.add_argument("--theano-python", metavar="PATH", help="Python with Theano 1.0.5")
    parser.add_argument("--record", action="store_true", help="keep what Theano 1.0.5 took")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=3600, help="seconds for one process")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw time against nodes")
    options = parser.parse_args(arguments)
    options.programs = options.programs.split(",")
    options.contestants = options.contestants.split(",")
    for program in options.programs:
        kind, _, depth = program.partition("-")
        if kind not in ("mlp", "resnet") or not depth.isdigit():
            parser.error(f"--programs: {program!r} is not of the form mlp-10 or resnet-164")
    unknown = set(options.contestants) - set(CONTESTANTS)
    if unknown:
        parser.error(f"--contestants: no {sorted(unknown)}; there are {', '.join(CONTESTANTS)}")
    return options


def run(contestant: Contestant, program: str, options: argparse.Namespace) -> Record:
    """One program compiled once: its record, with ``status`` and, if it is not ok, a reason."""
    python = sys.executable
    if contestant.interpreter is not None:
        given = getattr(options, contestant.interpreter)
        if given is None and not contestant.optional_interpreter:
            return {"status": "unavailable", "reason": "no interpreter was given"}
        python = given or python
    kind, _, depth = program.partition("-")
    command = [python, str(WORKER), contestant.module, kind, depth, options.form]
    with tempfile.TemporaryDirectory(prefix="compile_time_") as folder:
        variables = environment(contestant, options.threads, None)
        return answer_of(command, variables, options.timeout, folder)


def recorded(options: argparse.Namespace) -> dict[str, Record]:
    """What Theano 1.0.5 once took, by program."""
    if not RECORDED.exists():
        return {}
    programs: dict[str, Record] = json.loads(RECORDED.read_text())[options.form]
    return programs


def run_all(options: argparse.Namespace) -> dict[str, dict[str, Record]]:
    """By contestant and program: the run with the least processor time."""
    results: dict[str, dict[str, Record]] = {name: {} for name in options.contestants}
    for name, program in ((n, p) for p in options.programs for n in options.contestants):
        contestant = CONTESTANTS[name]
        if name == "theano_1_0_5" and options.theano_python is None:
            record = recorded(options).get(program)
            if record is not None:
                results[name][program] = record
                continue
        print(f"{name} {program} ...", file=sys.stderr, flush=True)
        records = [run(contestant, program, options) for _ in range(options.rounds)]
        good = [record for record in records if record["status"] == "ok"]
        best = min(good, key=lambda record: record["total_cpu_s"]) if good else records[0]
        results[name][program] = best
        said = best.get("reason") or f"{best['total_s']:.1f} s"
        print(f"{name} {program}: {said}", file=sys.stderr, flush=True)
    return results


def exponent(records: Iterable[Mapping[str, Any]], figure: str) -> float | None:
    """The slope of log time against log nodes; None for less than two sizes."""
    points = [(r["nodes"], r[figure]) for r in records if r["status"] == "ok" and figure in r]
    if len({nodes for nodes, _ in points}) < 2:
        return None
    nodes, times = np.log(np.array(points)).T
    return float(np.polyfit(nodes, times, 1)[0])


def report(results: Mapping[str, Mapping[str, Record]], host: Record, form: str) -> str:
    """The text that is printed."""
    names = [figure.removesuffix("_s").replace("_", " ") for figure in FIGURES]
    rows = [["contestant", "program", "nodes", "after", *names, "total", "cpu"]]
    growth, failures = [], []
    for name, by_program in results.items():
        for program, record in by_program.items():
            if record["status"] != "ok":
                failures.append(f"{name} {program} {record['status']}: {record['reason']}")
                continue
            figures = [record.get(figure) for figure in (*FIGURES, "total_s", "total_cpu_s")]
            rows.append(
                [name, program, str(record["nodes"]), str(record["nodes_after"])]
                + ["-" if value is None else f"{value:.2f}" for value in figures]
            )
        for kind in ("mlp", "resnet"):
            of_kind = [r for program, r in by_program.items() if program.startswith(kind)]
            slopes = {figure: exponent(of_kind, figure) for figure in FITTED}
            said = [f"{f.removesuffix('_s')} {s:.2f}" for f, s in slopes.items() if s is not None]
            if said:
                growth.append(f"growth of {name}, {kind}: " + ", ".join(said))
    head = f"{host['cpu']}, {host['cores']} cores, load {host['load_average']}; form: {form}"
    parts = [head, table(rows), "\n".join(growth), "\n".join(failures), NOTES]
    return "\n\n".join(part for part in parts if part)


def plot(results: Mapping[str, Mapping[str, Record]], path: Path) -> None:
    """Draw total time and time of rewriting against the number of nodes."""
    # A library that only this option needs.
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axes = plt.subplots()
    for name, by_program in results.items():
        good = sorted(
            (r for r in by_program.values() if r["status"] == "ok"), key=lambda r: r["nodes"]
        )
        nodes = [r["nodes"] for r in good]
        (line,) = axes.loglog(nodes, [r["total_s"] for r in good], "o-", label=f"{name}, total")
        rewriting = [r["rewriting_s"] for r in good]
        axes.loglog(nodes, rewriting, "o:", color=line.get_color(), label=f"{name}, rewriting")
    axes.set(xlabel="nodes", ylabel="seconds")
    axes.legend()
    figure.savefig(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; the exit status is 1 if no contestant gave a figure."""
    options = parse(arguments)
    host = machine()
    results = run_all(options)
    if options.record:
        kept = json.loads(RECORDED.read_text()) if RECORDED.exists() else {"dense": {}, "conv": {}}
        good = {p: r for p, r in results["theano_1_0_5"].items() if r["status"] == "ok"}
        kept[options.form].update(good)
        kept["machine"] = host
        RECORDED.write_text(json.dumps(kept, indent=1) + "\n")
    print(report(results, host, options.form))
    if options.json is not None:
        everything = {"machine": host, "form": options.form, "contestants": results}
        options.json.write_text(json.dumps(everything, indent=1) + "\n")
    if options.plot is not None:
        plot(results, options.plot)
    return 0 if any(r["status"] == "ok" for p in results.values() for r in p.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
