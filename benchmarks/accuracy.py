"""How exact functions are, in value and gradient: this project, JAX, PyTorch, Theano 1.0.5.

Every function is asked for its value and its gradient at points over the whole range of float32 and
of float64 (``contestants/accuracy_cases.py``), and held against mpmath, which this script needs.
Prints for each the worst error, in units of the last digit, and where it is; ``README.md`` beside
this file says how errors are counted.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import scipy.special
from mpmath import mp, mpf

# The script may be started from anywhere; contestants are modules of their own.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent / "contestants"))

from accuracy_cases import DTYPES, NAMES, ROWS, points
from benchmarks.mnist_step import Contestant, Record, answer_of, environment, machine, table
from benchmarks.ulps import ulps

WORKER = Path(__file__).resolve().parent / "contestants" / "accuracy_worker.py"
CONTESTANTS = {
    "ours": Contestant("accuracy_theano"),
    "jax": Contestant("accuracy_jax"),
    "torch": Contestant("accuracy_torch"),
    "theano_1_0_5": Contestant(
        "accuracy_theano", interpreter="theano_python", optional_interpreter=False
    ),
}
OURS = "ours"
PARTS = ("value", "gradient")
DIGITS = 50
SLACK = 1.25
"""How much larger than that of every other our worst error may be: points are a sample."""

NOTES = """\
Worst error in units of the last digit, and the argument. nan, inf: not a number, or infinite where
the value is not (or finite where it overflows). *: ours is the worst, by more than a quarter and
half a unit."""


def sigmoid(x: Any) -> Any:
    return 1 / (1 + mpmath.exp(-x))


def softplus(x: Any) -> Any:
    return mpmath.log1p(mpmath.exp(x)) if x < 0 else x + mpmath.log1p(mpmath.exp(-x))


def erfc(x: Any) -> Any:
    """Beyond the range of float64, 0 or 2."""
    return mpmath.erfc(x) if abs(x) < 50 else mpf(2 if x < 0 else 0)


def erfcx(x: Any) -> Any:
    """By its asymptotic series where mpmath would need hundreds of digits."""
    if x < -50:
        return mp.inf
    if x < 1e8:
        return mpmath.exp(x * x) * mpmath.erfc(x)
    return (1 - 1 / (2 * x * x)) / (x * mpmath.sqrt(mp.pi))


def erfcinv(y: Any) -> Any:
    """By Newton's method, from SciPy's."""
    if y > 1:
        return -erfcinv(2 - y)
    if y > 0.5:
        return erfinv(1 - y)
    z = mpf(float(scipy.special.erfcinv(float(y))))
    for _ in range(3):
        z += mpmath.log(mpmath.erfc(z) / y) * erfcx(z) * mpmath.sqrt(mp.pi) / 2
    return z


def erfinv(x: Any) -> Any:
    """Likewise."""
    if abs(x) >= 0.5:
        return mpmath.sign(x) * erfcinv(1 - abs(x))
    z = mpf(float(scipy.special.erfinv(float(x))))
    for _ in range(3):
        z -= (mpmath.erf(z) - x) * slope_of_inverse(z)
    return z


def slope_of_erf(x: Any) -> Any:
    return 2 / mpmath.sqrt(mp.pi) * mpmath.exp(-x * x) if abs(x) < 50 else mpf(0)


def slope_of_inverse(z: Any) -> Any:
    return mpmath.sqrt(mp.pi) / 2 * mpmath.exp(z * z)


def slope_of_erfcx(x: Any) -> Any:
    if x < -50:
        return -mp.inf
    if x < 1e8:
        # The two terms agree in all but their last digits.
        with mp.workdps(3 * DIGITS):
            return 2 * x * erfcx(x) - 2 / mpmath.sqrt(mp.pi)
    return (-1 / (x * x) + mpf(3) / (2 * x**4)) / mpmath.sqrt(mp.pi)


def psi(x: Any) -> Any:
    return mpmath.psi(0, x)


FUNCTIONS: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    "log_sigmoid": (lambda x: -softplus(-x), lambda x: sigmoid(-x)),
    "softplus": (softplus, sigmoid),
    "log1p": (mpmath.log1p, lambda x: 1 / (1 + x)),
    "expm1": (mpmath.expm1, mpmath.exp),
    "erf": (lambda x: mpmath.erf(x) if abs(x) < 50 else mpmath.sign(x), slope_of_erf),
    "erfc": (erfc, lambda x: -slope_of_erf(x)),
    "erfcx": (erfcx, slope_of_erfcx),
    "erfinv": (erfinv, lambda x: slope_of_inverse(erfinv(x))),
    "erfcinv": (erfcinv, lambda x: -slope_of_inverse(erfcinv(x))),
    "gammaln": (lambda x: mpmath.log(abs(mpmath.gamma(x))) if x < 0 else mpmath.loggamma(x), psi),
    "psi": (psi, lambda x: mpmath.psi(1, x)),
}
"""Value and derivative of the functions of one number."""


def of_rows(name: str, row: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Value and gradient of a function of a row; the gradient is that of its first result."""
    top = max(row)
    powers = [mpmath.exp(x - top) for x in row]
    total = mpmath.fsum(powers)
    p = [power / total for power in powers]
    rest = mpmath.fsum(powers[1:]) / total  # 1 - p[0], with all its digits
    if name == "logsumexp":
        return [top + mpmath.log(total)], p
    if name == "softmax":
        return p, [p[0] * rest, *(-p[0] * q for q in p[1:])]
    return [x - top - mpmath.log(total) for x in row], [rest, *(-q for q in p[1:])]


