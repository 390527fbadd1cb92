"""What each rewrite rule buys: the same programs with the rule and without it.

Each rule has a program for which it exists. The program is compiled with all rules and with all
but this one, and the two are compared: the error of the result, where it should be exact; the time
of a call, where it should be fast. Rules that only bring graphs into one form are compared by what
others can no longer do, and by what a deep network then costs to compile.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
import timeit
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.special

# The script may be started from anywhere; contestants are modules of their own.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent / "contestants"))

from benchmarks.mnist_step import Record, machine, table
from deep_networks import PROGRAMS, Network

import theano
import theano.tensor
from theano.compile.mode import Mode, get_default_mode
from theano.compile.profiling.costs import costs_of
from theano.compile.profiling.report import executables
from theano.loops import until
from theano.sandbox.rng_mrg import MRG_RandomStreams

T: Any = theano.tensor

LARGE = np.array([1000.0, -1000.0, 0.5])
SMALL = np.array([1e-20, -1e-17, 1e-3])
LOGITS = np.array([[1000.0, 0.0, -1000.0], [0.1, 0.2, 0.3]])
CLASSES = np.array([2, 1])

FORMS = ("drop_idle_fill", "merge_dimshuffles", "lift_dimshuffle", "constant_folding", "merge")
"""Rules that bring whole graphs into one form."""

NOTES = """\
error: the largest relative error of the result; nan where it is none. on the host: node by node,
  through NumPy, as debugging modes run programs; XLA has some simplifications of its own.
