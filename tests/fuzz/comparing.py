"""Each way of running a program must give the same.

==========  =========================================================
py None     node by node through ``perform``, as written: the reference
py          node by node, rewritten
xla None    compiled, as written
xla         compiled, rewritten
==========  =========================================================

Rewriting may change what a program makes of numbers that are not finite: ``x / x`` becomes 1, and
``log(exp(x))`` does not overflow. So where the reference meets one on its way, what is rewritten is
compared among itself.

How far values may be apart is found by Monte Carlo arithmetic (Parker, 1997): the reference is run
again with a rounding error, at random, after each node that rounds. What that changes is how well
the result is known. An integer, a comparison or a shape that changes is not compared at all.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from tests.fuzz.generate import words
from tests.fuzz.programs import Built, Program

import theano
from theano.compile.mode import Mode
from theano.graph import Constant, FunctionGraph
from theano.graph.interpreter import run_node
from theano.graph.ordering import toposort
from theano.graph.queries import clone
from theano.rewriting import rewrite_graph

MODES = {
    "py None": Mode("py", "None"),
    "py": Mode("py", "fast_run"),
    "xla None": Mode("cvm", "None"),
    "xla": Mode("cvm", "fast_run"),
}
REFERENCE = "py None"
SPECIAL = frozenset(
    words(
        "psi tri_gamma gammaln gamma j0 j1 i0 i1 erfinv erfcinv gammainc chi2sf LogSoftmax "
        "LogSumExp CrossentropySoftmaxArgmax1HotWithBias"
    )
)
"""What is known to an absolute error where it is near zero."""
PRODUCTS = frozenset(words("Dot BatchedDot Gemm Gemv Ger Dot22 Dot22Scalar"))
"""What sums products, in any order; BLAS may leave out those with zero, also of infinity."""
EITHER_ZERO = frozenset(
    words(
        "maximum minimum Max Min MaxAndArgmax Sum CumOp Dot BatchedDot Gemm Gemv Ger "
        "SumLike AddAlong"
    )
)
"""What may give a zero of either sign: see docs/differences.md."""
CALLS = 2
"""Of a program with updates."""
RUNS, MORE_RUNS = 2, 40
"""With rounding errors: at first, and before a difference is believed."""
ULPS = 3.0
SPREADS = 16.0


class Unstable(Exception):
    """Rounding errors decide about a shape, or whether the program raises."""


@dataclass(frozen=True)
class Difference:
    """What two ways of running a program do not agree on.

    Attributes
    ----------
    mode : str
    kind : str
        ``error``, ``type``, ``shape`` or ``value``.
    text : str
    """

    mode: str
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.mode}: {self.kind}: {self.text}"


def outcomes(programs: Sequence[Program], mode: str) -> list[Any]:
    """Run programs as one function: return the results of each, or of a single one its error."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        built = []
        for program in programs:
            try:
                built.append(program.built)
            except Exception as error:
                return [error]
        try:
            return outcomes_of(built, mode)
        except Exception as error:
            if len(programs) == 1:
                return [error]
    return [one for program in programs for one in outcomes([program], mode)]


