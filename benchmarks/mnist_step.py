"""One training step of the MNIST network, in this project and in its neighbours.

Every contestant runs in a process of its own, one after another, round after round, on the same
data and from the same weights. Prints two tables of medians over the rounds; ``--json FILE``
writes everything that was measured. ``README.md`` beside this file says what the figures mean.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WORKER = HERE / "contestants" / "worker.py"
N_IMAGES = 468 * 128
THIS, REFERENCE = "ours", "jax_jit"

Record = dict[str, Any]
Rounds = dict[str, list[Record]]


@dataclass(frozen=True)
class Contestant:
    """A file of ``contestants/``, one of its variants, and where and how it runs.

    ``interpreter`` names the command-line option that gives its Python; None is this one.
    ``optional_interpreter`` says that this Python will do where the option is not given.
    """

    module: str
    variant: str = ""
    interpreter: str | None = None
    optional_interpreter: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)


FLOAT32 = "floatX=float32"
CONTESTANTS = {
    "ours": Contestant("theano_mlp", "dropout", environment={"THEANO_FLAGS": FLOAT32}),
    "ours_no_dropout": Contestant(
        "theano_mlp", "no_dropout", environment={"THEANO_FLAGS": FLOAT32}
    ),
    "jax_jit": Contestant("jax_jit"),
    "jax_scan": Contestant("jax_scan"),
    "torch_eager": Contestant("torch_mlp", "eager"),
    "torch_compile": Contestant("torch_mlp", "compile"),
    "pytensor": Contestant(
        "pytensor_mlp", interpreter="pytensor_python", environment={"PYTENSOR_FLAGS": FLOAT32}
    ),
    "theano_1_0_5": Contestant(
        "theano_mlp",
        "dropout",
        interpreter="theano_python",
        optional_interpreter=False,
        environment={"THEANO_FLAGS": FLOAT32},
    ),
    "floor": Contestant("floor"),
}

NOTES = """\
ms/step: median of the single steps of a process, then median over rounds (min-max over rounds);
  p10 and p90 lie within a process. jax_scan: mean over a scanned epoch, or over --steps of it.
epoch s: wall time of the timed loop, for 468 steps.
compile s: building the program and its first call (for jax_scan that trains a whole scan).
  On-disk caches of compiled code from earlier runs are used where a library keeps them, unless
  --cold; for Theano 1.0.5 they make a factor of ten.
predict s: building the second function, predict, and its first call, on 10,000 images.
peak MiB: peak resident memory; "less data" is without the 59,904 images and labels themselves.
vs X: time per step over X's, median of the rounds' ratios; above 1 is slower than X.
others: processor cores that other programs kept busy meanwhile; above 0.1 the times are disturbed.
ours, theano_1_0_5 and pytensor take float64 batches, as such programs have them; jax, torch and
  floor take float32 ones, converted once before. first cost and last cost are for sanity."""


@dataclass(frozen=True)
class Aim:
    """A figure of this project's and the bound that it is to keep."""

    text: str
    contestants: tuple[str, ...]
    bound: float
    value: Callable[[list[Mapping[str, float]]], float]


def _step_ratio(medians: list[Mapping[str, float]]) -> float:
    return medians[0]["ms_per_step"] / medians[1]["ms_per_step"]


