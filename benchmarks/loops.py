"""Loops, forward and gradient in one function, in this project and in its neighbours.

Every contestant runs every case in a process of its own, one after another, round after round, on
the same data and from the same weights; its results are compared with the first contestant's
before it is timed. Prints tables of medians over the rounds; ``--json FILE`` writes everything that
was measured. ``README.md`` beside this file says what the cases and the figures are.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

# The script may be started from anywhere.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.mnist_step import (
    FLOAT32,
    ROOT,
    Contestant,
    Record,
    answer_of,
    environment,
    machine,
    run_undisturbed,
    table,
)

WORKER = ROOT / "benchmarks" / "contestants" / "loops_worker.py"
OURS, JAX, THEANO = "ours", "jax", "theano_1_0_5"
CASES = {
    "elman": "Elman RNN",
    "lstm": "LSTM, embedding, masks",
    "gru": "GRU, softmax per step",
    "rbm": "RBM, CD-15",
    "kalman": "scalars, 100,000 steps",
    "until": "until at rest",
    "nested": "loop in a loop",
    "lengths": "50 lengths",
}
LAYERED = ("elman", "lstm", "gru", "lengths")
"""Cases that PyTorch has a layer for."""

CONTESTANTS = {
    # The first that answers gives the results that others are compared with.
    JAX: Contestant("loops_jax"),
    OURS: Contestant("loops_theano", "theano", environment={"THEANO_FLAGS": FLOAT32}),
    "torch_eager": Contestant("loops_torch", "eager"),
    "torch_nn": Contestant("loops_torch", "nn"),
    "pytensor": Contestant(
        "loops_theano",
        "pytensor",
        interpreter="pytensor_python",
        environment={"PYTENSOR_FLAGS": FLOAT32},
    ),
    THEANO: Contestant(
        "loops_theano",
        "theano",
        interpreter="theano_python",
        optional_interpreter=False,
        environment={"THEANO_FLAGS": FLOAT32},
    ),
}
TIME, MEMORY = "ms_per_call", "peak_mib"

Results = dict[str, dict[str, list[Record]]]
"""For each case and contestant its record of every round."""

NOTES = """\
ms per call: median of the calls of a process, then median over the rounds. A call computes the cost
  and its gradient with respect to every weight. 50 lengths: all 50 sequences, one after another.
ours / X: ours over X's time per call, median of the rounds' ratios; below 1 ours is faster.
first s: building the program and its first call, which for 50 lengths compiles for each of them.
  What a library keeps on disk from earlier runs is used.
peak MiB: peak resident memory of the process; in brackets what it grew by after the imports.
torch_eager: a loop of Python; torch_nn: nn.RNN, nn.LSTM, nn.GRU. jax: lax.scan, lax.while_loop."""


@dataclass(frozen=True)
class Aim:
    """A bound on ours over a contestant's figure in a case."""

    case: str
    rival: str
    bound: float
    figure: str = TIME

    def __str__(self) -> str:
        what = "peak memory" if self.figure == MEMORY else "time"
        return f"{self.case}: {what}, ours / {self.rival}"