def outcomes_of_both(programs: Sequence[Program]) -> dict[str, list[Any]]:
    """Return the outcomes of the two compiled ways, from one program of XLA.

    What is written and what it is rewritten to mostly have much in common, which is compiled once.
    Updates are left out.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            built = [program.built for program in programs]
            written = [v for one in built for v in one.outputs]
            compiled = theano.function(
                [v for one in built for v in one.inputs],
                written + [v for one in built for v in rewritten(one)],
                mode=MODES["xla None"],
                on_unused_input="ignore",
            )
            for one in built:
                one.reset()
            results = iter(compiled(*(v for one in built for v in one.arguments)))
            return {
                mode: [[next(results) for _ in one.outputs] for one in built]
                for mode in ("xla None", "xla")
            }
        except Exception:
            return {mode: outcomes(programs, mode) for mode in ("xla None", "xla")}


def rewritten(built: Built) -> list[Any]:
    """Return the outputs of a program as the default mode rewrites them."""
    inputs = built.inputs + [variable for variable, _ in built.state]
    _, outputs = clone(inputs, built.outputs, copy_inputs=False)
    function_graph = FunctionGraph(inputs, outputs, clone=False)
    rewrite_graph(function_graph, MODES["xla"].query)
    return function_graph.outputs


def outcomes_of(built: Sequence[Built], mode: str) -> list[Any]:
    function = theano.function(
        [v for one in built for v in one.inputs],
        [v for one in built for v in one.outputs],
        updates=[pair for one in built for pair in one.updates],
        mode=MODES[mode],
        on_unused_input="ignore",
    )
    arguments = [v for one in built for v in one.arguments]
    for one in built:
        one.reset()
    found: list[list[Any]] = [[] for _ in built]
    calls = CALLS if any(one.updates for one in built) else 1
    for _ in range(calls):
        results = iter(function(*arguments))
        for mine, one in zip(found, built, strict=True):
            mine += [next(results) for _ in one.outputs]
            mine += [variable.get_value() for variable, _ in one.updates]
    # A program without updates gives the same at each call.
    return [
        mine if one.updates else mine[: len(one.outputs)]
        for mine, one in zip(found, built, strict=True)
    ]


def on_grid(value: Any) -> Any:
    """Whether numbers have so few bits that arithmetic on them is exact."""
    value = np.asarray(value)
    if value.dtype.kind not in "fc":
        return np.ones(value.shape, bool)
    with np.errstate(all="ignore"):
        wide = value.astype("complex128") * 64
        return (wide == np.rint(wide.real) + 1j * np.rint(wide.imag)) & (np.abs(wide) <= 65536)


def disturbed(value: np.ndarray, special: bool, rng: np.random.Generator) -> np.ndarray:
    """Return floats with an error of a few units in the last place."""
    wide = value.astype("complex128" if value.dtype.kind == "c" else "float64")
    size = 2.0 * float(np.finfo(value.dtype).eps)
    error = rng.choice((-1.0, 1.0, -0.5, 0.5), value.shape)
    if value.dtype.kind == "c":
        error = error + 1j * rng.choice((-1.0, 1.0), value.shape)
    with np.errstate(all="ignore"):
        scale = size * (np.maximum(np.abs(wide), 1) if special else np.abs(wide))
        # Numbers below the smallest normal one may be flushed to zero.
        scale += np.where(wide == 0, 0, float(np.finfo(value.dtype).tiny))
        return np.where(np.isfinite(wide), wide + scale * error, wide).astype(value.dtype)


def is_finite(value: Any) -> bool:
    kind = getattr(getattr(value, "dtype", None), "kind", "")
    return kind not in ("f", "c") or bool(np.isfinite(value).all())


def rounded(built: Built, rng: np.random.Generator | None) -> list[Any]:
    """Run the reference once, with rounding errors; or without, for all of its values.

    Raises
    ------
    Unstable
        It raises.
    """
    everything = []
    state = dict(built.state)
    found = []
    for _ in range(CALLS if built.updates else 1):
        values: dict[Any, Any] = {
            **dict(zip(built.inputs, built.arguments, strict=True)),
            **state,
        }
        targets = [*built.outputs, *(new for _, new in built.updates)]
        for node in toposort(targets, set(values)):
            given = [v.data if isinstance(v, Constant) else values[v] for v in node.inputs]
            scalar_op = getattr(node.op, "scalar_op", None)
            name = getattr(scalar_op, "name", type(node.op).__name__)
            operands = dict(zip(node.inputs, given, strict=True))
            if rng is not None and name in PRODUCTS:
                operands = {v: rounded_operand(value, rng) for v, value in operands.items()}
            try:
                run_node(node, operands)
            except Exception as error:
                raise Unstable from error
            values.update((v, operands[v]) for v in node.outputs)
            if rng is None:
                everything += [values[v] for v in node.outputs]
                continue
            for v in node.outputs:
                if name in PRODUCTS and not all(map(is_finite, given)) and rng.random() < 0.5:
                    values[v] = np.full_like(values[v], np.nan)
                if name in EITHER_ZERO:
                    values[v] = with_other_zeros(values[v], rng)
                values[v] = with_error(values[v], given, name in SPECIAL, rng)
        found += [v.data if isinstance(v, Constant) else values[v] for v in targets]
        state.update((variable, values.get(new)) for variable, new in built.updates)
    return found if rng is not None else everything + found


def rounded_operand(value: Any, rng: np.random.Generator) -> Any:
    """Return a factor of a product of matrices with an error that stands for those of its sums."""
    if getattr(getattr(value, "dtype", None), "kind", "") not in ("f", "c"):
        return value
    return np.where(on_grid(value), value, disturbed(np.asarray(value), False, rng))


def with_other_zeros(value: Any, rng: np.random.Generator) -> Any:
    if getattr(getattr(value, "dtype", None), "kind", "") != "f":
        return value
    zeros = rng.choice((-0.0, 0.0), np.shape(value)).astype(value.dtype)
    return np.where(value == 0, zeros, value)


def with_error(value: Any, given: Sequence[Any], special: bool, rng: np.random.Generator) -> Any:
    if getattr(getattr(value, "dtype", None), "kind", "") not in ("f", "c") or not np.size(value):
        return value
    given = [v for v in given if isinstance(v, np.ndarray | np.generic)]
    known = [np.ravel(v) for v in given if v.dtype == value.dtype]
    if known and not special and np.isin(value, np.concatenate(known)).all():
        return value
    is_exact = value.dtype.kind == "f" and not special
    exact = on_grid(value) & (is_exact and all(bool(np.all(on_grid(v))) for v in given))
    return np.where(exact, value, disturbed(value, special, rng))


class Tolerance:
    """How well the results of the reference are known."""

    def __init__(self, program: Program, reference: Sequence[Any]) -> None:
        self.program = program
        self.reference = [np.asarray(v) for v in reference]
        self.rng = np.random.default_rng(0)
        self.spread = [np.zeros(v.shape) for v in self.reference]
        self.changes = [np.zeros(v.shape, bool) for v in self.reference]
        self.runs = 0

    @cached_property
    def finite(self) -> bool:
        """Whether the reference meets finite numbers alone."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return all(map(is_finite, rounded(self.program.built, None)))

    def add(self, runs: int) -> None:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            for _ in range(runs):
                self.runs += 1
                for k, value in enumerate(rounded(self.program.built, self.rng)):
                    self.learn(k, np.asarray(value))

    def learn(self, k: int, value: np.ndarray) -> None:
        reference = self.reference[k]
        if value.shape != reference.shape:
            raise Unstable
        if reference.dtype.kind not in "fc":
            self.changes[k] |= value != reference
            return
        wide = "complex128" if reference.dtype.kind == "c" else "float64"
        distance = np.abs(value.astype(wide) - reference.astype(wide))
        same = (value == reference) | (np.isnan(value) & np.isnan(reference))
        known = np.isfinite(value) & np.isfinite(reference)
        self.changes[k] |= ~known & ~same
        self.spread[k] = np.maximum(self.spread[k], np.where(known, distance, 0))

    def disagreement(self, k: int, value: np.ndarray, reference: np.ndarray) -> str:
        """Return what is different about result ``k``, or nothing."""
        with np.errstate(all="ignore"):
            if reference.dtype.kind not in "fc":
                bad = value != reference
            else:
                kind = np.finfo(reference.dtype)
                wide = "complex128" if reference.dtype.kind == "c" else "float64"
                distance = np.abs(value.astype(wide) - reference.astype(wide))
                size = np.abs(reference.astype(wide))
                limit = ULPS * float(kind.eps) * size + 16 * float(kind.tiny)
                if value.shape == self.spread[k].shape:
                    limit = limit + SPREADS * self.spread[k]
                same = (value == reference) | (np.isnan(value) & np.isnan(reference))
                bad = ~same & ~(distance <= limit)
        if bad.shape == self.changes[k].shape:
            bad &= ~self.changes[k]
        if not bad.any():
            return ""
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        return f"{value[where]!r} at {where}, the reference {reference[where]!r}"