AIMS = (
    Aim("step: ours / jax_jit", ("ours", "jax_jit"), 0.85, _step_ratio),
    Aim("step: ours / torch_eager", ("ours", "torch_eager"), 0.35, _step_ratio),
    Aim("step: ours / ours_no_dropout", ("ours", "ours_no_dropout"), 1.15, _step_ratio),
    Aim(
        "import s: ours - jax_jit",
        ("ours", "jax_jit"),
        0.3,
        lambda medians: medians[0]["import_s"] - medians[1]["import_s"],
    ),
    Aim(
        "compile s: train and predict of ours",
        ("ours",),
        2.0,
        lambda medians: medians[0]["compile_s"] + medians[0]["predict_s"],
    ),
)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; ``--epochs`` wins over ``--steps``."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, help="times every contestant runs")
    parser.add_argument("--steps", type=int, default=200, help="steps timed in each process")
    parser.add_argument("--epochs", type=int, help="time whole epochs of 468 steps instead")
    parser.add_argument("--warmup", type=int, default=20, help="steps before the timed ones")
    parser.add_argument(
        "--contestants",
        default=",".join(CONTESTANTS),
        help="names, by commas (default: %(default)s)",
    )
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument(
        "--synthetic", action="store_true", help="random images and labels instead of MNIST"
    )
    parser.add_argument("--cold", action="store_true", help="start with empty on-disk caches")
    parser.add_argument("--theano-python", metavar="PATH", help="Python with Theano 1.0.5")
    parser.add_argument("--pytensor-python", metavar="PATH", help="Python with PyTensor")
    parser.add_argument(
        "--max-others",
        type=float,
        metavar="CORES",
        help="run a process again (twice at most) if other programs kept more cores busy",
    )
    parser.add_argument("--timeout", type=float, default=600, help="seconds for one process")
    options = parser.parse_args(arguments)

    options.contestants = [name for name in options.contestants.split(",") if name]
    unknown = [name for name in options.contestants if name not in CONTESTANTS]
    if unknown or not options.contestants:
        parser.error(f"--contestants: no {unknown or 'names'}; there are {', '.join(CONTESTANTS)}")
    for name in ("rounds", "steps", "threads", "epochs"):
        value = getattr(options, name)
        if value is not None and value < 1:
            parser.error(f"--{name} must be 1 or more, not {value}")
    if options.epochs is not None:
        options.steps = options.epochs * 468
    return options


def synthetic_digits() -> tuple[np.ndarray, np.ndarray]:
    """Random uint8 pixels (59904, 784), a pattern per digit under noise, and digits (59904,)."""
    rng = np.random.default_rng(1)
    digits = rng.integers(0, 10, N_IMAGES, np.uint8)
    patterns = rng.integers(0, 128, (10, 784), np.uint8)
    return patterns[digits] + rng.integers(0, 128, (N_IMAGES, 784), np.uint8), digits


def mnist_digits() -> tuple[np.ndarray, np.ndarray]:
    """The first 59,904 training images of MNIST as uint8 (59904, 784) and their digits."""
    sys.path.insert(0, str(ROOT / "examples"))
    # A script beside the package: it can be imported once its folder is on the path.
    from load import mnist  # noqa: PLC0415

    images, _, digits, _ = mnist(ntrain=N_IMAGES, ntest=0, onehot=False)
    return np.rint(images * 255).astype(np.uint8), digits.astype(np.uint8)