ms: of processors, all threads together, for a call; the least of the rounds.
MB: what XLA's program needs for temporaries.
left out: how many of the programs in the first table are wrong, or fail to compile, without the
  rule; nodes after rewriting of a network with batch normalisation, and the processor seconds
  until its first result. all: without any of these."""


class Program(NamedTuple):
    """A graph, arguments for it, and what should come out (None: only the time counts)."""

    inputs: list[Any]
    output: Any
    arguments: list[np.ndarray]
    want: Any = None


def of_vector(function: Callable[[Any], Any], x: np.ndarray, want: Any) -> Callable[[], Program]:
    """A program on one vector or matrix."""

    def build() -> Program:
        v = T.TensorType("float64", [False] * x.ndim)("v")
        return Program([v], function(v), [x], want)

    return build


def slope_at(function: Callable[[Any], Any], x: np.ndarray, want: Any) -> Callable[[], Program]:
    """The gradient of a sum of a function."""
    return of_vector(lambda v: theano.grad(function(v).sum(), v), x, want)


def log_softmax_of(x: np.ndarray) -> Any:
    return scipy.special.log_softmax(x, axis=1)


def written_softmax(z: Any) -> Any:
    """A softmax as people write it."""
    e = T.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def shifted_softmax(z: Any) -> Any:
    """A softmax as careful people write it."""
    e = T.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1).dimshuffle(0, "x")


def chosen(p: Any) -> Any:
    """Minus the logarithm of the probabilities of the classes."""
    return -T.log(p[T.arange(2), CLASSES])


WANT_SLOPE = scipy.special.softmax(LOGITS, 1) - np.eye(3)[CLASSES]
WANT_COST = -log_softmax_of(LOGITS)[np.arange(2), CLASSES]
SAFE = {
    "log(exp(x)) -> x": of_vector(lambda v: T.log(T.exp(v)), LARGE, LARGE),
    "log1p(exp(x)) -> softplus(x)": of_vector(
        lambda v: T.log(1 + T.exp(v)), LARGE, np.logaddexp(0, LARGE)
    ),
    "log(sigmoid(x)) -> -softplus(-x)": of_vector(
        lambda v: T.log(T.nnet.sigmoid(v)), LARGE, -np.logaddexp(0, -LARGE)
    ),
    "log1p(-sigmoid(x)) -> -softplus(x)": of_vector(
        lambda v: T.log1p(-T.nnet.sigmoid(v)), LARGE, -np.logaddexp(0, LARGE)
    ),
    "1 - sigmoid(x) -> sigmoid(-x)": of_vector(
        lambda v: 1 - T.nnet.sigmoid(v), np.array([40.0]), scipy.special.expit([-40.0])
    ),
    "exp(x) - 1 -> expm1(x)": of_vector(lambda v: T.exp(v) - 1, SMALL, np.expm1(SMALL)),
    "exp(x) + -1 -> expm1(x)": of_vector(lambda v: -1 + T.exp(v), SMALL, np.expm1(SMALL)),
    "log(softmax(x)) -> logsoftmax(x)": of_vector(
        lambda v: T.log(T.nnet.softmax(v)), LOGITS, log_softmax_of(LOGITS)
    ),
    "log_of_quotient": of_vector(
        lambda v: T.log(shifted_softmax(v)), LOGITS, log_softmax_of(LOGITS)
    ),
    "fuse_log1p": of_vector(lambda v: T.log(1 + v), SMALL, np.log1p(SMALL)),
    "fuse_log1p_of_negative": of_vector(lambda v: T.log(1 - v), SMALL, np.log1p(-SMALL)),
    "fuse_logsumexp": of_vector(
        lambda v: T.log(T.exp(v).sum(axis=1)), LOGITS, scipy.special.logsumexp(LOGITS, 1)
    ),
    "fuse_logsumexp_kept": of_vector(
        lambda v: v - T.log(T.exp(v).sum(axis=1, keepdims=True)), LOGITS, log_softmax_of(LOGITS)
    ),
    "crossentropy_of_logits": of_vector(
        lambda v: T.nnet.categorical_crossentropy(T.nnet.softmax(v), T.constant(CLASSES)),
        LOGITS,
        WANT_COST,
    ),
    "log_before_selection": of_vector(lambda v: chosen(T.nnet.softmax(v)), LOGITS, WANT_COST),
    "find_probabilities": of_vector(written_softmax, LOGITS, scipy.special.softmax(LOGITS, 1)),
    "cancel_factors": slope_at(lambda v: T.log(T.exp(v)), LARGE, np.ones(3)),
    "distribute_to_cancel": slope_at(
        lambda v: T.nnet.categorical_crossentropy(shifted_softmax(v), T.constant(CLASSES)),
        LOGITS,
        WANT_SLOPE,
    ),
    "divide_after_sum": slope_at(
        lambda v: T.nnet.categorical_crossentropy(written_softmax(v), T.constant(CLASSES)),
        LOGITS,
        WANT_SLOPE,
    ),
    "bias_written_out": of_vector(
        lambda v: T.log(T.nnet.softmax_with_bias(v, T.zeros(3))), LOGITS, log_softmax_of(LOGITS)
    ),
    "softmax_grad_written_out": of_vector(
        lambda v: T.nnet.softmax_grad(T.eye(2, 3) / T.nnet.softmax(v), T.nnet.softmax(v)),
        LOGITS[:, ::-1],
        np.eye(2, 3) - scipy.special.softmax(LOGITS[:, ::-1], 1),
    ),
    "sigmoid_after_reshape": of_vector(
        lambda v: T.log(T.nnet.sigmoid(v).reshape((3, 1))),
        LARGE,
        -np.logaddexp(0, -LARGE)[:, None],
    ),
    # What others would not recognise for a term, a factor or an op that changes nothing.
    "-(-x) -> x": of_vector(lambda v: T.log(1 - -T.exp(v)), LARGE, np.logaddexp(0, LARGE)),
    "drop_factor_one": of_vector(lambda v: T.log(1 + 1 * T.exp(v)), LARGE, np.logaddexp(0, LARGE)),
    "drop_term_zero": of_vector(
        lambda v: T.log(1 + sum([T.exp(v)])), LARGE, np.logaddexp(0, LARGE)
    ),
    "drop_subtrahend_zero": of_vector(
        lambda v: T.log(T.nnet.softmax(v) - 0.0), LOGITS, log_softmax_of(LOGITS)
    ),
    "drop_divisor_one": of_vector(lambda v: T.log(1 + T.exp(v) / 1), LARGE, np.logaddexp(0, LARGE)),
    "drop_exponent_one": of_vector(
        lambda v: T.log(T.nnet.softmax(v) ** 1), LOGITS, log_softmax_of(LOGITS)
    ),
    "identity(x) -> x": of_vector(
        lambda v: T.log(T.tensor_copy(T.nnet.softmax(v))), LOGITS, log_softmax_of(LOGITS)
    ),
    "second(x, y) -> y": of_vector(
        lambda v: T.log(T.second(v, T.exp(v)).sum(axis=1)),
        LOGITS,
        scipy.special.logsumexp(LOGITS, 1),
    ),
    "drop_whole_subtensor": of_vector(
        lambda v: T.log(1 + T.exp(v)[:]), LARGE, np.logaddexp(0, LARGE)
    ),
    "drop_passing_op": of_vector(
        lambda v: T.log(1 + theano.gradient.grad_clip(T.exp(v), -1, 1)),
        LARGE,
        np.logaddexp(0, LARGE),
    ),
}
"""By rule: a program whose result is wrong or inexact without it."""


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape, "float32")


def dropout(small: bool = False) -> Program:
    """The gradient of a network with dropout, in float32."""
    sizes = (4, 4, 4) if small else (784, 625, 625)
    x, rng = T.fmatrix("x"), MRG_RandomStreams(1)
    h, weights = x, [theano.shared(ones(n, m) / n) for n, m in pairwise((*sizes, 10))]
    with theano.config.change_flags(floatX="float32"):
        for w in weights:
            mask = rng.binomial(n=1, p=0.5, size=h.shape, dtype="float32")
            h = T.nnet.relu(T.dot(h * mask, w))
    return Program([x], theano.grad(h.sum(), weights), [ones(4 if small else 128, sizes[0])])


def recurrence(small: bool = False) -> Program:
    """The gradients of the weights of a recurrent layer."""
    steps, batch, width = (3, 2, 4) if small else (100, 64, 256)
    w, u = (theano.shared(ones(width, width) / width) for _ in "wu")
    x = T.ftensor3("x")
    states, _ = theano.scan(
        lambda v, h: T.tanh(T.dot(v, w) + T.dot(h, u)),
        sequences=x,
        outputs_info=T.zeros((batch, width), "float32"),
    )
    return Program([x], theano.grad((states**2).sum(), [w, u]), [ones(steps, batch, width)])


def at_rest(small: bool = False) -> Program:
    """The last state of a loop that stops by itself, and its gradient, which needs all states."""
    shape = (2, 4) if small else (64, 256)
    h, b = T.fmatrices("h", "b")

    def step(old: Any) -> Any:
        new = T.tanh(old + b)
        return new, until(abs(new - old).max() < 1e-4)

    states, _ = theano.scan(step, outputs_info=h, n_steps=1000)
    last = states[-1]
    return Program(
        [h, b], [last, *theano.grad(last.sum(), [h, b])], [0 * ones(*shape), ones(*shape)]
    )


def gates(small: bool = False) -> Program:
    """The gradient of four gates that are slices of one product."""
    batch, width = (2, 4) if small else (64, 256)
    x, w = T.fmatrices("x", "w")
    product = T.dot(x, w)
    gate = [product[:, k * width : (k + 1) * width] for k in range(4)]
    i, f, o = map(T.nnet.sigmoid, gate[:3])
    cost = (o * T.tanh(f + i * T.tanh(gate[3]))).sum()
    weights = ones(width, 4 * width) / width
    return Program([x, w], theano.grad(cost, w), [ones(batch, width), weights])


def shape_of_inverse(small: bool = False) -> Program:
    """How many rows an inverse has."""
    x = T.dmatrix("x")
    return Program([x], T.nlinalg.matrix_inverse(x).shape[0], [np.eye(3 if small else 300)])


FAST = {
    "compare_without_numbers": dropout,
    "improve_loops": recurrence,
    "last_element": at_rest,
    "parts_side_by_side": gates,
    "shapes_without_values": shape_of_inverse,
}
"""By rule: a program that is slow, or needs much memory, without it."""


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [*SAFE, *FAST, *FORMS]
    parser.add_argument("--rules", nargs="*", default=names, help="names; all, if not given")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--depth", type=int, default=10, help="layers of the network")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    options = parser.parse_args(arguments)
    if unknown := set(options.rules) - set(names):
        parser.error(f"no {sorted(unknown)}; there are {', '.join(names)}")
    return options


def compiled(program: Program, without: Sequence[str], linker: str | None = None) -> Any:
    """The program's function, with all rules but some."""
    mode = Mode(linker=linker) if linker else get_default_mode()
    mode = mode.excluding(*without)
    return theano.function(program.inputs, program.output, mode=mode)


