"""What each step of ``theano.loops.rewrites`` buys: the same loop with it and without it.

A loop is brought into its best form by one rule, in steps. Each has a case, of ``loops.py`` or its
own, for which it exists. The function is built with all steps and with all but this one; the calls
are compared turn by turn, and so is the memory that XLA asks for.
"""

from __future__ import annotations

import argparse
import json
import sys
import timeit
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

# The script may be started from anywhere; contestants are modules of their own.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent / "contestants"))

import loops_theano
from benchmarks.mnist_step import Record, machine, table
from benchmarks.rewrites import temporaries
from loop_cases import Case, Draw, Problem, difference, problem
from tqdm import tqdm

import theano
import theano.tensor
from theano.loops import derivatives, rewrites
from theano.loops.ends import Ends

T: Any = theano.tensor


class Step(NamedTuple):
    """A part of the rule: where it is, what stands for it when it is left out, and a case."""

    module: Any
    name: str
    instead: Any
    case: str
    says: str


def nothing(*_: Any) -> None:
    """Take the place of a step."""


def as_they_are(_op: Any, _inputs: Any, _outputs: Any, gradients: Any) -> tuple[Any, Any]:
    """Take the place of ``at_last_step``."""
    return gradients, {}


def layer(draw: Draw, steps: int, batch: int, hidden: int, words: int) -> Problem:
    """Data x (steps, batch, hidden): a recurrent layer and a readout."""
    weights = {"U": draw.weight(hidden, hidden), "V": draw.weight(hidden, words)}
    return Problem(weights, {"x": draw.normal(steps, batch, hidden)}, {})


def ends_of_layer(case: str, given: Problem) -> Any:
    """What reads the last two states, or the gradient of the last output."""
    weights = [theano.shared(w) for w in given.weights.values()]
    x = T.ftensor3("x")

    def step(x_t: Any, h: Any, u: Any, v: Any) -> Any:
        h = T.tanh(x_t + T.dot(h, u))
        return h, T.dot(h, v)

    (hs, ys), _ = theano.scan(step, x, [T.zeros_like(x[0]), None], weights)
    cost = (ys[-1] ** 2).mean()
    results = [hs[-2:]] if case == "window" else [cost, *theano.grad(cost, weights)]
    f = theano.function([x], results)
    return lambda: f(given.data["x"])


OWN = {name: Case(layer, (1000, 64, 256, 1000), (4, 3, 5, 11)) for name in ("window", "readout")}
"""Cases that ``loops.py`` does not have."""


def prepared(case: str, small: bool) -> tuple[Problem, Callable[[], Any]]:
    """A case's problem, and what builds its function."""
    if case not in OWN:
        given = problem(case, small)
        return given, partial(loops_theano.build, case, given, "theano")
    own = OWN[case]
    given = own.make(Draw(), *(own.small if small else own.size))
    return given, partial(ends_of_layer, case, given)


STEPS = (
    Step(rewrites, "merge_loops", nothing, "elman", "loops over the same steps become one"),
    Step(rewrites, "split_before", nothing, "elman", "what needs no state is computed before"),
    Step(rewrites, "split_after", nothing, "gru", "what no state needs is computed after"),
    Step(rewrites, "hoist", nothing, "kalman", "what stays the same is computed once"),
    Step(rewrites, "add_up_outside", lambda _: [], "lstm", "sums over steps become one product"),
    Step(rewrites, "carry_back", nothing, "until", "what a state was and became is kept once"),
    Step(rewrites, "find_ends", lambda _f, _n, draft: Ends(draft), "window", "only ends are kept"),
    Step(derivatives, "at_last_step", as_they_are, "readout", "the last output has one gradient"),
    Step(derivatives, "is_cheap", lambda _: False, "lstm", "what is cheap is computed again"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    options = parse(arguments)
    found = {}
    steps = [step for step in STEPS if step.name in options.steps]
    for step in tqdm(steps, desc="steps", leave=False, disable=None):
        found[step.name] = compare(step, options.rounds, options.small)
    print(report(found))
    if options.json is not None:
        options.json.write_text(json.dumps({"machine": machine(), **found}, indent=1) + "\n")
    return 0


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [step.name for step in STEPS]
    parser.add_argument("--steps", nargs="*", choices=names, default=names, metavar="NAME")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--small", action="store_true", help="tiny loops, to see that all run")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    return parser.parse_args(arguments)


def compare(step: Step, rounds: int, small: bool) -> Record:
    """Time and memory of a case, with a step and without it."""
    given, build = prepared(step.case, small)
    runs, functions = [], []
    for module in (None, step.module):
        with left_out(module, step), kept_functions() as made:
            runs.append(build())
            wanted = runs[-1]()
        functions.append(made[0])
    names = ["cost", *given.weights]
    if said := difference(step.case, names, runs[0](), wanted):
        raise ValueError(f"{step.name}: {said}")
    times: list[list[float]] = [[], []]
    numbers = [max(1, int(0.1 / timeit.timeit(run, number=1))) for run in runs]
    for _ in range(rounds):
        for run, number, taken in zip(runs, numbers, times, strict=True):
            taken.append(timeit.timeit(run, number=number) / number * 1e3)
    return {
        "case": step.case,
        "ms": [min(taken) for taken in times],
        "rounds": times,
        "temporaries": [temporaries(f) for f in functions],
    }


@contextmanager
def left_out(module: Any, step: Step) -> Iterator[None]:
    """Leave a step out, if there is a module to leave it out of."""
    if module is None:
        yield
    else:
        with mock.patch.object(module, step.name, step.instead):
            yield


@contextmanager
def kept_functions() -> Iterator[list[Any]]:
    """Give the functions that are made meanwhile."""
    made: list[Any] = []
    make = theano.function

    def keep(*arguments: Any, **options: Any) -> Any:
        made.append(make(*arguments, **options))
        return made[-1]

    with mock.patch.object(theano, "function", keep):
        yield made


def report(found: dict[str, Record]) -> str:
    """The table."""
    says = {step.name: step.says for step in STEPS}
    rows = [["step", "case", "ms with it", "without", "ratio", "MB with it", "without"]]
    for name, record in found.items():
        after, before = record["ms"]
        figures = [f"{after:.3g}", f"{before:.3g}", f"{before / after:.2f}"]
        figures += [f"{n:.3g}" for n in record["temporaries"]]
        rows.append([f"`{name}`: {says[name]}", record["case"], *figures])
    return table(rows)


if __name__ == "__main__":
    sys.exit(main())