AIMS = (
    Aim("elman", JAX, 1.0),
    Aim("lstm", "torch_nn", 1.1),
    *(Aim(case, JAX, 1.05) for case in ("gru", "rbm", "kalman")),
    *(Aim(case, THEANO, 1 / 3) for case in CASES),
    *(Aim(case, JAX, 1.0, MEMORY) for case in CASES),
)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, help="times every contestant runs")
    parser.add_argument(
        "--case",
        action="append",
        choices=CASES,
        dest="cases",
        help="only this case; may be given again (default: all)",
    )
    parser.add_argument(
        "--contestants",
        default=",".join(CONTESTANTS),
        help="names, by commas (default: %(default)s)",
    )
    parser.add_argument(
        "--seconds", type=float, default=3, help="of calls, at least one, in each process"
    )
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--small", action="store_true", help="tiny loops, to see that all run")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument("--theano-python", metavar="PATH", help="Python with Theano 1.0.5")
    parser.add_argument("--pytensor-python", metavar="PATH", help="Python with PyTensor")
    parser.add_argument(
        "--max-others",
        type=float,
        metavar="CORES",
        help="run a process again (twice at most) if other programs kept more cores busy",
    )
    parser.add_argument("--timeout", type=float, default=900, help="seconds for one process")
    options = parser.parse_args(arguments)
    options.cases = options.cases or list(CASES)
    options.contestants = [name for name in options.contestants.split(",") if name]
    unknown = [name for name in options.contestants if name not in CONTESTANTS]
    if unknown or not options.contestants:
        parser.error(f"--contestants: no {unknown or 'names'}; there are {', '.join(CONTESTANTS)}")
    for name in ("rounds", "threads"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be 1 or more, not {getattr(options, name)}")
    return options


def run(name: str, case: str, options: argparse.Namespace, folder: str) -> Record:
    """One process: its record, with ``status`` ok, unavailable or failed and a reason."""
    contestant = CONTESTANTS[name]
    python = sys.executable
    if contestant.interpreter is not None:
        given = getattr(options, contestant.interpreter)
        if given is None and not contestant.optional_interpreter:
            option = "--" + contestant.interpreter.replace("_", "-")
            return {"status": "unavailable", "reason": f"no interpreter: give {option} PATH"}
        python = given or python
    command = [python, str(WORKER), contestant.module, case, "--variant", contestant.variant]
    command += ["--expected", os.path.join(folder, f"{case}.npz")]
    command += ["--seconds", str(options.seconds), "--threads", str(options.threads)]
    command += ["--small"] if options.small else []
    return answer_of(command, environment(contestant, options.threads, None), options.timeout)


def run_rounds(options: argparse.Namespace, folder: str) -> Results:
    """Round after round, case after case, one contestant after another; Ctrl-C ends it early."""
    turns = [
        (case, name)
        for case in options.cases
        for name in options.contestants
        if name != "torch_nn" or case in LAYERED
    ]
    results: Results = {case: {} for case in options.cases}
    try:
        for turn in range(options.rounds * len(turns)):
            case, name = turns[turn % len(turns)]
            place = f"[{turn + 1}/{options.rounds * len(turns)}] {case} {name}"
            print(f"{place} ...", file=sys.stderr, flush=True)
            record = run_undisturbed(partial(run, name, case, options, folder), options.max_others)
            results[case].setdefault(name, []).append(record)
            said = record.get("reason") or f"{record[TIME]:.2f} ms"
            print(f"{place}: {said}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("interrupted: what follows is from the runs that ended", file=sys.stderr)
    return results


def median(records: Sequence[Record], figure: str) -> float | None:
    """A figure's median over the rounds that are ok."""
    values = [record[figure] for record in records if record["status"] == "ok"]
    return statistics.median(values) if values else None


def ratio(by_name: Mapping[str, list[Record]], rival: str, figure: str = TIME) -> float | None:
    """Median over the rounds of ours over a rival's figure; None if no round has both."""
    ratios = [
        mine[figure] / other[figure]
        for mine, other in zip(by_name.get(OURS, []), by_name.get(rival, []), strict=False)
        if mine["status"] == other["status"] == "ok"
    ]
    return statistics.median(ratios) if ratios else None


def check_aims(results: Results) -> list[Record]:
    """The aims whose contestants ran: text, value, bound, and whether it is met."""
    checked = []
    for aim in AIMS:
        value = ratio(results.get(aim.case, {}), aim.rival, aim.figure)
        if value is not None:
            met = value <= aim.bound
            checked.append({"aim": str(aim), "value": value, "bound": aim.bound, "met": met})
    return checked


def report(results: Results, host: Record, options: argparse.Namespace) -> str:
    """The text that is printed: machine, a table for each figure, failures, aims, notes."""

    def rows(head: str, names: Sequence[str], cell: Any) -> str:
        body = [[CASES[case], *(cell(results[case], name) for name in names)] for case in results]
        return table([[head, *names], *body])

    def figure(key: str, digits: int) -> Any:
        def cell(by_name: Mapping[str, list[Record]], name: str) -> str:
            value = median(by_name.get(name, []), key)
            return "-" if value is None else f"{value:.{digits}f}"

        return cell

    def relative(by_name: Mapping[str, list[Record]], name: str) -> str:
        value = ratio(by_name, name)
        return "-" if value is None else f"{value:.2f}"

    def memory(by_name: Mapping[str, list[Record]], name: str) -> str:
        records = by_name.get(name, [])
        peak, grown = median(records, MEMORY), median(records, "peak_less_start_mib")
        return "-" if peak is None else f"{peak:.0f} ({grown:.0f})"

    names = options.contestants
    rivals = [name for name in names if name != OURS]
    failures = {
        f"{case}, {name} {record['status']}: {record['reason']}"
        for case, by_name in results.items()
        for name, records in by_name.items()
        for record in records
        if record["status"] != "ok"
    }
    aims = [
        f"{aim['aim']} = {aim['value']:.2f} (aim: at most {aim['bound']:.2f}; "
        f"{'met' if aim['met'] else 'missed'})"
        for aim in check_aims(results)
    ]
    others = [
        record["others_cores"]
        for by_name in results.values()
        for records in by_name.values()
        for record in records
        if record.get("others_cores") is not None
    ]
    head = (
        f"{host['cpu']}, {host['cores']} cores, {options.threads} threads; "
        f"{options.rounds} rounds{'; small loops' if options.small else ''}"
    )
    if others:
        head += f"; other programs kept {statistics.median(others):.2f} cores busy (median)"
    parts = [head, rows("ms per call", names, figure(TIME, 2))]
    parts += [rows("ours / X", rivals, relative), rows("first s", names, figure("compile_s", 1))]
    parts += [rows("peak MiB", names, memory), "\n".join(sorted(failures)), "\n".join(aims), NOTES]
    return "\n\n".join(part for part in parts if part)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; the exit status is 1 if ours gave no figure in some case."""
    options = parse(arguments)
    host = machine()
    with tempfile.TemporaryDirectory(prefix="loops_") as folder:
        results = run_rounds(options, folder)
    print(report(results, host, options))
    if options.json is not None:
        kept = ("rounds", "seconds", "threads", "small", "max_others")
        everything = {
            "machine": host,
            "settings": {name: getattr(options, name) for name in kept},
            "cases": results,
            "aims": check_aims(results),
        }
        options.json.write_text(json.dumps(everything, indent=1) + "\n")
    if OURS not in options.contestants:
        return 0
    missing = [case for case in results if median(results[case].get(OURS, []), TIME) is None]
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