def error_of(program: Program, without: Sequence[str] = (), linker: str | None = None) -> float:
    """The largest relative error of a program's result."""
    with np.errstate(all="ignore"):
        got = np.asarray(compiled(program, without, linker)(*program.arguments))
        scale = np.where(program.want == 0, 1, np.abs(program.want))
        difference = np.where(got == program.want, 0, np.abs(got - program.want)) / scale
    return float(difference.max())


def is_wrong(error: float) -> bool:
    """Whether less than half of the digits are right."""
    return math.isnan(error) or error > 1e-8


def speeds(program: Program, without: Sequence[str], rounds: int) -> list[Record]:
    """Time and memory of a call, with all rules and without some: turn by turn."""
    functions = [compiled(program, ()), compiled(program, without)]
    calls = [lambda f=f: f(*program.arguments) for f in functions]
    for call in calls:
        call()
    numbers = [max(1, int(0.05 / max(timeit.timeit(call, number=1), 1e-5))) for call in calls]
    times: list[list[float]] = [[], []]
    for _ in range(rounds):
        for call, number, found in zip(calls, numbers, times, strict=True):
            seconds = timeit.timeit(call, timer=time.process_time, number=number)
            found.append(seconds / number * 1e3)
    return [
        {"ms": min(found), "rounds": found, "temporaries": temporaries(f)}
        for f, found in zip(functions, times, strict=True)
    ]


