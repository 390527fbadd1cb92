"""The reference run again with rounding errors, which says how well its results are known.

This is Monte Carlo arithmetic (D. S. Parker, Monte Carlo Arithmetic, UCLA CSD-970002, 1997): after
each node that rounds, an error at random is put on what it gave. The errors are those that the
analysis of the algorithms allows (N. J. Higham, Accuracy and Stability of Numerical Algorithms,
2nd ed., 2002), of one or two ``eps`` times

- the result, for a function of one element (2.2);
- the sum of the absolute values of the terms, where terms are added in any order (4.2, 3.5);
- the largest of 1 and the result, for special functions, whose series have terms of that size;
- that times the logarithm whose exponential they are, for gamma functions of float64;
- the operands, for factorizations, which are backward stable (10.1, 14.2).

What is exact gets no error: a copy, and a number of few bits made of such numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from tests.fuzz.generate import words
from tests.fuzz.programs import Built
from tests.fuzz.running import CALLS

from theano.graph import Apply, Constant
from theano.graph.interpreter import run_node
from theano.graph.ordering import toposort
from theano.tensor.elemwise import Elemwise

PRODUCTS = frozenset(words("Dot BatchedDot"))
ADDED = PRODUCTS | frozenset(words("Sum CumOp"))
EXPONENTIALS = frozenset(words("gamma gammainc gammaincc chi2sf"))
SPECIAL = EXPONENTIALS | frozenset(
    words(
        "psi tri_gamma gammaln j0 j1 i0 i1 erfinv erfcinv LogSoftmax LogSumExp "
        "CrossentropySoftmaxArgmax1HotWithBias"
    )
)
ARITHMETIC = ADDED | frozenset(
    words("add sub mul sqr neg abs_ sgn floor ceil trunc round_half_to_even")
    + words("round_half_away_from_zero")
)
FACTORIZATIONS = frozenset(words("Det MatrixInverse Cholesky Solve Eigh SVD"))
EITHER_ZERO = frozenset(words("maximum minimum Max Min MaxAndArgmax CumOp SumLike AddAlong"))
EITHER_ZERO |= PRODUCTS
"""What may give a zero of either sign: see docs/differences.md."""


class Unstable(Exception):
    """Rounding errors decide about a shape, or whether the program raises."""


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
            results = results_of(node, given) if rng is None else run_with_errors(node, given, rng)
            everything += results
            values.update(zip(node.outputs, results, strict=True))
        found += [v.data if isinstance(v, Constant) else values[v] for v in targets]
        state.update((variable, values.get(new)) for variable, new in built.updates)
    return found if rng is not None else everything + found


def results_of(node: Apply, given: Sequence[Any]) -> list[Any]:
    values = dict(zip(node.inputs, given, strict=True))
    try:
        run_node(node, values)
    except Exception as error:
        raise Unstable from error
    return [values[v] for v in node.outputs]


def run_with_errors(node: Apply, given: Sequence[Any], rng: np.random.Generator) -> list[Any]:
    name = node.op.scalar_op.name if isinstance(node.op, Elemwise) else type(node.op).__name__
    if name in FACTORIZATIONS:
        given = [disturbed(v, np.abs(v), rng) if is_inexact(v) else v for v in given]
    results = results_of(node, given)
    for k, value in enumerate(results):
        if not is_inexact(value) or not np.size(value):
            continue
        if name in PRODUCTS and not all(map(is_finite, [value, *given])):
            value = with_other_terms(value, node, given, rng)
        if name == "LinearRecurrence" and not all(map(is_finite, [value, *given])):
            # A parallel scan multiplies what a loop does not.
            value = np.full_like(value, np.nan) if rng.random() < 0.5 else value
        if name in EITHER_ZERO and value.dtype.kind == "f":
            zeros = rng.choice((-0.0, 0.0), value.shape).astype(value.dtype)
            value = np.where(value == 0, zeros, value)
        if not is_a_copy(value, given, name):
            scale = scale_of_errors(name, value, node, given)
            exact = is_exact(name, value, given)
            value = np.where(exact, value, disturbed(value, scale, rng))
        results[k] = value
    return results


def scale_of_errors(name: str, value: np.ndarray, node: Apply, given: Sequence[Any]) -> np.ndarray:
    size = np.abs(wide(value))
    if name in ADDED:
        (terms,) = results_of(node, [np.abs(v) if is_inexact(v) else v for v in given])
        return np.maximum(size, wide(terms).real)
    if name in EXPONENTIALS and value.dtype == np.float64:
        total = sum(np.abs(np.asarray(v, "float64")) for v in given)
        return np.maximum(size, 1) * np.maximum(1, total) * np.maximum(1, np.abs(np.log(total)))
    if name in SPECIAL:
        return np.maximum(size, 1)
    return size


def with_other_terms(
    value: np.ndarray, node: Apply, given: Sequence[Any], rng: np.random.Generator
) -> np.ndarray:
    """Return NaN or the value, where a term is zero times what is not finite, or overflows.

    BLAS may leave the former out, and add a product without rounding it first.
    """
    zero = [
        ((v.real == 0) | (v.imag == 0) if v.dtype.kind == "c" else v == 0).astype(v.dtype)
        for v in given
    ]
    endless = [(~np.isfinite(v)).astype(v.dtype) for v in given]
    (first,) = results_of(node, [zero[0], endless[1]])
    (second,) = results_of(node, [endless[0], zero[1]])
    finite = [np.abs(np.where(np.isfinite(v), v, 0)) for v in given]
    (total,) = results_of(node, finite)
    if rng.random() < 0.5:
        return value
    unsure = (first != 0) | (second != 0) | ~np.isfinite(total)
    return np.where(unsure, np.array(np.nan, value.dtype), value)


def disturbed(value: Any, scale: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return numbers with errors of one or two ``eps`` of what ``scale`` says."""
    value = np.asarray(value)
    kind = np.finfo(value.dtype)
    error = rng.choice((-2.0, 2.0, -1.0, 1.0), value.shape)
    if value.dtype.kind == "c":
        error = error + 1j * rng.choice((-2.0, 2.0), value.shape)
    with np.errstate(all="ignore"):
        number = wide(value)
        # Numbers below the smallest normal one may be flushed to zero.
        scale = float(kind.eps) * scale + np.where(number == 0, 0, float(kind.tiny))
        return np.where(np.isfinite(number), number + scale * error, number).astype(value.dtype)


