"""Neural networks, forward and whole training steps, in this project and in its neighbours.

Every contestant runs every case in a process of its own, one after another, round after round, on
the same data and from the same weights; what it computes in its first calls is compared with the
first contestant's before it is timed. Prints a table in Markdown, of medians over the rounds;
``--json FILE`` writes everything that was measured. ``README.md`` beside this file says what the
cases and the figures are.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

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

WORKER = ROOT / "benchmarks" / "contestants" / "nnet_worker.py"
OURS, JAX, THEANO = "ours", "jax", "theano_1_0_5"
CASES = {
    "mnist": "MNIST conv net, RMSprop, dropout: step",
    "mnist_plain": "the same without dropout",
    "lenet": "LeNet, batch 500, by index: step",
    "vgg": "VGG block: forward",
    "vgg_step": "VGG block: step",
    "resnet": "ResNet block: forward",
    "resnet_step": "ResNet block, batch norm: step",
    "text": "text CNN: step",
    "max2": "max pool 2x2",
    "max2_grad": "max pool 2x2, and gradient",
    "max3": "max pool 3x3, stride 2",
    "max3_grad": "max pool 3x3, stride 2, and gradient",
    "mean2": "mean pool 2x2",
    "mean2_grad": "mean pool 2x2, and gradient",
    "norm": "batch norm",
    "norm_grad": "batch norm, and gradient",
}
STEPS = ("mnist", "mnist_plain", "lenet", "vgg_step", "resnet_step", "text")
"""Cases that are a whole training step."""

CONTESTANTS = {
    # The first that answers gives the results that others are compared with.
    JAX: Contestant("nnet_jax"),
    OURS: Contestant("nnet_theano", environment={"THEANO_FLAGS": FLOAT32}),
    "torch_eager": Contestant("nnet_torch", "eager"),
    "torch_compile": Contestant("nnet_torch", "compile"),
    THEANO: Contestant(
        "nnet_theano",
        interpreter="theano_python",
        optional_interpreter=False,
        environment={"THEANO_FLAGS": FLOAT32},
    ),
}
BEST = (JAX, "torch_eager", "torch_compile")
"""Whose best a step is not to be slower than."""
LEAST_GAIN = 3
"""How many times faster than the original a step is to be."""
TIMES = {"wall": "ms_per_call", "cpu": "cpu_ms_per_call"}

Results = dict[str, dict[str, list[Record]]]
"""For each case and contestant its record of every round."""

NOTES = """\
ms: median of the calls of a process, then median over the rounds; in brackets the range of rounds.
ours / X: ours over X's time per call, median of the rounds' ratios; below 1 ours is faster.
ours / best: over the best of jax, torch_eager and torch_compile in each round."""


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, help="times every contestant runs")
    parser.add_argument(
        "--theano-rounds",
        type=int,
        metavar="N",
        help="fewer rounds for the original, which compiles for long (default: all)",
    )
    parser.add_argument(
        "--cases", default=",".join(CASES), help="names, by commas (default: %(default)s)"
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
    parser.add_argument(
        "--clock",
        choices=TIMES,
        default="wall",
        help="cpu: processor time over all threads, which moves less where a machine is shared; "
        "with --threads 1, as threads that wait for one another use it too",
    )
    parser.add_argument("--small", action="store_true", help="tiny networks, to see that all run")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument("--theano-python", metavar="PATH", help="Python with Theano 1.0.5")
    parser.add_argument(
        "--max-others",
        type=float,
        metavar="CORES",
        help="run a process again (twice at most) if other programs kept more cores busy",
    )
    parser.add_argument("--timeout", type=float, default=900, help="seconds for one process")
    options = parser.parse_args(arguments)
    for option, known in (("cases", CASES), ("contestants", CONTESTANTS)):
        names = [name for name in getattr(options, option).split(",") if name]
        unknown = [name for name in names if name not in known]
        if unknown or not names:
            parser.error(f"--{option}: no {unknown or 'names'}; there are {', '.join(known)}")
        setattr(options, option, names)
    for name in ("rounds", "threads"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be 1 or more, not {getattr(options, name)}")
    return options


def run(name: str, case: str, options: argparse.Namespace, folder: str) -> Record:
    """One process: its record, with ``status`` ok, unavailable or failed and a reason."""
    contestant = CONTESTANTS[name]
    python = sys.executable
    if contestant.interpreter is not None:
        python = getattr(options, contestant.interpreter)
        if python is None:
            option = "--" + contestant.interpreter.replace("_", "-")
            return {"status": "unavailable", "reason": f"no interpreter: give {option} PATH"}
    command = [python, str(WORKER), contestant.module, case, "--variant", contestant.variant]
    command += ["--expected", os.path.join(folder, f"{case}.npz")]
    command += ["--seconds", str(options.seconds), "--threads", str(options.threads)]
    command += ["--small"] if options.small else []
    return answer_of(command, environment(contestant, options.threads, None), options.timeout)


def run_rounds(options: argparse.Namespace, folder: str) -> Results:
    """Round after round, case after case, one contestant after another; Ctrl-C ends it early."""
    last = options.rounds if options.theano_rounds is None else options.theano_rounds
    turns = [
        (case, name)
        for turn in range(options.rounds)
        for case in options.cases
        for name in options.contestants
        if name != THEANO or turn < last
    ]
    results: Results = {case: {} for case in options.cases}
    try:
        for turn, (case, name) in enumerate(turns, start=1):
            place = f"[{turn}/{len(turns)}] {case} {name}"
            print(f"{place} ...", file=sys.stderr, flush=True)
            record = run_undisturbed(partial(run, name, case, options, folder), options.max_others)
            results[case].setdefault(name, []).append(record)
            said = record.get("reason") or f"{record[TIMES[options.clock]]:.2f} ms"
            print(f"{place}: {said}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("interrupted: what follows is from the runs that ended", file=sys.stderr)
    return results


def times(by_name: Mapping[str, list[Record]], name: str, clock: str) -> list[float | None]:
    """A contestant's time per call in each round; None where it is not ok."""
    key = TIMES[clock]
    return [r[key] if r["status"] == "ok" else None for r in by_name.get(name, [])]