def temporaries(function: Any) -> float:
    """Megabytes that the programs of a function need besides arguments and results."""
    programs = [e for part in function.executor.parts for e in executables(part)]
    return sum(costs_of(e.compiled).temporaries for e in programs) / 1e6


def network_cost(without: Sequence[str], depth: int) -> Record:
    """Nodes after rewriting of a training step, and processor seconds until its first result."""
    step = PROGRAMS["mlp"](Network(theano, T), depth, "dense")
    mode = get_default_mode().excluding(*without)
    start = time.process_time()
    f = theano.function(step.inputs, step.cost, updates=step.updates, mode=mode)
    f(*step.arguments)
    return {"nodes": len(f.maker.fgraph.apply_nodes), "seconds": time.process_time() - start}


def form_costs(without: Sequence[str], depth: int) -> Record:
    """What is wrong without rules about forms, and what a network costs."""
    wrong = []
    for name, build in SAFE.items():
        try:
            if is_wrong(error_of(build(), without)):
                wrong.append(name)
        except Exception as error:
            wrong.append(f"{name}: {type(error).__name__}")
    return {"wrong": wrong, **network_cost(without, depth)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; the exit status is 1 if a rule for the sake of digits saves none."""
    options = parse(arguments)
    # The second function would otherwise find on the disk what the first has compiled.
    with theano.config.change_flags(**{"executables.cache": False}):
        found = run_all(options)
    print(report(*found))
    errors, times, forms = found
    if options.json is not None:
        everything = {"machine": machine(), "errors": errors, "times": times, "forms": forms}
        options.json.write_text(json.dumps(everything, indent=1) + "\n")
    return int(not all(any(map(is_wrong, without)) for _, *without in errors.values()))


def run_all(options: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Errors, times, and the costs of forms, by rule."""
    errors = {
        name: [error_of(build()), error_of(build(), [name]), error_of(build(), [name], "py")]
        for name, build in SAFE.items()
        if name in options.rules
    }
    times = {
        name: speeds(build(), [name], options.rounds)
        for name, build in FAST.items()
        if name in options.rules
    }
    forms: dict[str, Record] = {}
    if chosen_forms := [name for name in FORMS if name in options.rules]:
        network_cost((), options.depth)  # the first is slower
        for name, without in {"none": [], **{n: [n] for n in chosen_forms}, "all": FORMS}.items():
            forms[name] = form_costs(without, options.depth)
    return errors, times, forms


def report(
    errors: Mapping[str, Sequence[float]],
    times: Mapping[str, Sequence[Record]],
    forms: Mapping[str, Record],
) -> str:
    """The three tables."""
    tables = []
    if errors:
        rows = [["rule", "error with it", "without", "without, on the host"]]
        rows += [[f"`{name}`", *(f"{e:.0e}" for e in pair)] for name, pair in errors.items()]
        tables.append(table(rows))
    if times:
        rows = [["rule", "ms with it", "without", "MB with it", "without"]]
        for name, pair in times.items():
            figures = [f"{record['ms']:.3g}" for record in pair]
            figures += [f"{record['temporaries']:.1f}" for record in pair]
            rows.append([f"`{name}`", *figures])
        tables.append(table(rows))
    if forms:
        rows = [["left out", "programs that go wrong", "nodes", "seconds"]]
        rows += [
            [f"`{name}`", str(len(f["wrong"])), f"{f['nodes']:,}", f"{f['seconds']:.2f}"]
            for name, f in forms.items()
        ]
        tables.append(table(rows))
    return "\n\n".join([*tables, NOTES])


if __name__ == "__main__":
    sys.exit(main())