def is_exact(name: str, value: np.ndarray, given: Sequence[Any]) -> Any:
    """Whether elements are of few bits, and made of numbers of few bits by arithmetic.

    Of other functions, such as roots, what is of very few bits is taken to be exact: in float32 it
    hardly comes about by rounding, in float16 it does.
    """
    if value.dtype.kind == "c" or name in SPECIAL | FACTORIZATIONS:
        return False
    if not all(bool(np.all(on_grid(v))) for v in given):
        return False
    if name in ARITHMETIC:
        return on_grid(value)
    return on_grid(value) & (np.abs(value) <= 16) & (value.dtype != np.float16)


def is_a_copy(value: np.ndarray, given: Sequence[Any], name: str) -> bool:
    known = [np.ravel(v) for v in given if getattr(v, "dtype", None) == value.dtype]
    if not known or name in SPECIAL | FACTORIZATIONS | ADDED:
        return False
    return bool(np.isin(value, np.concatenate(known)).all())


def on_grid(value: Any) -> Any:
    """Whether numbers have so few bits that sums and products of two are exact."""
    value = np.asarray(value)
    if value.dtype.kind not in "fc":
        return np.ones(value.shape, bool)
    parts, limit = (8, 32) if value.dtype == np.float16 else (64, 1024)
    with np.errstate(all="ignore"):
        scaled = value.astype("complex128") * parts
        whole = np.rint(scaled.real) + 1j * np.rint(scaled.imag)
        return (scaled == whole) & (np.abs(scaled) <= parts * limit)


def wide(value: np.ndarray) -> np.ndarray:
    return value.astype("complex128" if value.dtype.kind == "c" else "float64")


def is_inexact(value: Any) -> bool:
    return getattr(getattr(value, "dtype", None), "kind", "") in ("f", "c")


def is_finite(value: Any) -> bool:
    return not is_inexact(value) or bool(np.isfinite(value).all())