def environment(contestant: Contestant, threads: int, cache: str | None) -> dict[str, str]:
    """The process's environment: threads, flags, this checkout, and ``cache`` if it is given."""
    env = {k: v for k, v in os.environ.items() if not k.endswith("COMPILATION_CACHE_DIR")}
    for variable in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        env[f"{variable}_NUM_THREADS"] = str(threads)
    env["NPROC"] = str(threads)  # XLA's CPU thread pool
    env.update(contestant.environment)
    if contestant.interpreter is None:
        paths = [str(ROOT / "src"), env.get("PYTHONPATH", "")]
        env["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    else:
        env.pop("PYTHONPATH", None)
    if cache is not None:
        env["TORCHINDUCTOR_CACHE_DIR"] = env["NUMBA_CACHE_DIR"] = cache
        for variable in contestant.environment:
            env[variable] += f",base_compiledir={cache}"
    return env


def run(contestant: Contestant, options: argparse.Namespace, data: str) -> Record:
    """One contestant once: its record, with ``status`` ok, unavailable or failed and a reason."""
    python = sys.executable
    if contestant.interpreter is not None:
        given = getattr(options, contestant.interpreter)
        if given is None and not contestant.optional_interpreter:
            option = "--" + contestant.interpreter.replace("_", "-")
            return {"status": "unavailable", "reason": f"no interpreter: give {option} PATH"}
        python = given or python
    command = [python, str(WORKER), contestant.module, "--data", data]
    command += ["--variant", contestant.variant]
    for name in ("steps", "warmup", "threads"):
        command += [f"--{name}", str(getattr(options, name))]
    with tempfile.TemporaryDirectory(prefix="mnist_step_cache_") as cache:
        variables = environment(contestant, options.threads, cache if options.cold else None)
        return answer_of(command, variables, options.timeout)


def answer_of(
    command: Sequence[str], variables: Mapping[str, str], timeout: float, folder: str | None = None
) -> Record:
    """What a contestant's process prints, or why there is nothing."""
    try:
        done = subprocess.run(
            command,
            env=variables,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"status": "failed", "reason": f"no answer within {timeout:g} s"}
    except OSError as error:
        return {"status": "unavailable", "reason": f"{command[0]}: {error.strerror}"}
    return parse_answer(done.returncode, done.stdout, done.stderr)


def run_undisturbed(run_once: Callable[[], Record], max_others: float | None) -> Record:
    """The first of up to three runs that is disturbed no more than allowed, else the least so.

    The choice looks at what other programs did, never at the times. A run that is not ok, or whose
    disturbance is unknown, is taken as it is.
    """
    tries: list[Record] = []
    while len(tries) < 3:
        tries.append(run_once())
        others = tries[-1].get("others_cores")
        if max_others is None or others is None or others <= max_others:
            return tries[-1]
    return min(tries, key=lambda record: record["others_cores"])


def parse_answer(returncode: int, stdout: str, stderr: str) -> Record:
    """A worker's line of JSON as a record; a worker that died without one has failed."""
    try:
        record: Record = json.loads(stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        last = (stderr.strip().splitlines() or ["it printed nothing"])[-1]
        record = {"status": "failed", "reason": f"exit status {returncode}: {last}"}
    if record["status"] != "ok":
        record["stderr"] = stderr[-4000:]
    return record


def run_rounds(options: argparse.Namespace, data: str) -> Rounds:
    """All contestants, interleaved: A B C, A B C, ...; Ctrl-C keeps what is done so far."""
    rounds: Rounds = {name: [] for name in options.contestants}
    total = options.rounds * len(rounds)
    try:
        for turn in range(total):
            name = options.contestants[turn % len(rounds)]
            place = f"[{turn + 1}/{total}] round {turn // len(rounds) + 1} {name}"
            print(f"{place} ...", file=sys.stderr, flush=True)
            record = run_undisturbed(
                partial(run, CONTESTANTS[name], options, data), options.max_others
            )
            rounds[name].append(record)
            said = record.get("reason") or f"{record['ms_per_step']:.2f} ms/step"
            print(f"{place}: {said}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("interrupted: what follows is from the runs that ended", file=sys.stderr)
    return rounds


def summarize(rounds: Rounds) -> dict[str, Record]:
    """Per contestant: status, and median, min and max over its good rounds of every figure."""
    summary: dict[str, Record] = {}
    for name, records in rounds.items():
        good = [record for record in records if record["status"] == "ok"]
        bad = [record for record in records if record["status"] != "ok"]
        entry: Record = {"status": "ok", "rounds": records}
        if bad or not records:
            entry["status"] = bad[0]["status"] if bad else "failed"
            entry["reason"] = bad[0]["reason"] if bad else "not run"
        for label, reduce in (("median", statistics.median), ("min", min), ("max", max)):
            entry[label] = {
                key: reduce([record[key] for record in good])
                for key, value in (good[0] if good else {}).items()
                if isinstance(value, float) and math.isfinite(value)
            }
        entry["ratio_to"] = {
            base: ratio
            for base in (THIS, REFERENCE)
            if (ratio := step_ratio(records, rounds.get(base, []))) is not None
        }
        summary[name] = entry
    return summary


def step_ratio(records: Iterable[Record], base: Iterable[Record]) -> float | None:
    """Median over the rounds of a contestant's time per step over the base's in that round.

    A round that only one of them finished does not count; None if there is no common round.
    """
    ratios = [
        mine["ms_per_step"] / other["ms_per_step"]
        for mine, other in zip(records, base, strict=False)
        if mine["status"] == other["status"] == "ok"
    ]
    return statistics.median(ratios) if ratios else None


def check_aims(summary: Mapping[str, Record]) -> list[Record]:
    """The aims whose contestants all ran: text, value, bound, and whether it is met."""
    checked = []
    for aim in AIMS:
        medians = [summary[name]["median"] for name in aim.contestants if name in summary]
        if len(medians) == len(aim.contestants) and all(medians):
            value = aim.value(medians)
            checked.append(
                {"aim": aim.text, "value": value, "bound": aim.bound, "met": value <= aim.bound}
            )
    return checked


def machine() -> Record:
    """What the figures depend on: processor, cores, load, system, Python, XLA's flags."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "load_average": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
        "system": platform.platform(),
        "python": platform.python_version(),
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
    }


def table(rows: Sequence[Sequence[str]]) -> str:
    """Aligned rows in Markdown; the first is the head, and the first column is to the left."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    rule = ["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]]
    return "\n".join(
        "| " + " | ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) + " |"
        for row in (rows[0], rule, *rows[1:])
    )


def cell(entry: Record, key: str, digits: int = 2, spread: bool = False) -> str:
    """A figure's median, with its min and max if ``spread``; a dash where there is none."""
    if key not in entry["median"]:
        return "-"
    text = f"{entry['median'][key]:.{digits}f}"
    if spread and len(entry["rounds"]) > 1:
        text += f" ({entry['min'][key]:.{digits}f}-{entry['max'][key]:.{digits}f})"
    return text


def report(summary: Mapping[str, Record], host: Record, options: argparse.Namespace) -> str:
    """The text that is printed: machine, two tables, failures, aims, versions, notes."""
    speed = [["contestant", "ms/step", "p10", "p90", "epoch s", "vs ours", "vs jax_jit", "others"]]
    start = [["contestant", "import s", "compile s", "predict s", "peak MiB", "less data"]]
    start[0] += ["first cost", "last cost"]
    failures, versions = [], []
    for name, entry in summary.items():
        if entry["status"] != "ok":
            failures.append(f"{name} {entry['status']}: {entry['reason']}")
        ratios = [entry["ratio_to"].get(base) for base in (THIS, REFERENCE)]
        speed.append(
            [name if entry["median"] else f"{name} ({entry['status']})"]
            + [cell(entry, "ms_per_step", spread=True)]
            + [cell(entry, key) for key in ("ms_p10", "ms_p90")]
            + [cell(entry, "epoch_s", spread=True)]
            + ["-" if ratio is None else f"{ratio:.2f}" for ratio in ratios]
            + [cell(entry, "others_cores")]
        )
        if not entry["median"]:
            continue
        start.append(
            [name]
            + [cell(entry, key, spread=True) for key in ("import_s", "compile_s")]
            + [cell(entry, "predict_s")]
            + [cell(entry, key, 0) for key in ("peak_mib", "peak_less_data_mib")]
            + [cell(entry, key, 4) for key in ("first_cost", "last_cost")]
        )
        good = next(record for record in entry["rounds"] if record["status"] == "ok")
        used = " ".join(f"{library} {version}" for library, version in good["versions"].items())
        versions.append(f"{name}: Python {good['python']}, {used}")
    aims = [
        f"{aim['aim']}: {aim['value']:.2f} (aim: at most {aim['bound']:g}; "
        f"{'met' if aim['met'] else 'missed'})"
        for aim in check_aims(summary)
    ]
    data = "synthetic data" if options.synthetic else "MNIST"
    head = (
        f"{host['cpu']}, {host['cores']} cores, {options.threads} threads; {data}, batch 128, "
        f"{options.steps} steps a process, {options.rounds} rounds"
    )
    parts = [head, table(speed), table(start), *map("\n".join, (failures, aims, versions)), NOTES]
    return "\n\n".join(part for part in parts if part)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; the exit status is 1 if no contestant gave a figure."""
    options = parse(arguments)
    host = machine()
    try:
        pixels, digits = synthetic_digits() if options.synthetic else mnist_digits()
    except (OSError, ValueError) as error:
        print(f"{error}\nor pass --synthetic: random data of the same shapes", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="mnist_step_") as folder:
        data = os.path.join(folder, "digits.npz")
        np.savez(data, pixels=pixels, digits=digits)
        rounds = run_rounds(options, data)
    summary = summarize(rounds)
    print(report(summary, host, options))
    if options.json is not None:
        kept = ("rounds", "steps", "warmup", "threads", "synthetic", "cold", "max_others")
        settings = {name: getattr(options, name) for name in kept}
        everything = {
            "machine": host,
            "settings": settings,
            "contestants": summary,
            "aims": check_aims(summary),
        }
        options.json.write_text(json.dumps(everything, indent=1) + "\n")
    return 0 if any(entry["median"] for entry in summary.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
