"""The generator MRG31k3p in XLA programs, number for number that of ``mrg31k3p``.

The state of S streams is an int32 array of shape (6, S) here, one column per stream, so that each
of the six numbers lies together for all streams. ``mrg31k3p`` has it the other way round.

No number is computed from the one before it. The r-th value of a recurrence is a fixed linear
combination of the three values that a call starts from, modulo a prime, so all turns of all streams
are one elementwise expression without a loop: three products of 32 by 32 bits per component. The
coefficients are small tables, made while tracing. ``x mod (2**31 - c)`` is taken by adding ``c``
times the high bits to the low 31 bits, until 31 bits are left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from theano.random import mrg31k3p

__all__ = ["draw", "draw_some", "to_uniform"]

# Turns that one expression covers: more are a loop over blocks, so that tables stay small.
MAX_TURNS = 512

_BITS = np.uint64(31)
_LOW = np.uint64(2**31 - 1)


def turns_of(n: int, n_streams: int) -> tuple[int, int]:
    """Return how often streams are stepped for ``n`` numbers, and how many are in the last turn."""
    turns = -(-n // n_streams)
    return turns, n - (turns - 1) * n_streams


def coefficients(component: int, turns: int) -> np.ndarray:
    """Return what the values at turns -2, …, ``turns`` are made of: uint64, (3 + ``turns``, 3).

    A row holds the factors of the newest value at the start, the one before, and the oldest.
    """
    return mrg31k3p.sequence(component, np.eye(3, dtype=np.uint64), turns)


def combine(component: int, factors: Any, lags: Any) -> Any:
    """Return ``sum(factors[j] * lags[j])`` modulo the prime of the component.

    Parameters
    ----------
    component : {0, 1}
    factors : three uint64 arrays, broadcast against the lags
    lags : uint32, shape (3, S)

    Returns
    -------
    array, uint32
    """
    total = sum(
        jnp.asarray(factor) * lag.astype("uint64")
        for factor, lag in zip(factors, lags, strict=True)
    )
    # 3 (M - 1)**2 < 2**64 becomes a number below 2 M in two folds modulo 2**31 - 1, in three
    # modulo 2**31 - 21069.
    modulus, folds = (mrg31k3p.M1, 2) if component == 0 else (mrg31k3p.M2, 3)
    excess = np.uint64(2**31 - modulus)
    for _ in range(folds):
        high = total >> _BITS
        total = (total & _LOW) + (high * excess if component else high)
    small = total.astype("uint32")
    # Of a number below the modulus the difference wraps round to a larger one.
    return jnp.minimum(small, small - np.uint32(modulus))


def numbers(state: Any, first_factors: np.ndarray, second_factors: np.ndarray) -> Any:
    """Return the integers of each turn whose coefficients are given: int32, (turns, S)."""
    x, y = (
        combine(component, [table[:, j, None] for j in range(3)], lags[:, None])
        for component, (table, lags) in enumerate(
            [(first_factors, state[:3]), (second_factors, state[3:])]
        )
    )
    below = x - y - np.uint32(1)
    return (jnp.minimum(below, below + np.uint32(mrg31k3p.M1)) + np.uint32(1)).astype("int32")


def advance(state: Any, many: Any, few: Any, n_many: Any) -> Any:
    """Return the state (6, S) with the first ``n_many`` streams stepped once more than the others.

    Parameters
    ----------
    state : uint32, shape (6, S)
    many, few : pairs of uint64 arrays (3, 3)
        The matrices of both recurrences for that many steps, and for one step less.
    n_many : int, or int32 scalar
    """
    # No number of a state has 32 bits, which XLA does not know. It would take what does not depend
    # on states out of a loop: coefficients of all streams, read from memory at every step.
    n_many = n_many + (state[0, 0] >> np.uint32(31)).astype("int32")
    in_last_turn = lax.iota("int32", state.shape[1]) < n_many
    halves = []
    for component, (longer, shorter) in enumerate(zip(many, few, strict=True)):
        factors = [
            jnp.where(in_last_turn, longer[:, j, None], shorter[:, j, None]) for j in range(3)
        ]
        lags = state[3 * component : 3 * component + 3]
        halves.append(combine(component, factors, lags[:, None]))
    return jnp.concatenate(halves)


def matrices(tables: Any, turn: Any) -> list[Any]:
    """Return the matrix of each recurrence for ``turn`` steps, which may be known only later."""
    return [jnp.flip(lax.dynamic_slice_in_dim(jnp.asarray(t), turn, 3), 0) for t in tables]


def step_matrices(n_steps: int) -> list[np.ndarray]:
    """Return the matrix of each recurrence for ``n_steps`` steps."""
    result = []
    for component, modulus in enumerate((mrg31k3p.M1, mrg31k3p.M2)):
        power = np.eye(3, dtype=object)
        for bit in range(n_steps.bit_length()):
            if n_steps >> bit & 1:
                factor = mrg31k3p.transition_power(component, bit).astype(object)
                power = factor @ power % modulus
        result.append(power.astype("uint64"))
    return result


def held(compute: Callable[..., Any], state: Any, *others: Any) -> Any:
    """Return ``compute(state, *others)``, of an int32 state, in memory of its own.

    XLA merges an expression into all that use it and then computes it anew for each. On the CPU,
    only a branch keeps it from that, so there the numbers are made in one that is always taken:
    no number of a state is negative.
    """
    compute = jax.jit(compute)  # traced once for its three uses

    def in_a_branch(*arrays: Any) -> Any:
        result = jax.eval_shape(compute, *arrays)
        return lax.cond(
            arrays[0][0, 0] >= np.int32(0),
            compute,
            lambda *_: jnp.zeros(result.shape, result.dtype),
            *arrays,
        )

    return lax.platform_dependent(state, *others, cpu=in_a_branch, default=compute)


def unsigned(state: Any) -> Any:
    """Return int32 states as uint32, without touching memory: none is negative."""
    return lax.bitcast_convert_type(state, "uint32")


def signed(state: Any) -> Any:
    """Return uint32 states as int32, without touching memory."""
    return lax.bitcast_convert_type(state, "int32")


def draw(state: Any, n: int, dtype: str) -> tuple[Any, Any]:
    """Draw ``n`` uniform numbers from S streams, taking one from each in turn.

    Parameters
    ----------
    state : int32, shape (6, S), S at least 1
    n : int
        Between 0 and 2**31 - 1.
    dtype : {'float16', 'float32', 'float64'}

    Returns
    -------
    new_state : int32, shape (6, S)
    u : array of ``dtype``, shape (n,)
    """
    if n == 0:
        return state, jnp.zeros(0, dtype)
    moved, n_streams = after(state, n), state.shape[1]
    turns, _ = turns_of(n, n_streams)
    n_blocks = -(-turns // MAX_TURNS)
    per_block = -(-turns // n_blocks)
    tables = [coefficients(component, per_block)[3:] for component in (0, 1)]

    def block(state: Any) -> Any:
        return to_uniform(numbers(unsigned(state), *tables), dtype)

    if n_blocks == 1:
        u = held(block, state)
    else:
        jump = step_matrices(per_block)

        def next_block(i: Any, carry: Any) -> Any:
            state, u = carry
            u = lax.dynamic_update_index_in_dim(u, block(state), i, 0)
            return signed(advance(unsigned(state), jump, jump, n_streams)), u

        empty = jnp.zeros((n_blocks, per_block, n_streams), dtype)
        _, u = lax.fori_loop(0, n_blocks, next_block, (state, empty))
    return moved, u.reshape(-1)[:n]


def after(state: Any, n: int) -> Any:
    """Return the state after ``n`` numbers, at least one: int32, shape (6, S)."""
    turns, rest = turns_of(n, state.shape[1])
    many, few = step_matrices(turns), step_matrices(turns - 1)
    return signed(advance(unsigned(state), many, few, rest))


def draw_some(state: Any, n: Any, at_most: int, dtype: str) -> tuple[Any, Any]:
    """Draw a number of uniform numbers that is known only when the program runs.

    Parameters
    ----------
    state : int32, shape (6, S), S at least 1
    n : int64 scalar
        Between 0 and ``at_most``.
    at_most : int
    dtype : {'float16', 'float32', 'float64'}

    Returns
    -------
    new_state : int32, shape (6, S)
        After ``n`` numbers.
    u : array of ``dtype``, shape (at_most,)
        The first ``n`` are those drawn.
    """
    if at_most == 0:
        return state, jnp.zeros(0, dtype)
    n_streams = state.shape[1]
    _, u = draw(state, at_most, dtype)
    tables = [coefficients(c, turns_of(at_most, n_streams)[0]) for c in (0, 1)]
    turns = (n + np.int64(n_streams - 1)) // np.int64(n_streams)
    rest = n - (turns - 1) * n_streams
    # For n = 0 all streams count as in the last turn, turn 0, so the turn before is not looked at.
    before = jnp.maximum(turns - 1, 0)
    new = advance(
        unsigned(state),
        matrices(tables, turns),
        matrices(tables, before),
        rest.astype("int32"),
    )
    return signed(new), u


def to_uniform(integers: Any, dtype: str) -> Any:
    """Return floating-point numbers in (0, 1) from integers, as ``mrg31k3p.to_uniform`` does.

    The product with a power of two (or the number just below one) is kept apart from what follows:
    XLA would merge the constant into the next one, and round differently.
    """
    if dtype == "float64":
        u = integers.astype("float64") * np.float64(mrg31k3p.FLOAT64_NORM)
    elif dtype == "float32":
        u = integers.astype("float32") * mrg31k3p.FLOAT32_NORM
    else:
        low_bits = (integers & mrg31k3p.FLOAT16_MASK) + np.int32(1)
        u = (low_bits.astype("float64") * np.float64(mrg31k3p.FLOAT16_NORM)).astype("float16")
    return lax.optimization_barrier(u)
