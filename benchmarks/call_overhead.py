"""What a call costs whose program computes next to nothing: ours, JAX's, PyTensor's, Theano's.

Three functions: the sum of two 0-d arrays; one shared 0-d array counted up, without arguments and
results; and one that takes a vector and gives nothing. Ours and the jitted JAX functions run in one
process, turn by turn; the others in processes of their own. Prints a table; ``--json FILE`` writes
every round. ``README.md`` beside this file says what the figures mean.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# The script may be started from anywhere.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.mnist_step import ROOT, Record, answer_of, environment, machine, table
from benchmarks.mnist_step import Contestant as Process

WORKER = ROOT / "benchmarks" / "contestants" / "calls.py"
CASES = {
    "two_scalars": "x + y",
    "one_update": "count += 1",
    "nothing": "vector in",
}
OURS, REFERENCE = "ours", "jax_jit"
AIM = 2.0
"""Microseconds that a call of ours may take beyond the jitted JAX function that it amounts to."""

RECORDED = {"theano_1_0_5 (recorded)": {"two_scalars": 5.6, "one_update": 2.9}}
"""Microseconds, from another machine: shown where the original is not at hand."""

Times = dict[str, dict[str, list[float]]]

NOTES = """\
us per call: the least of the rounds, as other programs only ever add to it; in brackets the median.
x + y: two 0-d float64 arrays in, one out. count += 1: no arguments, no results. vector in: 100
  float64 numbers in, no results.
jax_jit: the call alone, its result left to JAX. jax_jit_read: the result as an ndarray, which ours,
  pytensor and theano always give; there is none to read in the other two."""


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=30, help="turns of every function")
    parser.add_argument("--calls", type=int, default=2000, help="calls in a turn")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument("--theano-python", metavar="PATH", help="Python with Theano 1.0.5")
    parser.add_argument("--pytensor-python", metavar="PATH", help="Python with PyTensor")
    parser.add_argument("--timeout", type=float, default=600, help="seconds for one process")
    options = parser.parse_args(arguments)
    for name in ("rounds", "calls"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be 1 or more, not {getattr(options, name)}")
    return options


def run(name: str, library: str, python: str | None, options: argparse.Namespace) -> Record:
    """One process: its record, with ``status`` ok, unavailable or failed and a reason."""
    ours = name == OURS
    command = [python or sys.executable, str(WORKER), library, "--name", name]
    command += ["--rounds", str(options.rounds), "--calls", str(options.calls)]
    command += ["--with-jax"] if ours else []
    process = Process("calls", interpreter=None if ours else python)
    return answer_of(command, environment(process, 1, None), options.timeout)


def run_all(options: argparse.Namespace) -> dict[str, Record]:
    """The record of every process, by its name."""
    records = {OURS: run(OURS, "theano", None, options)}
    records["pytensor"] = run("pytensor", "pytensor", options.pytensor_python, options)
    if options.theano_python is None:
        records["theano_1_0_5"] = {
            "status": "unavailable",
            "reason": "no interpreter: give --theano-python PATH",
        }
    else:
        records["theano_1_0_5"] = run("theano_1_0_5", "theano", options.theano_python, options)
    return records


def gather(records: Mapping[str, Record]) -> Times:
    """For each contestant and case, the microseconds of a call in each round."""
    times: Times = {}
    for record in records.values():
        for case, by_name in record.get("us_per_call", {}).items():
            for name, rounds in by_name.items():
                times.setdefault(name, {})[case] = rounds
    return times


def overheads(times: Times) -> dict[str, float]:
    """For each case, what ours takes beyond the reference, least against least."""
    ours, reference = times.get(OURS, {}), times.get(REFERENCE, {})
    return {case: min(ours[case]) - min(reference[case]) for case in CASES if case in ours}


def report(times: Times, records: Mapping[str, Record], host: Record) -> str:
    """The text that is printed: machine, table, failures, aims, notes."""
    rows = [["contestant", *CASES.values()]]
    for name, by_case in times.items():
        cells = [
            f"{min(by_case[case]):.2f} ({statistics.median(by_case[case]):.2f})"
            if case in by_case
            else "-"
            for case in CASES
        ]
        rows.append([name, *cells])
    if "theano_1_0_5" not in times:
        for name, recorded in RECORDED.items():
            rows.append([name, *(f"{recorded[c]:.2f}" if c in recorded else "-" for c in CASES)])
    failures = [
        f"{name} {record['status']}: {record['reason']}"
        for name, record in records.items()
        if record["status"] != "ok"
    ]
    aims = [
        f"{CASES[case]}: ours - jax_jit = {value:.2f} us (aim: at most {AIM:g}; "
        f"{'met' if value <= AIM else 'missed'})"
        for case, value in overheads(times).items()
    ]
    head = f"{host['cpu']}, {host['cores']} cores; us per call"
    parts = [head, table(rows), "\n".join(failures), "\n".join(aims), NOTES]
    return "\n\n".join(part for part in parts if part)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; the exit status is 1 if ours gave no figure."""
    options = parse(arguments)
    host = machine()
    records = run_all(options)
    times = gather(records)
    print(report(times, records, host))
    if options.json is not None:
        everything: dict[str, Any] = {
            "machine": host,
            "settings": {"rounds": options.rounds, "calls": options.calls},
            "us_per_call": times,
            "overhead_us": overheads(times),
            "processes": records,
        }
        options.json.write_text(json.dumps(everything, indent=1) + "\n")
    return 0 if OURS in times else 1


if __name__ == "__main__":
    sys.exit(main())