def compare(program: Program, results: dict[str, Any]) -> Difference | None:
    """Return the first difference between what ways of running a program gave.

    Raises
    ------
    Unstable
    """
    reference = results[REFERENCE]
    if isinstance(reference, Exception):
        for mode, found in results.items():
            if not isinstance(found, Exception):
                return Difference(mode, "error", f"none, the reference raises {reference!r}")
            if type(found) is not type(reference):
                return Difference(mode, "error", f"{found!r}, the reference {reference!r}")
        return None
    tolerance = Tolerance(program, reference)
    found = compare_values(results, tolerance)
    if found is None or found.mode.endswith("None") or tolerance.finite:
        return found
    written = {mode: result for mode, result in results.items() if mode.endswith("None")}
    rewritten = {mode: result for mode, result in results.items() if mode not in written}
    return compare_values(written, tolerance) or compare_values(rewritten, tolerance)


def compare_values(results: dict[str, Any], tolerance: Tolerance) -> Difference | None:
    """Return the first difference of what ways of running a program gave from the first of them."""
    first = next(iter(results.values()))
    if isinstance(first, Exception):
        first = tolerance.reference
    sure = False
    for mode, found in results.items():
        if isinstance(found, Exception):
            tolerance.add(MORE_RUNS)
            return Difference(mode, "error", repr(found))
        for k, (value, expected) in enumerate(zip(found, first, strict=True)):
            value, expected = np.asarray(value), np.asarray(expected)
            if value.dtype != expected.dtype:
                return Difference(mode, "type", f"result {k} is {value.dtype} not {expected.dtype}")
            if value.shape == expected.shape and value.tobytes() == expected.tobytes():
                continue
            if value.shape != expected.shape:
                tolerance.add(MORE_RUNS)
                return Difference(mode, "shape", f"result {k}: {value.shape} not {expected.shape}")
            tolerance.add(0 if tolerance.runs else RUNS)
            said = tolerance.disagreement(k, value, expected)
            if said and not sure:
                tolerance.add(MORE_RUNS)
                sure = True
                said = tolerance.disagreement(k, value, expected)
            if said:
                return Difference(mode, "value", f"result {k} ({expected.dtype}): {said}")
    return None