def ratio(by_name: Mapping[str, list[Record]], clock: str, *rivals: str) -> float | None:
    """Median over the rounds of ours over the best of the rivals; None if no round has both."""
    ratios = []
    for turn, mine in enumerate(times(by_name, OURS, clock)):
        found = [times(by_name, name, clock)[turn : turn + 1] for name in rivals]
        theirs = [t for here in found for t in here if t is not None]
        if mine is not None and theirs:
            ratios.append(mine / min(theirs))
    return statistics.median(ratios) if ratios else None


def check_aims(results: Results, clock: str) -> list[Record]:
    """The aims whose contestants ran: text, value, bound, and whether it is met."""
    checked = []
    for case in results:
        aims = [("ours / theano_1_0_5", ratio(results[case], clock, THEANO), 1 / LEAST_GAIN)]
        aims.append(("ours / best", ratio(results[case], clock, *BEST), 1.0))
        for text, value, bound in aims if case in STEPS else []:
            if value is not None:
                aim = {"aim": f"{case}: {text}", "value": value, "bound": bound}
                checked.append({**aim, "met": value <= bound})
    return checked


def markdown(results: Results, names: Sequence[str], clock: str) -> str:
    """One row a case: times of ours, then ratios to each rival, and to the best of them."""
    rivals = [name for name in names if name != OURS]
    best = [name for name in rivals if name in BEST]
    head = ["", "ours, ms", *(f"ours / {name}" for name in rivals)]
    rows = [head + ["ours / best"] if len(best) > 1 else head]
    for case, by_name in results.items():
        mine = [t for t in times(by_name, OURS, clock) if t is not None]
        row = [CASES[case], "-"]
        if mine:
            row[1] = f"{statistics.median(mine):.2f} ({min(mine):.2f}-{max(mine):.2f})"
        groups = [(name,) for name in rivals] + ([tuple(best)] if len(best) > 1 else [])
        for group in groups:
            value = ratio(by_name, clock, *group)
            row.append("-" if value is None else f"{value:.2f}")
        rows.append(row)
    return table(rows)


def report(results: Results, host: Record, options: argparse.Namespace) -> str:
    """The text that is printed: machine, versions, the table, failures, aims, notes."""
    records = [
        (case, name, record)
        for case, by_name in results.items()
        for name, rounds in by_name.items()
        for record in rounds
    ]
    others = [r["others_cores"] for *_, r in records if r.get("others_cores") is not None]
    head = (
        f"{host['cpu']}, {host['cores']} cores, {options.threads} threads; "
        f"{options.clock} clock; {options.rounds} rounds"
    )
    if options.small:
        head += "; small networks"
    if others:
        head += f"; other programs kept {statistics.median(others):.2f} cores busy (median)"
    versions = {
        f"{library} {version}"
        for _, name, r in records
        for library, version in r.get("versions", {}).items()
        if library != "numpy" and (library != "theano" or name == THEANO)
    }
    failures = {
        f"{case}, {name} {record['status']}: {record['reason']}"
        for case, name, record in records
        if record["status"] != "ok"
    }
    aims = [
        f"{aim['aim']} = {aim['value']:.2f} (aim: at most {aim['bound']:.2f}; "
        f"{'met' if aim['met'] else 'missed'})"
        for aim in check_aims(results, options.clock)
    ]
    parts = [
        head,
        ", ".join(sorted(versions)),
        markdown(results, options.contestants, options.clock),
    ]
    parts += ["\n".join(sorted(failures)), "\n".join(aims), NOTES]
    return "\n\n".join(part for part in parts if part)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; the exit status is 1 if ours gave no figure in some case."""
    options = parse(arguments)
    host = machine()
    with tempfile.TemporaryDirectory(prefix="nnet_") as folder:
        results = run_rounds(options, folder)
    print(report(results, host, options))
    if options.json is not None:
        kept = ("rounds", "theano_rounds", "seconds", "threads", "clock", "small", "max_others")
        everything = {
            "machine": host,
            "settings": {name: getattr(options, name) for name in kept},
            "cases": results,
            "aims": check_aims(results, options.clock),
        }
        options.json.write_text(json.dumps(everything, indent=1) + "\n")
    if OURS not in options.contestants:
        return 0
    missing = [c for c in results if not any(times(results[c], OURS, options.clock))]
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