def exact(name: str, x: np.ndarray) -> dict[str, np.ndarray]:
    """The exact results at ``x`` by part: numbers of mpmath."""
    with mp.workdps(DIGITS):
        if name in ROWS:
            found = [of_rows(name, [mpf(float(v)) for v in row]) for row in x]
            values, gradients = (np.array(part, object) for part in zip(*found, strict=True))
            return {"value": values.squeeze(), "gradient": gradients}
        numbers = [mpf(float(v)) for v in x]
        return {
            part: np.array([function(v) for v in numbers], object)
            for part, function in zip(PARTS, FUNCTIONS[name], strict=True)
        }


def split(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of mpmath as sums of two float64: what is nearest, and what is left."""
    nearest = np.array([float(v) for v in numbers.flat])
    with mp.workdps(DIGITS):
        left = [
            float(v - mpf(float(near))) if math.isfinite(near) else 0.0
            for v, near in zip(numbers.flat, nearest, strict=True)
        ]
    return nearest.reshape(numbers.shape), np.reshape(left, numbers.shape)


def worst(error: np.ndarray, x: np.ndarray) -> tuple[float, Any]:
    """The largest error, NaN above all, and the argument there."""
    rows = error.reshape(len(x), -1)
    place = int(np.argmax(np.where(np.isnan(rows), np.inf, rows).max(axis=1)))
    bad = rows[place]
    top = float("nan") if np.isnan(bad).any() else float(bad.max())
    return top, x[place].tolist()


def is_worst(ours: float, others: Sequence[float]) -> bool:
    """Whether our error is the largest by more than chance."""

    def size(error: float) -> float:
        return math.inf if math.isnan(error) else error

    if not others:
        return False
    limit = max(map(size, others))
    return size(ours) > max(SLACK * limit, limit + 0.5)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--functions", default=",".join(NAMES), help="by commas (%(default)s)")
    parser.add_argument("--contestants", default=",".join(CONTESTANTS))
    parser.add_argument("--points", type=int, default=100, help="a tenth of the points of each")
    parser.add_argument("--theano-python", metavar="PATH", help="Python with Theano 1.0.5")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds for one process")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="write the hardest points there, for the tests"
    )
    options = parser.parse_args(arguments)
    options.functions = options.functions.split(",")
    options.contestants = options.contestants.split(",")
    for given, known in ((options.functions, NAMES), (options.contestants, CONTESTANTS)):
        if unknown := set(given) - set(known):
            parser.error(f"no {sorted(unknown)}; there are {', '.join(known)}")
    return options


def run(
    name: str, arguments: Mapping[str, np.ndarray], options: argparse.Namespace
) -> tuple[Record, dict[str, np.ndarray]]:
    """One contestant: its record, and its results by name."""
    contestant = CONTESTANTS[name]
    python = sys.executable
    if contestant.interpreter is not None:
        python = getattr(options, contestant.interpreter)
        if python is None:
            return {"status": "unavailable", "reason": "no interpreter: give --theano-python"}, {}
    with tempfile.TemporaryDirectory(prefix="accuracy_") as folder:
        source, target = Path(folder, "points.npz"), Path(folder, "results.npz")
        np.savez(source, **arguments)  # type: ignore[arg-type]
        command = [python, str(WORKER), contestant.module, str(source), str(target)]
        record = answer_of(command, environment(contestant, 1, None), options.timeout)
        if record["status"] != "ok":
            return record, {}
        with np.load(target) as results:
            return record, dict(results)


def judge(
    arguments: Mapping[str, np.ndarray], results: Mapping[str, Mapping[str, np.ndarray]]
) -> dict[str, dict[str, tuple[float, Any]]]:
    """By ``NAME dtype part`` and contestant: the worst error, and where."""
    found: dict[str, dict[str, tuple[float, Any]]] = {}
    for key, x in arguments.items():
        name, dtype = key.split()
        for part, want in exact(name, x).items():
            full = f"{key} {part}"
            found[full] = {
                who: worst(ulps(by_key[full], *split(want), dtype), x)
                for who, by_key in results.items()
                if full in by_key
            }
    return found


def hardest(
    arguments: Mapping[str, np.ndarray], found: Mapping[str, Mapping[str, tuple[float, Any]]]
) -> dict[str, Record]:
    """By ``NAME dtype``: where anyone is worst, the exact results, and a bound on our errors.

    The bound is twice what is found today, and a unit.
    """
    records = {}
    for key in arguments:
        name, dtype = key.split()
        entries = [found[f"{key} {part}"] for part in PARTS]
        places = {repr(place) for entry in entries for _, place in entry.values()}
        x = np.array([json.loads(place) for place in sorted(places)], dtype)
        records[key] = {"x": x.tolist()}
        for part, entry, want in zip(PARTS, entries, exact(name, x).values(), strict=True):
            bound = 2 * entry[OURS][0] + 1
            records[key][part] = split(want)[0].tolist()
            records[key][f"{part}_ulps"] = float(f"{bound:.2g}")
    return records


def report(
    found: Mapping[str, Mapping[str, tuple[float, Any]]],
    records: Mapping[str, Record],
    host: Record,
) -> str:
    """The table, what failed, and where ours is the worst."""
    rows = [["function", *records]]
    for key, by_contestant in found.items():
        mark = " *" if ours_is_worst(by_contestant) else ""
        rows.append([key + mark, *(shown(by_contestant.get(who)) for who in records)])
    lines = [str(host["cpu"]), "", table(rows), "", NOTES]
    for who, record in records.items():
        if record["status"] != "ok":
            lines.append(f"{who} {record['status']}: {record['reason']}")
        lines += [f"{who} {key}: {why}" for key, why in record.get("failed", {}).items()]
    return "\n".join(lines)


def ours_is_worst(by_contestant: Mapping[str, tuple[float, Any]]) -> bool:
    """Whether ours is the worst of a row."""
    others = [error for who, (error, _) in by_contestant.items() if who != OURS]
    return OURS in by_contestant and is_worst(by_contestant[OURS][0], others)


def shown(entry: tuple[float, Any] | None) -> str:
    """An error and its place, short."""
    if entry is None:
        return "-"
    error, place = entry
    size = f"{error:.1f}" if error < 1000 else f"{error:.0e}".replace("e+0", "e").replace("e+", "e")
    return size if isinstance(place, list) or not error else f"{size} at {place:.3g}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; the exit status is 1 if ours is the worst anywhere."""
    options = parse(arguments)
    given = {
        f"{name} {dtype}": points(name, dtype, options.points)
        for name in options.functions
        for dtype in DTYPES
    }
    records: dict[str, Record] = {}
    results: dict[str, dict[str, np.ndarray]] = {}
    for who in options.contestants:
        print(f"{who} ...", file=sys.stderr, flush=True)
        records[who], results[who] = run(who, given, options)
    found = judge(given, results)
    print(report(found, records, machine()))
    if options.json is not None:
        everything = {"machine": machine(), "contestants": records, "worst": found}
        options.json.write_text(json.dumps(everything, indent=1) + "\n")
    if options.record is not None:
        lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in hardest(given, found).items()]
        options.record.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    return int(any(map(ours_is_worst, found.values())))


if __name__ == "__main__":
    sys.exit(main())
