"""Draws from NumPy generators that ``numpy.random.RandomState`` has no method for.

Each function takes a generator, parameters as arrays, and a shape or None, and moves the generator
on. In which order it takes numbers is part of what it computes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from theano.errors import usage_error

__all__ = [
    "choice_helper",
    "multinomial_helper",
    "permutation_helper",
    "random_integers_helper",
]

Array = npt.NDArray[Any]
RandomState = np.random.RandomState
Size = tuple[int, ...] | None

ROUNDED_UP = 1e-5
"""How much chances may exceed 1 in sum."""

MARGIN = 5e-5
"""What chances are reduced by where rounding may have them exceed 1 without the last one."""


def random_integers_helper(random_state: RandomState, low: Array, high: Array, size: Size) -> Array:
    """Return integers between ``low`` and ``high``, both included.

    Parameters
    ----------
    random_state : numpy.random.RandomState
    low, high : array_like
        Bounds that are no integers are cut.
    size : tuple of int or None
        None for the common shape of the bounds.

    Returns
    -------
    float64 array

    Raises
    ------
    ValueError
        A bound does not fit the shape, or ``low`` exceeds ``high``.
    """
    low, high = np.asarray(low), np.asarray(high)
    shape = np.broadcast_shapes(low.shape, high.shape) if size is None else size
    for name, bound in (("low", low), ("high", high)):
        check_fits("random integers were drawn", name, bound.shape, shape)
    first, end = whole(low), whole(high, more=1)
    return random_state.randint(first, end, size=shape, dtype="int64").astype("float64")


def whole(x: Array, more: int = 0) -> Array:
    """Return ``x + more`` cut to integers."""
    if x.dtype.kind == "f":
        return np.asarray(np.trunc(x.astype("float64") + more)).astype("int64")
    return x.astype("int64") + more


def choice_helper(
    random_state: RandomState, a: Array, replace: Array, p: Array, size: Size
) -> Array:
    """Return elements of a vector, or integers below a number.

    Parameters
    ----------
    random_state : numpy.random.RandomState
    a : array_like, shape (n,) or ()
    replace : array_like, shape ()
        Whether one may come twice.
    p : array_like, shape (n,) or (0,)
        Their chances; none given means equal ones.
    size : tuple of int or None

    Raises
    ------
    ValueError
        Ranks are others, or what ``numpy.random.RandomState.choice`` raises.
    """
    a, p = np.asarray(a), np.asarray(p)
    if a.ndim > 1 or p.ndim != 1:
        raise usage_error(
            ValueError,
            "elements were chosen at random",
            expected="a: a number or a vector; p: a vector",
            got=f"a of shape {a.shape}, p of shape {p.shape}",
        )
    chances = p if p.size else None
    return np.asarray(random_state.choice(a if a.ndim else a.item(), size, bool(replace), chances))


def permutation_helper(random_state: RandomState, n: Array, shape: Size) -> Array:
    """Return permutations of the integers from 0 to ``n - 1``, one after another.

    Parameters
    ----------
    random_state : numpy.random.RandomState
    n : array_like, shape ()
    shape : tuple of int or None
        How many; None for one.

    Returns
    -------
    int64 array, shape (*shape, n)

    Raises
    ------
    ValueError
        ``n`` is no number, or negative.
    """
    if np.ndim(n):
        raise usage_error(
            ValueError, "permutations were drawn", expected="n: a number", got=f"shape {n.shape}"
        )
    length = int(n)
    result = np.empty((*(shape or ()), length), dtype="int64")
    for index in np.ndindex(*result.shape[:-1]):
        result[index] = random_state.permutation(length)
    return result


def multinomial_helper(random_state: RandomState, n: Array, pvals: Array, size: Size) -> Array:
    """Return how often each outcome came in ``n`` trials, for each row of chances.

    Parameters
    ----------
    random_state : numpy.random.RandomState
    n : array_like, at most of the rank of ``size``
    pvals : array_like, shape (..., outcomes), of a rank of at most one more
        Each row sums to 1, give or take rounding.
    size : tuple of int or None
        The shape to which ``n``, and ``pvals`` but for its last axis, are broadcast. None for the
        common shape of the two.

    Returns
    -------
    float64 array, shape (*size, outcomes)

    Raises
    ------
    ValueError
        ``n`` or ``pvals`` do not fit the shape, or numbers of trials are negative.
    AssertionError
        Chances are negative, or exceed 1 in sum.
    """
    n, pvals = np.asarray(n), np.asarray(pvals)
    shape = np.broadcast_shapes(n.shape, pvals.shape[:-1]) if size is None else size
    for name, lengths in (("n", n.shape), ("pvals", pvals.shape[:-1])):
        check_fits("multinomial counts were drawn", name, lengths, shape)
    rows = pvals.reshape(-1, pvals.shape[-1])
    if rows.size and rows.min() < 0:
        raise bad_chances(rows[np.argmin(rows.min(axis=1))])
    chances = np.array([within_one(row) for row in rows]).reshape(pvals.shape)
    result = np.empty((*shape, pvals.shape[-1]))
    chances = np.broadcast_to(chances, result.shape)
    trials = np.broadcast_to(n, shape)
    for index in np.ndindex(*shape):
        result[index] = random_state.multinomial(trials[index], chances[index])
    return result


def within_one(row: Array) -> Array:
    """Return chances as float64, reduced so much that NumPy does not reject them for rounding."""
    total = row.sum()
    if 1.0 < total < 1.0 + ROUNDED_UP or row[-1] < MARGIN:
        row = row * (1.0 - MARGIN)
    if not row.sum() <= 1.0:
        raise bad_chances(row)
    return row.astype("float64")


def bad_chances(row: Array) -> AssertionError:
    """Return the error about chances that are none."""
    return usage_error(
        AssertionError,
        "multinomial counts were drawn",
        expected="chances from 0 up that sum to 1",
        got=f"pvals with a row {row} that sums to {row.sum()}",
    )


def check_fits(what: str, name: str, lengths: tuple[int, ...], shape: tuple[int, ...]) -> None:
    """Raise ValueError unless ``lengths`` can be broadcast to ``shape``."""
    tail = shape[len(shape) - len(lengths) :]
    if len(lengths) > len(shape) or any(
        m not in (1, n) for m, n in zip(lengths, tail, strict=True)
    ):
        raise usage_error(
            ValueError,
            f"{what} with parameters of a shape that does not fit",
            expected=f"`{name}` that can be broadcast to {shape}",
            got=f"shape {lengths}",
        )
