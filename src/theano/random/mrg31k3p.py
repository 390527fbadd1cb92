"""The combined multiple recursive generator MRG31k3p, its streams and its sub-streams, in NumPy.

Two recurrences of order three run side by side,

    x[n] = (2**22 x[n-2] + (2**7 + 1) x[n-3])   mod M1,      M1 = 2**31 - 1
    y[n] = (2**15 y[n-1] + (2**15 + 1) y[n-3])  mod M2,      M2 = 2**31 - 21069

and the n-th number is ``(x[n] - y[n]) mod M1``, with 0 replaced by M1. A state is the six integers
``x[n], x[n-1], x[n-2], y[n], y[n-1], y[n-2]``; many streams are an int32 array of one row each.

Because both recurrences are linear, jumping any distance ahead is a product with a power of a 3 x 3
matrix. All such products are taken in uint64, where they are exact: a sum of three products of
residues is at most 3 (M1 - 1)**2 < 2**64.

This module depends on NumPy only; it is the reference that compiled generators are checked against.

References
----------
P. L'Ecuyer and R. Touzin, "Fast combined multiple recursive generators with multipliers of the form
a = ±2^q ± 2^r", Proceedings of the 2000 Winter Simulation Conference, 683-689.

P. L'Ecuyer, R. Simard, E. J. Chen and W. D. Kelton, "An object-oriented random-number package with
many long streams and substreams", Operations Research 50(6), 2002, 1073-1075.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "M1",
    "M2",
    "MAX_STREAMS",
    "draw",
    "guess_n_streams",
    "next_stream",
    "seed_state",
    "sequence",
    "step",
    "substreams",
    "to_uniform",
    "transition_power",
]

M1 = 2**31 - 1
M2 = 2**31 - 21069

# Streams start 2**134 steps apart and the sub-streams of one stream 2**72 steps apart, the spacing
# of L'Ecuyer et al. (2002) for this generator.
STREAM_LOG2 = 134
SUBSTREAM_LOG2 = 72

MAX_STREAMS = 60 * 256

# Factors that keep the largest number below 1. In float32 M1 itself rounds to 2**31, so the factor
# is the number just below 2**-31. In float16 only the lowest 15 bits of the integer count, and the
# factor is 511 * 2**-24, the number just below 2**-15.
FLOAT64_NORM = 2.0**-31
FLOAT32_NORM: np.float32 = np.nextafter(np.float32(FLOAT64_NORM), np.float32(0))
FLOAT16_NORM = 511 * 2.0**-24
FLOAT16_MASK = np.int32(0x7FFF)

# Rows of numbers are made in blocks of about this many, which keeps scratch arrays in cache.
BLOCK_ELEMENTS = 1 << 16

_Int32 = npt.NDArray[np.int32]
_UInt64 = npt.NDArray[np.uint64]

_MODULI = (M1, M2)
# Row 0 holds the coefficients of the values one, two and three steps back.
_TRANSITIONS = (
    ((0, 2**22, 2**7 + 1), (1, 0, 0), (0, 1, 0)),
    ((2**15, 0, 2**15 + 1), (1, 0, 0), (0, 1, 0)),
)


def _reduce(x: _UInt64, modulus: int) -> _UInt64:
    """Return ``x mod modulus``; NumPy vectorises division by a scalar but not the remainder."""
    m = np.uint64(modulus)
    quotient = x // m
    quotient *= m
    x -= quotient
    return x


@cache
def transition_power(component: int, log2_steps: int) -> _UInt64:
    """Matrix that takes one component of the generator ``2**log2_steps`` steps ahead.

    Parameters
    ----------
    component : {0, 1}
        0 for the recurrence modulo M1, 1 for the one modulo M2.
    log2_steps : int
        Base-2 logarithm of the number of steps, at least 0.

    Returns
    -------
    numpy.ndarray, uint64, shape (3, 3)
        Read-only residues; acts on columns (newest, one before, two before).
    """
    power = np.array(_TRANSITIONS[component], dtype=np.uint64)
    for _ in range(log2_steps):
        power = _reduce(power @ power, _MODULI[component])
    power.flags.writeable = False
    return power


def _jump(columns: _UInt64, log2_steps: int) -> _UInt64:
    """Take states, given as the columns of a (6, k) array, ``2**log2_steps`` steps ahead."""
    return np.concatenate(
        [
            _reduce(transition_power(c, log2_steps) @ columns[3 * c : 3 * c + 3], _MODULI[c])
            for c in (0, 1)
        ]
    )


def seed_state(seed: int | Sequence[int] | npt.NDArray[Any]) -> _Int32:
    """State of the first stream that a user's seed stands for.

    Parameters
    ----------
    seed : int or six ints
        One integer, 0 < seed < M2, fills all six places. Of six integers the first three are below
        M1 and not all 0, the last three below M2 and not all 0.

    Returns
    -------
    numpy.ndarray, int32, shape (6,)

    Raises
    ------
    TypeError
        If ``seed`` is neither one integer nor six.
    ValueError
        If a number is out of range, or one half of the state would be zero for ever.
    """
    try:
        single = operator.index(seed)  # type: ignore[arg-type]
    except TypeError:
        values = _six_ints(seed)
    else:
        if not 0 < single < M2:
            raise ValueError(
                "a seed was out of range.\n"
                f"  expected: an integer seed with 0 < seed < M2 = {M2}\n"
                f"  got:      {single}\n"
                "  fix:      reduce it first, for instance 1 + seed % (2**31 - 21070)"
            )
        values = [single] * 6
    for part, modulus, label in ((values[:3], M1, "first"), (values[3:], M2, "last")):
        if not any(part) or not all(0 <= value < modulus for value in part):
            raise ValueError(
                "a seed was out of range.\n"
                f"  expected: the {label} 3 values at least 0, less than {modulus}, not all 0\n"
                f"  got:      {part} in the seed {values}"
            )
    return np.array(values, dtype=np.int32)


def _six_ints(seed: Any) -> list[int]:
    try:
        values = [operator.index(value) for value in seed]
    except TypeError:
        values = []
    if len(values) != 6:
        raise TypeError(
            "a seed had the wrong type.\n"
            "  expected: 1 integer or 6 integers\n"
            f"  got:      {seed!r} of type {type(seed).__name__}"
        )
    return values


def next_stream(state: _Int32) -> _Int32:
    """State at the start of the next stream, 2**134 steps ahead.

    Parameters
    ----------
    state : numpy.ndarray, int32, shape (6,)

    Returns
    -------
    numpy.ndarray, int32, shape (6,)
    """
    columns = np.asarray(state).astype(np.uint64).reshape(6, 1)
    return _jump(columns, STREAM_LOG2).astype(np.int32).reshape(6)


def substreams(state: _Int32, n: int) -> _Int32:
    """States of ``n`` sub-streams, of which the first is ``state`` and each 2**72 steps further.

    The block of the first k states, moved k times 2**72 steps, is the next block, so that the
    number of array operations grows with the logarithm of ``n``.

    Parameters
    ----------
    state : numpy.ndarray, int32, shape (6,)
    n : int
        At least 1.

    Returns
    -------
    numpy.ndarray, int32, shape (n, 6)

    Raises
    ------
    ValueError
        If ``n`` is less than 1.
    """
    if n < 1:
        raise ValueError(
            "sub-streams were asked for.\n"
            "  expected: a number of streams of at least 1\n"
            f"  got:      {n}"
        )
    columns = np.empty((6, n), dtype=np.uint64)
    columns[:, 0] = state
    log2_steps, made = SUBSTREAM_LOG2, 1
    while made < n:
        count = min(made, n - made)
        columns[:, made : made + count] = _jump(columns[:, :count], log2_steps)
        made += count
        log2_steps += 1
    return columns.T.astype(np.int32, order="C")


def guess_n_streams(size: Any, warn: bool = False) -> int:
    """Number of sub-streams that a draw of this size takes when the user names none.

    A size made of Python integers takes a sixth of its number of elements (all of them up to 6),
    and no more than 15360 = 60 * 256. Any other size (a symbolic vector, a tuple with a symbolic or
    a NumPy entry) takes 15360. The numbers drawn depend on this choice, so it may not be changed.

    Parameters
    ----------
    size : tuple or list of int, or anything
    warn : bool
        Whether to warn when the size tells nothing.

    Returns
    -------
    int
        Between 0 (an empty size) and 15360.
    """
    if isinstance(size, (tuple, list)) and all(isinstance(length, int) for length in size):
        elements = 1
        for length in size:
            elements *= length
        return min(elements // 6 if elements > 6 else elements, MAX_STREAMS)
    if warn:
        warnings.warn(
            f"MRG_RandomStreams cannot tell the number of streams from the size ({size}): "
            f"taking {MAX_STREAMS}",
            stacklevel=2,
        )
    return MAX_STREAMS


def sequence(component: int, lags: _UInt64, rows: int) -> _UInt64:
    """Continue one recurrence by ``rows`` values for each of S streams.

    With every value up to n known, ``x[j + k]`` for the k latest j follow from one row of the
    k-step matrix: the known part doubles with each pass.

    Parameters
    ----------
    component : {0, 1}
        0 for the recurrence modulo M1, 1 for the one modulo M2.
    lags : numpy.ndarray, uint64, shape (3, S)
        The three latest values, newest first.
    rows : int

    Returns
    -------
    numpy.ndarray, uint64, shape (3 + rows, S)
        Oldest first; it starts with the lags.
    """
    values = np.empty((3 + rows, lags.shape[1]), dtype=np.uint64)
    values[:3] = lags[::-1]
    made, log2_steps = 0, 0
    while made < rows:
        latest, before, oldest = transition_power(component, log2_steps)[0]
        count = min(made + 1, rows - made)
        block = values[:count] * oldest
        block += values[1 : 1 + count] * before
        block += values[2 : 2 + count] * latest
        values[3 + made : 3 + made + count] = _reduce(block, _MODULI[component])
        made += count
        log2_steps += 1
    return values


def _advance(columns: _UInt64, rows: int) -> tuple[_UInt64, _Int32]:
    """Step all streams ``rows`` times: (6, S) -> new (6, S), integers (rows, S)."""
    x = sequence(0, columns[:3], rows)
    y = sequence(1, columns[3:], rows)
    difference = x[3:].astype(np.int64)
    difference -= y[3:].view(np.int64)
    difference[difference <= 0] += M1
    return np.concatenate([x[:-4:-1], y[:-4:-1]]), difference.astype(np.int32)


def step(state: _Int32) -> tuple[_Int32, _Int32]:
    """Step every stream once.

    Parameters
    ----------
    state : numpy.ndarray, int32, shape (S, 6)

    Returns
    -------
    new_state : numpy.ndarray, int32, shape (S, 6)
    integers : numpy.ndarray, int32, shape (S,)
    """
    return draw(state, np.shape(state)[0])


def draw(state: _Int32, n: int) -> tuple[_Int32, _Int32]:
    """Draw ``n`` integers from S streams, taking one from each in turn.

    Number i of the result is the ``i // S``-th new number of stream ``i % S``. Streams that have no
    number in the last, incomplete turn are not stepped in it.

    Parameters
    ----------
    state : numpy.ndarray, int32, shape (S, 6)
        Left unchanged.
    n : int
        Between 0 and M1.

    Returns
    -------
    new_state : numpy.ndarray, int32, shape (S, 6)
    integers : numpy.ndarray, int32, shape (n,)
        Each between 1 and M1.

    Raises
    ------
    ValueError
        If the state is not a non-empty int32 matrix of 6 columns, or ``n`` is out of range.
    """
    state = np.asarray(state)
    if state.dtype != np.int32 or state.ndim != 2 or state.shape[1] != 6 or not len(state):
        raise ValueError(
            "numbers were drawn from a state that is none.\n"
            "  expected: an int32 array of shape (n_streams, 6), n_streams at least 1\n"
            f"  got:      {state.dtype}, shape {state.shape}"
        )
    if not 0 <= n <= M1:
        raise ValueError(
            "too many or too few numbers were drawn at once.\n"
            f"  expected: between 0 and 2**31 - 1 = {M1} samples\n"
            f"  got:      {n}"
        )
    n_streams = len(state)
    turns, rest = divmod(n, n_streams)
    block_rows = max(1, BLOCK_ELEMENTS // n_streams)
    integers = np.empty(n, dtype=np.int32)
    new_state = state.copy()
    if turns:
        columns = state.T.astype(np.uint64)
        by_turn = integers[: turns * n_streams].reshape(turns, n_streams)
        for start in range(0, turns, block_rows):
            block = by_turn[start : start + block_rows]
            columns, block[:] = _advance(columns, len(block))
        new_state[:] = columns.T
    if rest:
        columns, last = _advance(new_state[:rest].T.astype(np.uint64), 1)
        integers[n - rest :] = last[0]
        new_state[:rest] = columns.T
    return new_state, integers


def to_uniform(integers: _Int32, dtype: npt.DTypeLike) -> npt.NDArray[np.floating[Any]]:
    """Floating-point numbers in (0, 1) from the generator's integers.

    float64 is exact. float32 rounds the integer to float32 and the product to float32 again.
    float16 takes the lowest 15 bits of the integer, plus 1.

    Parameters
    ----------
    integers : numpy.ndarray, int32, any shape
        Each between 1 and M1.
    dtype : {'float16', 'float32', 'float64'}

    Returns
    -------
    numpy.ndarray of ``dtype``, the shape of ``integers``

    Raises
    ------
    TypeError
        If ``dtype`` is none of the three.
    """
    dtype = np.dtype(dtype)
    if dtype == np.float32:
        return integers.astype(np.float32) * FLOAT32_NORM
    if dtype == np.float64:
        return integers.astype(np.float64) * FLOAT64_NORM
    if dtype == np.float16:
        low_bits = (integers & FLOAT16_MASK) + np.int32(1)
        return (low_bits.astype(np.float64) * FLOAT16_NORM).astype(np.float16)
    raise TypeError(
        "uniform numbers were asked for in a type that cannot hold them.\n"
        "  expected: float16, float32 or float64\n"
        f"  got:      {dtype}"
    )
